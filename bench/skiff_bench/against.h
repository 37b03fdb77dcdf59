// SPDX-License-Identifier: MIT
//
// Other libraries on the same network (bench/yardsticks), loaded on demand.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/yardsticks/yardstick.h"

namespace skiff::bench {

// The names that this build has yardsticks for.
std::vector<std::string> yardstick_names();

class Yardstick {
 public:
  // Loads a yardstick and makes its network. Throws Error; UsageError for a name that there is none of.
  Yardstick(const std::string &name, const WeightsView &view, int threads);
  ~Yardstick();
  Yardstick(const Yardstick &) = delete;

  const std::string &name() const { return name_; }
  std::string version() const { return api_->version; }

  // As skiff_network; see YardstickApi. Throws Error.
  void run(const float *tensor, float *loc, float *conf);

 private:
  std::string name_;
  const YardstickApi *api_ = nullptr;
  void *network_ = nullptr;
};

}  // namespace skiff::bench
