// SPDX-License-Identifier: MIT
//
// How --help looks.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace skiff {

// An option a line: its name, what it takes, and a description that keeps to its column. What CLI11 adds of its own (types,
// ranges, exclusions) is left out: the descriptions say what matters, and a wrong command line is told what is wrong with it.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option(const CLI::Option *option, bool is_positional) const override;
};

}  // namespace skiff
