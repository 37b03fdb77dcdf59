// SPDX-License-Identifier: MIT
//
// Tells the few priors that may hold an object from the many that show background, by comparisons alone.
#include <float.h>

#include "kernels/ref/ref.h"

namespace {

float row_max(const float *row, int32_t begin, int32_t end) {
  float max = -FLT_MAX;
  for (int32_t k = begin; k < end; ++k) max = row[k] > max ? row[k] : max;
  return max;
}

}  // namespace

void skiff_screen_ref(const skiff::ScreenArgs *args) {
  int32_t count = 0;
  for (int32_t p = 0; p < args->priors; ++p) {
    const float *row = args->logits + int64_t(p) * args->classes;
    const float before = row_max(row, 0, args->background), behind = row_max(row, args->background + 1, args->classes);
    const float best = before > behind ? before : behind;
    const float background = args->background < 0 ? best : row[args->background];
    args->rows[count] = p;
    count += !(best - (background > best ? background : best) < args->cut);
  }
  *args->count = count;
}
