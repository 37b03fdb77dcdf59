// SPDX-License-Identifier: MIT
//
// skiff: one command, seven subcommands. Here is only what they share: how a command line is refused (exit status 2) and how
// everything else that goes wrong ends, which is one line on standard error and exit status 1.
#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/help.h"
#include "tools/support/error.h"

namespace {

using namespace skiff;

constexpr char kExamples[] = R"(Examples:
  skiff detect photo.jpg -o marked.jpg
  ffmpeg -i film.mp4 -f yuv4mpegpipe - | skiff watch -
  skiff convert ssd_mobilenet_v1_pascalvoc -o ssd.skiff
  skiff detect --weights ssd.skiff --format json photos/
  skiff inspect ssd.skiff
  skiff selftest ssd.skiff
  skiff eval ssd.skiff --voc VOC2007
  skiff embed ssd.skiff -o weights.S

skiff COMMAND --help tells more about each.
)";

// "skiff detect" where detect was asked for, else "skiff".
std::string command_name(const CLI::App &app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? "skiff" : "skiff " + chosen[0]->get_name();
}

// What CLI11 says, but for two cases that it puts in its own terms.
std::string reason_of(const CLI::App &app, const CLI::ParseError &error) {
  const std::vector<std::string> unknown = app.remaining();
  if (app.get_subcommands().empty() && !unknown.empty()) return "there is no command or option '" + unknown[0] + "'";
  if (dynamic_cast<const CLI::ArgumentMismatch *>(&error) == nullptr) return error.what();
  const std::string text = error.what();
  return text.substr(0, text.find(':')) + " needs a value";
}

int refuse(const CLI::App &app, const std::string &reason) {
  note(reason + " (see " + command_name(app) + " --help)");
  return 2;
}

int run_command(CLI::App &app, int argc, char **argv, const std::function<int()> &run) {
  try {
    if (argc < 2) {
      write_stdout(app.help());
      return 0;
    }
    app.parse(argc, argv);
    return run();
  } catch (const CLI::Success &success) {
    return app.exit(success);  // prints the help or the version
  } catch (const CLI::ParseError &error) {
    return refuse(app, reason_of(app, error));
  } catch (const UsageError &error) {
    return refuse(app, error.what());
  } catch (const BrokenPipe &) {
    return 1;
  } catch (const std::bad_alloc &) {
    note("not enough memory");
  } catch (const std::exception &error) {
    note(error.what());
  }
  return 1;
}

}  // namespace

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone shows as a failed write
  CLI::App app("Skiff finds objects in pictures with PaddlePaddle's MobileNet-SSD.", "skiff");
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", "skiff " SKIFF_VERSION_TEXT, "show the version");
  app.require_subcommand(1);
  app.footer(kExamples);
  app.formatter(std::make_shared<HelpFormatter>());
  std::function<int()> run;
  add_detect(app, &run);
  add_watch(app, &run);
  add_convert(app, &run);
  add_inspect(app, &run);
  add_selftest(app, &run);
  add_eval(app, &run);
  add_embed(app, &run);
  for (CLI::App *command : app.get_subcommands({})) command->group("Commands");
  return run_command(app, argc, argv, run);
}
