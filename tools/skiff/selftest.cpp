// SPDX-License-Identifier: MIT
//
// skiff selftest: does the network, on this machine, still answer what it answered when the weights file was made?
#include <memory>
#include <string>

#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/numbers.h"
#include "tools/skiff/stopwatch.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {
namespace {

int run_selftest(const std::string &path) {
  Stopwatch watch;
  Engine engine(open_weights(path), default_config());
  const double load_ms = watch.lap_ms();
  float max_error = 0;
  const skiff_status status = skiff_selftest(engine.get(), &max_error);
  const double network_ms = watch.lap_ms();
  if (status != SKIFF_ERR_SELFTEST) engine.check(status);
  write_stdout(one_line(engine.weights().path) + ": " + (status == SKIFF_OK ? "OK" : "FAILED") + ", max error " +
               shortest(max_error) + ", load " + fixed(load_ms, 1) + " ms, network " + fixed(network_ms, 1) + " ms, kernels " +
               engine.info().isa + "\n");
  return status == SKIFF_OK ? 0 : 1;
}

constexpr char kNotes[] =
    R"(The golden input is made, run through the network, and the answer compared with the one stored in the file:
max error is the largest |a-b| / (1+|b|). Exit status: 0 OK, 1 FAILED (above 1e-4) or the file cannot be used.
)";

}  // namespace

CLI::App *add_selftest(CLI::App &app, std::function<int()> *run) {
  const auto path = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("selftest", "replay a model's golden tensors on this machine");
  add_weights_option(command, path.get());
  command->footer(kNotes);
  command->callback([path, run] { *run = [path] { return run_selftest(*path); }; });
  return command;
}

}  // namespace skiff
