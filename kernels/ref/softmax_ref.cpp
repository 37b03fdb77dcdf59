// SPDX-License-Identifier: MIT
//
// Softmax of every prior's logits. Paddle sums a row in eight partial sums and multiplies by the reciprocal; here the sum runs in
// class order and the reciprocal is the same. The difference is below 2 ulp of the probability for up to a few hundred classes.
#include <math.h>

#include "kernels/ref/ref.h"

void skiff_softmax_ref(const skiff::SoftmaxArgs *args) {
  const int64_t count = args->count;
  for (int64_t i = 0; i < count; ++i) {
    const float *logits = args->logits + int64_t(args->rows[i]) * args->classes;
    float *scores = args->scores + i;
    float max = logits[0];
    for (int32_t k = 1; k < args->classes; ++k) max = logits[k] > max ? logits[k] : max;
    float sum = 0.0f;
    for (int32_t k = 0; k < args->classes; ++k) {
      const float x = logits[k] - max;
      const float e = expf(x > -64.0f ? x : -64.0f);
      scores[k * count] = e;
      sum += e;
    }
    const float scale = 1.0f / sum;
    for (int32_t k = 0; k < args->classes; ++k) scores[k * count] *= scale;
  }
}
