// SPDX-License-Identifier: MIT
//
// The subcommands of skiff. Each lives in a file of its own and adds itself to the command line: its options, its help, and in a
// callback what `*run` becomes if the user asks for it. `*run` returns the exit status and throws Error, UsageError or BrokenPipe.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace skiff {

CLI::App *add_convert(CLI::App &app, std::function<int()> *run);
CLI::App *add_detect(CLI::App &app, std::function<int()> *run);
CLI::App *add_eval(CLI::App &app, std::function<int()> *run);
CLI::App *add_inspect(CLI::App &app, std::function<int()> *run);
CLI::App *add_selftest(CLI::App &app, std::function<int()> *run);

}  // namespace skiff
