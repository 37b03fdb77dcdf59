// SPDX-License-Identifier: MIT
//
// Depthwise 3x3, one output pixel and one block of 16 channels at a time.
#include "kernels/pack.h"
#include "kernels/ref/ref.h"

namespace skiff {
namespace {

// The kernel rows [begin, end) of an output row that lie inside the image, and where each lies in one block.
struct Rows {
  int32_t begin, end;
  const float *row[3];
};

Rows rows_of(const DepthwiseArgs &a, int32_t top, const float *in) {
  Rows rows = {top < 0 ? 1 : 0, top + 3 <= a.in_h ? 3 : a.in_h - top, {}};
  for (int32_t kh = rows.begin; kh < rows.end; ++kh) rows.row[kh] = in + int64_t((top + kh) % a.in_rows) * a.in_w * kPanelWidth;
  return rows;
}

PanelSum dw3x3_pixel(const Rows &rows, int32_t left, int32_t in_w, const float *taps, const float *bias) {
  const int32_t kw_begin = left < 0 ? 1 : 0, kw_end = left + 3 <= in_w ? 3 : in_w - left;
  PanelSum sum = load_panel(bias);
  for (int32_t kh = rows.begin; kh < rows.end; ++kh)
    for (int32_t kw = kw_begin; kw < kw_end; ++kw)
      add_product(&sum, load_panel(rows.row[kh] + int64_t(left + kw) * kPanelWidth),
                  load_panel(taps + (kh * 3 + kw) * int32_t(kPanelWidth)));
  return sum;
}

void dw3x3(const DepthwiseArgs &a, int32_t stride) {
  for (int32_t block = 0; block < a.blocks; ++block) {
    const float *taps = a.taps + int64_t(block) * 9 * kPanelWidth, *bias = a.bias + block * int32_t(kPanelWidth);
    for (int32_t y = a.row_begin; y < a.row_end; ++y) {
      const Rows rows = rows_of(a, y * stride - 1, a.in + block * a.in_block);
      float *out = a.out + block * a.out_block + int64_t(y - a.row_begin) * a.out_w * kPanelWidth;
      for (int32_t x = 0; x < a.out_w; ++x)
        store_clamped(out + int64_t(x) * kPanelWidth, dw3x3_pixel(rows, x * stride - 1, a.in_w, taps, bias), 0.0f, a.act_max);
    }
  }
}

}  // namespace
}  // namespace skiff

void skiff_dw3x3s1_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 1); }
void skiff_dw3x3s2_ref(const skiff::DepthwiseArgs *args) { skiff::dw3x3(*args, 2); }
