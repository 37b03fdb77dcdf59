// SPDX-License-Identifier: MIT
// The reference kernels: the specification that every other version is judged against, and what a CPU without its own kernels
// runs.
#pragma once
#include <string.h>

#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_ref(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_ref(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_ref(const skiff::DepthwiseArgs *args);
void skiff_pw_ref(const skiff::PointwiseArgs *args);
void skiff_screen_ref(const skiff::ScreenArgs *args);
void skiff_softmax_ref(const skiff::SoftmaxArgs *args);
void skiff_normalise_ref(const skiff::NormaliseArgs *args);
void skiff_resample_rows_ref(const skiff::ResampleRowsArgs *args);
void skiff_resample_column_ref(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_rows_ref(const skiff::ResampleRowsArgs *args);
void skiff_bilinear_column_ref(const skiff::ResampleColumnArgs *args);
void skiff_yuv_rows_ref(const skiff::YuvRowsArgs *args);
void skiff_transpose_ref(const skiff::TransposeArgs *args);
}

namespace skiff {

// Four floats, which every compiler of this project turns into what the target has: without it gcc leaves sums of 16 channels in
// memory. Lanes are independent, so a sum's order is what the code says.
typedef float Vec4 __attribute__((vector_size(16)));

inline Vec4 load4(const float *p) {
  Vec4 v;
  memcpy(&v, p, sizeof v);
  return v;
}

// One panel's sums. Members with names, as gcc keeps no array of vectors in registers.
struct PanelSum {
  Vec4 a, b, c, d;
};

inline PanelSum load_panel(const float *p) { return {load4(p), load4(p + 4), load4(p + 8), load4(p + 12)}; }

// sum[j] += x * w[j]
inline void add_scaled(PanelSum *sum, float x, const PanelSum &w) {
  const Vec4 v = {x, x, x, x};
  sum->a += v * w.a;
  sum->b += v * w.b;
  sum->c += v * w.c;
  sum->d += v * w.d;
}

// sum[j] += x[j] * w[j]
inline void add_product(PanelSum *sum, const PanelSum &x, const PanelSum &w) {
  sum->a += x.a * w.a;
  sum->b += x.b * w.b;
  sum->c += x.c * w.c;
  sum->d += x.d * w.d;
}

inline float clamp_activation(float x, float lo, float hi) {
  const float floored = x > lo ? x : lo;  // also turns NaN into lo
  return floored < hi ? floored : hi;
}

// The same for four. Without branches: half of all activations are below 0, and which half is hard to guess.
inline Vec4 clamp_activation(Vec4 x, Vec4 lo, Vec4 hi) {
  const Vec4 floored = x > lo ? x : lo;
  return floored < hi ? floored : hi;
}

inline void store_clamped(float *out, const PanelSum &sum, float least, float most) {
  const Vec4 lo = {least, least, least, least}, hi = {most, most, most, most};
  const PanelSum clamped = {clamp_activation(sum.a, lo, hi), clamp_activation(sum.b, lo, hi), clamp_activation(sum.c, lo, hi),
                            clamp_activation(sum.d, lo, hi)};
  memcpy(out, &clamped, sizeof clamped);
}

}  // namespace skiff
