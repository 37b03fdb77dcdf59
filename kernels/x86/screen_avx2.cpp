// SPDX-License-Identifier: MIT
//
// A row's maximum by registers of eight classes, the last of which may repeat some of the one before. Indices are written always
// and counted where they pass: which rows pass is nothing that a branch could foresee.
#include <float.h>

#include "kernels/x86/avx2.h"

namespace {

static inline __m128 higher(__m128 a, __m128 b) { return _mm_max_ps(a, b); }

// Largest of p[count], -FLT_MAX where there is none; in all lanes.
inline __m128 largest(const float *p, int32_t count) {
  __m128 all = _mm_set1_ps(-FLT_MAX);
  if (count < kLanes) {
    for (int32_t k = 0; k < count; ++k) all = higher(all, _mm_set1_ps(p[k]));
    return all;
  }
  Vec eight = load(p + count - kLanes);
  for (int32_t k = 0; k + kLanes < count; k += kLanes) eight = max(eight, load(p + k));
  all = higher(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  all = higher(all, _mm_movehl_ps(all, all));
  return higher(all, _mm_movehdup_ps(all));
}

}  // namespace

void skiff_screen_avx2(const skiff::ScreenArgs *args) {
  const skiff::ScreenArgs &a = *args;
  const __m128 cut = _mm_set_ss(a.cut);
  const bool has_background = a.background >= 0;
  int32_t count = 0;
  for (int32_t p = 0; p < a.priors; ++p) {
    const float *row = a.logits + static_cast<int64_t>(p) * a.classes;
    const __m128 behind = largest(row + a.background + 1, a.classes - a.background - 1);
    const __m128 best = a.background > 0 ? higher(largest(row, a.background), behind) : behind;
    const __m128 top = has_background ? higher(_mm_set_ss(row[a.background]), best) : best;
    a.rows[count] = p;
    count += !_mm_comilt_ss(_mm_sub_ss(best, top), cut);
  }
  *a.count = count;
}
