// SPDX-License-Identifier: MIT
//
// x86: CPUID tells what the CPU can, XGETBV whether the operating system saves the wide registers. Source: Intel SDM volume 1,
// chapter 14.3 and 15.2. arm64: NEON is part of the architecture. A library for one instruction set (SKIFF_TRIM, its bits) asks
// nothing.
#include "kernels/cpu.h"

#include "engine/skiff.h"

#if !defined(SKIFF_TRIM) && (defined(__x86_64__) || defined(__i386__))
#include <cpuid.h>
#endif

namespace skiff {

#if defined(SKIFF_TRIM)
uint32_t cpu_features() { return SKIFF_TRIM; }

#elif defined(__x86_64__) || defined(__i386__)
namespace {

// Register sets that the operating system saves: bit 1 SSE, 2 AVX, 5 to 7 AVX-512.
uint32_t saved_state() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

uint32_t cpu_features() {
  constexpr uint32_t kOsxsave = 1u << 27, kFma = 1u << 12;  // leaf 1, ecx
  constexpr uint32_t kAvx2 = 1u << 5, kAvx512f = 1u << 16;  // leaf 7, ebx
  constexpr uint32_t kYmm = 0x06, kZmm = 0xE6;              // saved_state
  uint32_t a, b, c, d, ecx1;
  if (__get_cpuid(1, &a, &b, &ecx1, &d) == 0 || (ecx1 & kOsxsave) == 0) return 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return 0;
  const uint32_t saved = saved_state();
  uint32_t features = 0;
  if ((saved & kYmm) == kYmm && (b & kAvx2) != 0 && (ecx1 & kFma) != 0) features |= SKIFF_CPU_AVX2;
  if ((features & SKIFF_CPU_AVX2) != 0 && (saved & kZmm) == kZmm && (b & kAvx512f) != 0) features |= SKIFF_CPU_AVX512;
  return features;
}

#elif defined(__ARM_NEON)
uint32_t cpu_features() { return SKIFF_CPU_NEON; }
#else
uint32_t cpu_features() { return 0; }
#endif

}  // namespace skiff
