// SPDX-License-Identifier: MIT
//
// The subcommands of skiff. Each lives in a file of its own and adds itself to the command line: its options, its help, and in a
// callback what `*run` becomes if the user asks for it. `*run` returns the exit status and throws Error, UsageError or
// BrokenPipe.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace skiff {

// A number from 0 to 1. CLI::Range lets nan through.
inline CLI::Validator fraction() {
  return CLI::Validator(
      [](std::string &text) {
        double value = 0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        return is_number && value >= 0 && value <= 1 ? std::string() : "'" + text + "' is not a number from 0 to 1";
      },
      "0 to 1");
}

CLI::App *add_convert(CLI::App &app, std::function<int()> *run);
CLI::App *add_detect(CLI::App &app, std::function<int()> *run);
CLI::App *add_embed(CLI::App &app, std::function<int()> *run);
CLI::App *add_eval(CLI::App &app, std::function<int()> *run);
CLI::App *add_inspect(CLI::App &app, std::function<int()> *run);
CLI::App *add_selftest(CLI::App &app, std::function<int()> *run);
CLI::App *add_watch(CLI::App &app, std::function<int()> *run);

}  // namespace skiff
