// SPDX-License-Identifier: MIT
// 24 sums of the 32 registers: some cores do 4 multiply-adds a cycle.
#include <arm_neon.h>

#include "bench/probes/fma.h"

#define SKIFF_24_SUMS(X) SKIFF_12_SUMS(X) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)

int64_t skiff_fma_rounds_neon(int64_t rounds, float *out) {
  // A sum is what FMLA adds to, so here the factors stay and the sums grow; slowly enough to stay finite.
  const float32x4_t factor = vdupq_n_f32(skiff::kFmaFactor), addend = vdupq_n_f32(1e-6f);
#define SKIFF_SUM(i) float32x4_t s##i = vdupq_n_f32(i);
#define SKIFF_STEP(i) s##i = vfmaq_f32(s##i, factor, addend);
#define SKIFF_ADD(i) total = vaddq_f32(total, s##i);
  SKIFF_24_SUMS(SKIFF_SUM)
  for (int64_t r = 0; r < rounds; ++r) {
    SKIFF_24_SUMS(SKIFF_STEP)
  }
  float32x4_t total = addend;
  SKIFF_24_SUMS(SKIFF_ADD)
  *out = vgetq_lane_f32(total, 0);
  return 24 * 4;
}
