// SPDX-License-Identifier: MIT
//
// Depthwise 3x3, one output pixel at a time, channels innermost so that the compiler vectorises across them.
#include "kernels/ref/ref.h"

namespace skiff {
namespace {

void dw3x3_pixel(const DepthwiseArgs &a, int32_t y, int32_t x, int32_t stride) {
  float *out = a.out + (int64_t(y) * a.out_w + x) * a.c;
  for (int32_t c = 0; c < a.c; ++c) out[c] = a.bias[c];
  for (int32_t kh = 0; kh < 3; ++kh) {
    const int32_t in_y = y * stride + kh - 1;
    if (in_y < 0 || in_y >= a.in_h) continue;
    for (int32_t kw = 0; kw < 3; ++kw) {
      const int32_t in_x = x * stride + kw - 1;
      if (in_x < 0 || in_x >= a.in_w) continue;
      const float *in = a.in + (int64_t(in_y) * a.in_w + in_x) * a.c;
      const float *taps = a.taps + int64_t(kh * 3 + kw) * a.c;
      for (int32_t c = 0; c < a.c; ++c) out[c] += in[c] * taps[c];
    }
  }
  for (int32_t c = 0; c < a.c; ++c) out[c] = clamp_activation(out[c], 0.0f, a.act_max);
}

void dw3x3(const DepthwiseArgs &a, int32_t stride) {
  for (int32_t y = a.row_begin; y < a.row_end; ++y)
    for (int32_t x = 0; x < a.out_w; ++x) dw3x3_pixel(a, y, x, stride);
}

}  // namespace
}  // namespace skiff

void skiff_dw3x3s1_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 1); }
void skiff_dw3x3s2_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 2); }
