// SPDX-License-Identifier: MIT
//
// The two matrix products. Each sum runs in the order that the contract states; a panel's 16 sums, and those of two neighbouring
// pixels, run side by side so that a vector unit has something to do.
#include "kernels/pack.h"
#include "kernels/ref/ref.h"

namespace skiff {
namespace {

PanelSum conv_image_pixel(const ConvImageArgs &a, int32_t y, int32_t x, const float *weights, const float *bias) {
  const int32_t kh_begin = y == 0 ? 1 : 0, kh_end = 2 * y + 1 < a.in_h ? 3 : 2;
  const int32_t kw_begin = x == 0 ? 1 : 0, kw_end = 2 * x + 1 < a.in_w ? 3 : 2;
  PanelSum sum = load_panel(bias);
  for (int32_t kh = kh_begin; kh < kh_end; ++kh) {
    const float *row = a.in + (int64_t(2 * y + kh - 1) * a.in_w + 2 * x - 1) * 3, *w = weights + kh * 9 * int32_t(kPanelWidth);
    for (int32_t k = kw_begin * 3; k < kw_end * 3; ++k) add_scaled(&sum, row[k], load_panel(w + k * int32_t(kPanelWidth)));
  }
  return sum;
}

// Pixel p, and p + 1 where there is one, of one panel.
template <bool kHasSecond>
void pw_pixels(const PointwiseArgs &a, int32_t p, const float *weights, const float *bias, float *out) {
  const float *in = a.in + int64_t(p) * kPanelWidth;
  PanelSum first = load_panel(bias), second = first;
  for (int32_t b = 0; b < a.in_blocks; ++b, in += a.in_block)
    for (uint32_t i = 0; i < kPanelWidth; ++i, weights += kPanelWidth) {
      const PanelSum w = load_panel(weights);
      add_scaled(&first, in[i], w);
      if (kHasSecond) add_scaled(&second, in[kPanelWidth + i], w);
    }
  store_clamped(out, first, a.act_min, a.act_max);
  if (kHasSecond) store_clamped(out + kPanelWidth, second, a.act_min, a.act_max);
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
      for (int32_t x = 0; x < a.out_w; ++x)
        store_clamped(out + int64_t(x) * kPanelWidth, conv_image_pixel(a, y, x, weights, bias), 0.0f, a.act_max);
    }
  }
}

void skiff_pw_ref(const PointwiseArgs *args) {
  const PointwiseArgs &a = *args;
  for (int32_t panel = 0; panel < a.panels; ++panel) {
    const float *weights = a.weights + int64_t(panel) * a.in_blocks * kPanelWidth * kPanelWidth;
    const float *bias = a.bias + panel * int32_t(kPanelWidth);
    float *out = a.out + panel * a.out_block;
    int32_t p = 0;
    for (; p + 1 < a.pixels; p += 2) pw_pixels<true>(a, p, weights, bias, out + int64_t(p) * kPanelWidth);
    if (p < a.pixels) pw_pixels<false>(a, p, weights, bias, out + int64_t(p) * kPanelWidth);
  }
}
