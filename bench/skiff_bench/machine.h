// SPDX-License-Identifier: MIT
//
// What is known about the machine and about this process's memory.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace skiff::bench {

struct MachineFacts {
  std::string cpu;               // "AMD EPYC 7763 64-Core Processor"
  std::vector<std::string> isa;  // that kernels are built for and the CPU has, weakest first
  std::string kernel;            // "Linux 6.1.0"
  int cpus = 0;                  // for this process
  double mhz = 0;                // of some CPU at this moment, 0 = not to be read
};

MachineFacts read_machine();

struct MemoryFacts {
  uint64_t rss_kb = 0, peak_rss_kb = 0;  // 0 = not to be read
};

// Of this process; its children do not count.
MemoryFacts read_memory();

// SKIFF_CPU_* bits from a name: ref, avx2, avx512, neon, all. A level has what is below it. Throws UsageError.
uint32_t cpu_mask_of(const std::string &name);

}  // namespace skiff::bench
