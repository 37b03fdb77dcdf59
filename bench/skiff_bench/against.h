// SPDX-License-Identifier: MIT
//
// Other libraries on the same network (bench/yardsticks), loaded on demand: to compare with, or in place of Skiff's kernels.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/yardsticks/yardstick.h"

namespace skiff::bench {

// The names that this build has for --against, and for --backend beside native.
std::vector<std::string> yardstick_names();
std::vector<std::string> backend_names();

class Yardstick {
 public:
  enum class Kind { kAgainst, kBackend };

  // Loads one and makes its network. Throws Error; UsageError for a name that there is none of.
  Yardstick(Kind kind, const std::string &name, const WeightsView &view, int threads);
  ~Yardstick();
  Yardstick(const Yardstick &) = delete;

  std::string version() const { return api_->version; }

  // As skiff_network; see YardstickApi. Throws Error.
  void run(const float *tensor, float *loc, float *conf);

 private:
  std::string option_;  // "--against onednn"
  const YardstickApi *api_ = nullptr;
  void *network_ = nullptr;
};

}  // namespace skiff::bench
