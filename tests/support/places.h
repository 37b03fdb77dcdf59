// SPDX-License-Identifier: MIT
//
// Where tests find things: the source tree, and the shared test data beside it, which a clone alone does not have.
#pragma once
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace skiff::test {

// A path inside the source tree.
inline std::string source_path(const std::string &name) { return std::string(SKIFF_SOURCE_ROOT) + "/" + name; }

// A path inside the shared data.
inline std::string shared_path(const std::string &name) { return source_path("../shared/" + name); }

inline bool exists(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

// Whether shared data is there; where not, says what is skipped. `what` reads on after "skipped: ", e.g. "rows of 208 photos".
inline bool has_shared(const std::string &name, const char *what) {
  if (exists(shared_path(name))) return true;
  std::printf("skipped: %s (no ../shared/%s)\n", what, name.c_str());
  return false;
}

}  // namespace skiff::test
