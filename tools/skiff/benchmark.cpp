// SPDX-License-Identifier: MIT
#include "tools/skiff/benchmark.h"

#include "tools/skiff/console.h"
#include "tools/support/error.h"
#include "tools/support/text.h"

namespace skiff {
namespace {

constexpr size_t kMaxNames = 12;  // that a message lists

std::string list_of(const std::set<std::string> &names) {
  std::string list;
  size_t count = 0;
  for (const std::string &name : names) {
    if (count == kMaxNames) return list + " and " + std::to_string(names.size() - count) + " more";
    list += (list.empty() ? "" : ", ") + quoted(name);
    ++count;
  }
  return list;
}

}  // namespace

void note_unknown_names(const std::string &source, const std::set<std::string> &unknown, bool has_known) {
  const std::string names = list_of(unknown);
  if (!has_known)
    throw Error(source + ": no object that the model has a label for" + (names.empty() ? "" : "; there are " + names));
  if (!names.empty()) note("left out, the model has no label for it: " + names);
}

}  // namespace skiff
