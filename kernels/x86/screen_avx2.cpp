// SPDX-License-Identifier: MIT
#include "kernels/x86/avx2.h"

namespace {

using One = __m128;

static inline One one(float x) { return _mm_set1_ps(x); }
static inline One higher(One a, One b) { return _mm_max_ps(a, b); }
static inline bool is_behind(One a, One b, One cut) { return _mm_comilt_ss(_mm_sub_ss(a, b), cut); }

static inline One highest(Vec v) {
  One all = higher(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  all = higher(all, _mm_movehl_ps(all, all));
  return higher(all, _mm_movehdup_ps(all));
}

}  // namespace

#include "kernels/simd/screen.inc"

void skiff_screen_avx2(const skiff::ScreenArgs *args) { screen(*args); }
