// SPDX-License-Identifier: MIT
// The reference kernels: the specification that every other version is judged against, and what a CPU without its own kernels
// runs.
#pragma once
#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_ref(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_ref(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_ref(const skiff::DepthwiseArgs *args);
void skiff_pw_ref(const skiff::PointwiseArgs *args);
void skiff_softmax_ref(const skiff::SoftmaxArgs *args);
void skiff_normalise_ref(const skiff::NormaliseArgs *args);
void skiff_resample_row_ref(const skiff::ResampleRowArgs *args);
void skiff_resample_column_ref(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_row_ref(const skiff::ResampleRowArgs *args);
void skiff_bilinear_column_ref(const skiff::ResampleColumnArgs *args);
}

namespace skiff {

// One panel's accumulators. A struct, so that compilers keep it in registers.
struct PanelSum {
  float lane[16];
};

inline float clamp_activation(float x, float lo, float hi) {
  const float floored = x > lo ? x : lo;  // also turns NaN into lo
  return floored < hi ? floored : hi;
}

}  // namespace skiff
