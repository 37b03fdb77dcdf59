// SPDX-License-Identifier: MIT
#include "bench/skiff_bench/samples.h"

#include <algorithm>
#include <cmath>

namespace skiff::bench {
namespace {

// Of sorted times, not empty.
double percentile(const std::vector<double> &sorted, double percent) {
  const double rank = std::ceil(percent / 100 * double(sorted.size()) - 1e-9);  // 99.9 % of 1000 is rank 999
  return sorted[std::min(sorted.size() - 1, size_t(std::max(rank - 1, 0.0)))];
}

}  // namespace

Summary summarise(std::vector<double> times_ms) {
  Summary s;
  s.runs = times_ms.size();
  if (times_ms.empty()) return s;
  std::sort(times_ms.begin(), times_ms.end());
  s.min = times_ms.front();
  s.p50 = percentile(times_ms, 50);
  s.p90 = percentile(times_ms, 90);
  s.p95 = percentile(times_ms, 95);
  s.p99 = percentile(times_ms, 99);
  s.p999 = percentile(times_ms, 99.9);
  for (double &time : times_ms) time = std::fabs(time - s.p50);
  std::sort(times_ms.begin(), times_ms.end());
  s.mad = percentile(times_ms, 50);
  return s;
}

}  // namespace skiff::bench
