// SPDX-License-Identifier: MIT
//
// The two matrix products, one output pixel and one panel of output channels at a time: the panel's 16 sums are independent, so
// the compiler vectorises across them and each single sum still runs in the order that the contract states.
#include "kernels/pack.h"
#include "kernels/ref/ref.h"

namespace skiff {
namespace {

// sum[j] += in[i] * weights[i][j] for i in [0, k).
inline void accumulate(PanelSum *sum, const float *in, const float *weights, int32_t k) {
  PanelSum s = *sum;
  for (int32_t i = 0; i < k; ++i, weights += kPanelWidth)
    for (uint32_t j = 0; j < kPanelWidth; ++j) s.lane[j] += in[i] * weights[j];
  *sum = s;
}

inline void load_bias(PanelSum *sum, const float *bias) {
  for (uint32_t j = 0; j < kPanelWidth; ++j) sum->lane[j] = bias[j];
}

inline void store(float *out, const PanelSum &sum, float lo, float hi) {
  for (uint32_t j = 0; j < kPanelWidth; ++j) out[j] = clamp_activation(sum.lane[j], lo, hi);
}

void conv_image_pixel(const ConvImageArgs &a, int32_t y, int32_t x, const float *weights, const float *bias, float *out) {
  PanelSum sum;
  load_bias(&sum, bias);
  for (int32_t kh = 0; kh < 3; ++kh) {
    const int32_t in_y = y * 2 + kh - 1;
    if (in_y < 0 || in_y >= a.in_h) continue;
    for (int32_t kw = 0; kw < 3; ++kw) {
      const int32_t in_x = x * 2 + kw - 1;
      if (in_x < 0 || in_x >= a.in_w) continue;
      accumulate(&sum, a.in + (int64_t(in_y) * a.in_w + in_x) * 3, weights + (kh * 3 + kw) * 3 * int32_t(kPanelWidth), 3);
    }
  }
  store(out, sum, 0.0f, a.act_max);
}

}  // namespace
}  // namespace skiff

using namespace skiff;

void skiff_conv_image_ref(const ConvImageArgs *args) {
  const ConvImageArgs &a = *args;
  for (int32_t block = 0; block < a.blocks; ++block) {
    const float *weights = a.weights + block * 27 * int32_t(kPanelWidth), *bias = a.bias + block * int32_t(kPanelWidth);
    for (int32_t y = a.row_begin; y < a.row_end; ++y) {
      float *out = a.out + block * a.out_block + int64_t(y - a.row_begin) * a.out_w * kPanelWidth;
      for (int32_t x = 0; x < a.out_w; ++x) conv_image_pixel(a, y, x, weights, bias, out + int64_t(x) * kPanelWidth);
    }
  }
}

void skiff_pw_ref(const PointwiseArgs *args) {
  const PointwiseArgs &a = *args;
  for (int32_t panel = 0; panel < a.panels; ++panel) {
    for (int32_t p = 0; p < a.pixels; ++p) {
      const float *weights = a.weights + int64_t(panel) * a.in_blocks * kPanelWidth * kPanelWidth;
      const float *in = a.in + int64_t(p) * kPanelWidth;
      PanelSum sum;
      load_bias(&sum, a.bias + panel * int32_t(kPanelWidth));
      for (int32_t b = 0; b < a.in_blocks; ++b, in += a.in_block, weights += kPanelWidth * kPanelWidth)
        accumulate(&sum, in, weights, kPanelWidth);
      store(a.out + panel * a.out_block + int64_t(p) * kPanelWidth, sum, a.act_min, a.act_max);
    }
  }
}
