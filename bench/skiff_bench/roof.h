// SPDX-License-Identifier: MIT
//
// The machine's limits, measured (bench/probes.h) in child processes, whose memory is not ours.
#pragma once
#include <cstdint>
#include <vector>

namespace skiff::bench {

// Of all threads together.
struct Roof {
  double fma_gmacs = 0;    // 10^9 multiply-adds a second; 0 = not to be measured
  double memory_gbps = 0;  // 10^9 bytes a second, read

  // The least milliseconds that this much work takes.
  double least_ms(uint64_t macs, uint64_t bytes) const;
};

// What `threads` threads reach that run at the same time, on `cpus` as skiff_pool_options says (empty = anywhere). Of the
// instruction sets in `isa_bits` the fastest counts; none means plain code. Throws Error where no process can be had.
Roof measure_roof(int threads, uint32_t isa_bits, const std::vector<int32_t> &cpus);

// The same for multiply-adds alone.
double measure_fma_gmacs(int threads, uint32_t isa_bits, const std::vector<int32_t> &cpus);

}  // namespace skiff::bench
