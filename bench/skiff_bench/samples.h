// SPDX-License-Identifier: MIT
//
// Times of runs, and what is said about them.
#pragma once
#include <cstddef>
#include <vector>

namespace skiff::bench {

// Milliseconds. Percentiles by the nearest rank: p90 is the smallest time that at least 90 % of the runs did not exceed. mad is
// the median distance from the median.
struct Summary {
  double min = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, mad = 0;
  size_t runs = 0;
};

// All zero where there are no times.
Summary summarise(std::vector<double> times_ms);

// A list of times that never grows: adding allocates nothing.
class Samples {
 public:
  explicit Samples(size_t capacity) { times_ms_.reserve(capacity); }

  // Times beyond the capacity are dropped.
  void add(double ms) {
    if (!is_full()) times_ms_.push_back(ms);
  }
  bool is_full() const { return times_ms_.size() == times_ms_.capacity(); }
  size_t size() const { return times_ms_.size(); }
  void clear() { times_ms_.clear(); }
  Summary summary() const { return summarise(times_ms_); }

 private:
  std::vector<double> times_ms_;
};

}  // namespace skiff::bench
