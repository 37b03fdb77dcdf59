// SPDX-License-Identifier: MIT
//
// Depthwise 3x3, one output pixel and one block of 16 channels at a time, so that the compiler vectorises across the block.
#include "kernels/pack.h"
#include "kernels/ref/ref.h"

namespace skiff {
namespace {

void dw3x3_pixel(const DepthwiseArgs &a, int32_t y, int32_t x, int32_t stride, int32_t block, float *out) {
  const float *bias = a.bias + block * int32_t(kPanelWidth), *taps = a.taps + int64_t(block) * 9 * kPanelWidth;
  PanelSum sum;
  for (uint32_t c = 0; c < kPanelWidth; ++c) sum.lane[c] = bias[c];
  for (int32_t t = 0; t < 9; ++t, taps += kPanelWidth) {
    const int32_t in_y = y * stride + t / 3 - 1, in_x = x * stride + t % 3 - 1;
    if (in_y < 0 || in_y >= a.in_h || in_x < 0 || in_x >= a.in_w) continue;
    const float *in = a.in + block * a.in_block + (int64_t(in_y % a.in_rows) * a.in_w + in_x) * kPanelWidth;
    for (uint32_t c = 0; c < kPanelWidth; ++c) sum.lane[c] += in[c] * taps[c];
  }
  for (uint32_t c = 0; c < kPanelWidth; ++c) out[c] = clamp_activation(sum.lane[c], 0.0f, a.act_max);
}

void dw3x3(const DepthwiseArgs &a, int32_t stride) {
  for (int32_t block = 0; block < a.blocks; ++block)
    for (int32_t y = a.row_begin; y < a.row_end; ++y) {
      float *out = a.out + block * a.out_block + int64_t(y - a.row_begin) * a.out_w * kPanelWidth;
      for (int32_t x = 0; x < a.out_w; ++x) dw3x3_pixel(a, y, x, stride, block, out + int64_t(x) * kPanelWidth);
    }
}

}  // namespace
}  // namespace skiff

void skiff_dw3x3s1_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 1); }
void skiff_dw3x3s2_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 2); }
