// SPDX-License-Identifier: MIT
// The NEON kernels of arm64 and the vector words that they share.
#pragma once
#include <arm_neon.h>

#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_neon(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_neon(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_neon(const skiff::DepthwiseArgs *args);
void skiff_pw_neon(const skiff::PointwiseArgs *args);
void skiff_normalise_neon(const skiff::NormaliseArgs *args);
void skiff_resample_rows_neon(const skiff::ResampleRowsArgs *args);
void skiff_resample_column_neon(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_rows_neon(const skiff::ResampleRowsArgs *args);
void skiff_bilinear_column_neon(const skiff::ResampleColumnArgs *args);
}

namespace {

using Vec = float32x4_t;
constexpr int kLanes = 4;

static inline Vec load(const float *p) { return vld1q_f32(p); }
static inline void store(float *p, Vec v) { vst1q_f32(p, v); }
static inline Vec zero() { return vdupq_n_f32(0.0f); }
static inline Vec fill(float x) { return vdupq_n_f32(x); }
static inline Vec madd(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
static inline Vec max(Vec a, Vec b) { return vmaxq_f32(a, b); }
static inline Vec min(Vec a, Vec b) { return vminq_f32(a, b); }

}  // namespace
