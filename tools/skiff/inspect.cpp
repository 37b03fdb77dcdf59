// SPDX-License-Identifier: MIT
//
// skiff inspect: everything that a weights file says, for people, for programs and for Graphviz.
#include <algorithm>
#include <memory>
#include <string>

#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/inspect_write.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {
namespace {

struct InspectOptions {
  std::string weights;
  bool is_json = false, is_dot = false;
};

int run_inspect(const InspectOptions &options) {
  const ModelFacts facts = read_model_facts(open_weights(options.weights));
  write_stdout(options.is_json ? facts_as_json(facts) : options.is_dot ? facts_as_dot(facts) : facts_as_text(facts));
  return 0;
}

constexpr char kNotes[] =
    R"(MACs are multiply-accumulates of one picture, parameters are weights and biases (batch norm is folded into them), bytes are what
they take in the file, padding included.

Examples:
  skiff inspect ssd.skiff
  skiff inspect ssd.skiff --dot | dot -Tsvg > ssd.svg
)";

}  // namespace

CLI::App *add_inspect(CLI::App &app, std::function<int()> *run) {
  const auto o = std::make_shared<InspectOptions>();
  CLI::App *command = app.add_subcommand("inspect", "show what a weights file holds");
  add_weights_option(command, &o->weights);
  CLI::Option *json = command->add_flag("--json", o->is_json, "one JSON object");
  command->add_flag("--dot", o->is_dot, "the network as a graph, for Graphviz")->excludes(json);
  command->footer(kNotes);
  command->callback([o, run] { *run = [o] { return run_inspect(*o); }; });
  return command;
}

}  // namespace skiff
