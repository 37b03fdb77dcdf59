// SPDX-License-Identifier: MIT
//
// What this machine could do at best, measured on the spot: the roof that kernels and layers are held against.
#pragma once
#include <stdint.h>

namespace skiff {

// Multiply-adds per nanosecond (10^9 MAC/s) of one thread that does nothing else, in registers only. `isa_bit` is a SKIFF_CPU_*
// bit of skiff.h, or 0 for a multiplication and an addition of 4 floats each, which is what the portable kernels compile to. The
// fastest of many short bursts, about 60 ms in all. 0 where the CPU or this build has not got the instruction set.
double fma_peak_gmacs(uint32_t isa_bit);

// Bytes per nanosecond (10^9 B/s) that one thread reads in order from memory too large for any cache: the fastest of several
// passes over 192 MiB, about 0.2 s in all. 0 where that much memory cannot be had. The memory counts into the process's peak RSS;
// a caller that reports its own measures in a child process.
double memory_read_gbps();

}  // namespace skiff
