// SPDX-License-Identifier: MIT
//
// What the CPU offers, as the SKIFF_CPU_* bits of skiff.h.
#pragma once
#include <stdint.h>

namespace skiff {

// Bits of the instruction sets that this CPU has and the operating system keeps the registers of. No system call, no state: asks
// the CPU each time.
uint32_t cpu_features();

}  // namespace skiff
