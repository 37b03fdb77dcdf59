// SPDX-License-Identifier: MIT
//
// The calls that were just found right, timed. A sample is as many calls as make it long against the clock's grain, less what the
// same number of empty calls takes. The minimum is what the kernel can do; median and spread say how quiet the machine was.
#include "tests/kcheck/bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/probes.h"

namespace skiff::kcheck {
namespace {

constexpr double kSampleNs = 50e3, kWarmUpNs = 10e6, kBudgetNs = 80e6;
constexpr size_t kLeastSamples = 5;

double now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

struct Times {
  double min_ns, median_ns, spread;  // spread: median distance from the median, over the median
};

double sample_ns(const Case &c, const KernelTable *table, int64_t calls) {
  const double begin = now_ns();
  for (int64_t i = 0; i < calls; ++i) c.call(table);
  return (now_ns() - begin) / double(calls);
}

double median(std::vector<double> *values) {
  const auto middle = values->begin() + int64_t(values->size() / 2);
  std::nth_element(values->begin(), middle, values->end());
  return *middle;
}

Times time_kernel(const Case &c, const KernelTable *table, double budget_ns) {
  int64_t calls = 1;
  while (sample_ns(c, table, calls) * double(calls) < kSampleNs) calls *= 2;
  for (const double begin = now_ns(); now_ns() - begin < kWarmUpNs;) sample_ns(c, table, calls);
  double empty_ns = sample_ns(c, nullptr, calls);
  for (int i = 0; i < 10; ++i) empty_ns = std::min(empty_ns, sample_ns(c, nullptr, calls));
  std::vector<double> samples;
  for (const double begin = now_ns(); samples.size() < kLeastSamples || now_ns() - begin < budget_ns;)
    samples.push_back(std::max(0.0, sample_ns(c, table, calls) - empty_ns));
  Times times;
  times.min_ns = *std::min_element(samples.begin(), samples.end());
  times.median_ns = median(&samples);
  for (double &s : samples) s = std::abs(s - times.median_ns);
  times.spread = median(&samples) / times.median_ns;
  return times;
}

// Each table's peak, measured once.
double peak_gmacs(const KernelTable *table) {
  static std::vector<std::pair<const KernelTable *, double>> known;
  for (const auto &k : known)
    if (k.first == table) return k.second;
  known.emplace_back(table, fma_peak_gmacs(table->needs));
  printf("  peak of %s: %.1f GMAC/s\n", table->isa, known.back().second);
  return known.back().second;
}

void print_times(const Harness &h, const Case &c, const KernelTable *table, const Times &t, double reference_ns) {
  static bool has_head = false;
  if (!has_head)
    printf("  %-16s %-8s %-14s %10s %10s %7s %8s %8s %8s %7s\n", "kernel", "isa", "layer", "min us", "median us", "spread",
           "x of ref", "GMAC/s", "% peak", "GB/s");
  has_head = true;
  printf("  %-16s %-8s %-14s %10.2f %10.2f %6.1f%% %8.2f ", h.slot, table->isa, c.layer, t.min_ns / 1e3, t.median_ns / 1e3,
         t.spread * 100.0, reference_ns / t.min_ns);
  const double gmacs = double(c.macs) / t.min_ns;
  if (c.macs > 0)
    printf("%8.2f %8.1f ", gmacs, 100.0 * gmacs / peak_gmacs(table));
  else
    printf("%8s %8s ", "-", "-");
  printf("%7.1f\n", double(c.bytes()) / t.min_ns);
}

}  // namespace

void bench_case(Harness &h, Case &c) {
  c.place_at_end();
  const double budget = kBudgetNs * double(h.repeat);
  const Times reference = time_kernel(c, &kTableRef, budget);
  for (int t = 0; t < h.table_count; ++t) {
    const KernelTable *table = h.tables[t];
    if (!c.has(table)) continue;
    if (c.macs > 0) peak_gmacs(table);
    print_times(h, c, table, table == &kTableRef ? reference : time_kernel(c, table, budget), reference.min_ns);
  }
}

}  // namespace skiff::kcheck
