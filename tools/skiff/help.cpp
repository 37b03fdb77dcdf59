// SPDX-License-Identifier: MIT
#include "tools/skiff/help.h"

#include "tools/skiff/numbers.h"

namespace skiff {
namespace {

constexpr size_t kNameWidth = 26;
constexpr size_t kTextWidth = 90;

// The name of what an option takes, without the range that CLI11 appends to it.
std::string value_name(const CLI::Option *option) {
  const std::string type = option->get_type_size() == 0 ? "" : option->get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  return name.empty() ? "" : " " + name;
}

// Text in lines of at most kTextWidth characters, all but the first indented.
std::string wrapped(std::string text) {
  std::string out;
  while (text.size() > kTextWidth) {
    const size_t space = text.rfind(' ', kTextWidth);
    if (space == text.npos) break;
    out += text.substr(0, space) + "\n" + std::string(kNameWidth, ' ');
    text.erase(0, space + 1);
  }
  return out + text + "\n";
}

}  // namespace

HelpFormatter::HelpFormatter() {
  column_width(kNameWidth);
  label("SUBCOMMAND", "COMMAND");
  label("Positionals", "Arguments");
}

std::string HelpFormatter::make_option(const CLI::Option *option, bool is_positional) const {
  const std::string name = "  " + (is_positional ? option->get_name(true) : option->get_name(false, true) + value_name(option));
  const std::string gap = name.size() + 2 <= kNameWidth ? "" : "\n" + std::string(kNameWidth, ' ');
  return left(name, gap.empty() ? kNameWidth : 0) + gap + wrapped(option->get_description());
}

}  // namespace skiff
