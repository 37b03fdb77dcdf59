// SPDX-License-Identifier: MIT
//
// Full convolutions, one output pixel and one panel of output channels at a time: the panel's 16 sums are independent, so the
// compiler vectorises across them and each single sum still runs in the order that the contract states.
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

// One panel of one output pixel of a padded 3x3 convolution.
void conv3x3_pixel(const Conv3x3Args &a, int32_t y, int32_t x, int32_t panel) {
  const float *weights = a.weights + int64_t(panel) * 9 * a.in_c * kPanelWidth;
  PanelSum sum;
  load_bias(&sum, a.bias + panel * int32_t(kPanelWidth));
  for (int32_t kh = 0; kh < 3; ++kh) {
    const int32_t in_y = y * a.stride + kh - 1;
    if (in_y < 0 || in_y >= a.in_h) continue;
    for (int32_t kw = 0; kw < 3; ++kw) {
      const int32_t in_x = x * a.stride + kw - 1;
      if (in_x < 0 || in_x >= a.in_w) continue;
      const float *in = a.in + (int64_t(in_y) * a.in_w + in_x) * a.in_stride;
      accumulate(&sum, in, weights + int64_t(kh * 3 + kw) * a.in_c * kPanelWidth, a.in_c);
    }
  }
  store(a.out + (int64_t(y) * a.out_w + x) * a.out_stride + panel * int32_t(kPanelWidth), sum, 0.0f, a.act_max);
}

}  // namespace
}  // namespace skiff

using namespace skiff;

void skiff_conv3x3_ref(const Conv3x3Args *args) {
  for (int32_t y = args->row_begin; y < args->row_end; ++y)
    for (int32_t panel = 0; panel < args->panels; ++panel)
      for (int32_t x = 0; x < args->out_w; ++x) conv3x3_pixel(*args, y, x, panel);
}

void skiff_pw_ref(const PointwiseArgs *args) {
  const PointwiseArgs &a = *args;
  for (int32_t panel = 0; panel < a.panels; ++panel) {
    const float *weights = a.weights + int64_t(panel) * a.in_c * kPanelWidth;
    for (int32_t p = a.pixel_begin; p < a.pixel_end; ++p) {
      PanelSum sum;
      load_bias(&sum, a.bias + panel * int32_t(kPanelWidth));
      accumulate(&sum, a.in + int64_t(p) * a.in_stride, weights, a.in_c);
      store(a.out + int64_t(p) * a.out_stride + panel * int32_t(kPanelWidth), sum, a.act_min, a.act_max);
    }
  }
}
