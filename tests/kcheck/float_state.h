// SPDX-License-Identifier: MIT
// The floating-point control register, for guard.h: the same on a bare CPU as in a process.
#pragma once
#include "tests/kcheck/guard.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace skiff::kcheck {

#if defined(__SSE__)
constexpr uint32_t kControlBits = 0xFFC0;  // all but the six exception flags
uint64_t float_state() { return _mm_getcsr() & kControlBits; }
void set_float_state(uint64_t state) { _mm_setcsr(uint32_t(state)); }
#elif defined(__aarch64__)
uint64_t float_state() {
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr;
}
void set_float_state(uint64_t state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }
#else
uint64_t float_state() { return 0; }
void set_float_state(uint64_t) {}
#endif

}  // namespace skiff::kcheck
