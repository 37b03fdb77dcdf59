// SPDX-License-Identifier: MIT
//
// Wall-clock time of one stage after another.
#pragma once
#include <chrono>
#include <utility>

namespace skiff {

class Stopwatch {
 public:
  // Milliseconds since the last call, or since it was made.
  double lap_ms() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace skiff
