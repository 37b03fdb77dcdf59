// SPDX-License-Identifier: MIT
#include <immintrin.h>

#include "bench/probes/fma.h"

int64_t skiff_fma_rounds_avx2(int64_t rounds, float *out) {
  const __m256 factor = _mm256_set1_ps(skiff::kFmaFactor), addend = _mm256_set1_ps(skiff::kFmaAddend);
#define SKIFF_SUM(i) __m256 s##i = _mm256_set1_ps(i);
#define SKIFF_STEP(i) s##i = _mm256_fmadd_ps(s##i, factor, addend);
#define SKIFF_ADD(i) total = _mm256_add_ps(total, s##i);
  SKIFF_12_SUMS(SKIFF_SUM)
  for (int64_t r = 0; r < rounds; ++r) {
    SKIFF_12_SUMS(SKIFF_STEP)
  }
  __m256 total = addend;
  SKIFF_12_SUMS(SKIFF_ADD)
  float lanes[8];
  _mm256_storeu_ps(lanes, total);
  *out = lanes[0];
  return 12 * 8;
}
