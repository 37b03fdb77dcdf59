// SPDX-License-Identifier: MIT
// Multiplication and addition apart, 4 floats each: SSE2 on x86-64, the plain vectors of anything else.
#include "bench/probes/fma.h"

namespace {
typedef float Vec __attribute__((vector_size(16)));
}

int64_t skiff_fma_rounds_plain(int64_t rounds, float *out) {
  const Vec factor = {skiff::kFmaFactor, skiff::kFmaFactor, skiff::kFmaFactor, skiff::kFmaFactor};
  const Vec addend = {skiff::kFmaAddend, skiff::kFmaAddend, skiff::kFmaAddend, skiff::kFmaAddend};
#define SKIFF_SUM(i) Vec s##i = factor + float(i);
#define SKIFF_STEP(i) s##i = s##i * factor + addend;
#define SKIFF_ADD(i) total += s##i;
  SKIFF_12_SUMS(SKIFF_SUM)
  for (int64_t r = 0; r < rounds; ++r) {
    SKIFF_12_SUMS(SKIFF_STEP)
  }
  Vec total = addend;
  SKIFF_12_SUMS(SKIFF_ADD)
  *out = total[0] + total[1] + total[2] + total[3];
  return 12 * 4;
}
