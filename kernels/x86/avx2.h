// SPDX-License-Identifier: MIT
// The AVX2+FMA kernels and the vector words that they share.
#pragma once
#include <immintrin.h>

#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_avx2(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_avx2(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_avx2(const skiff::DepthwiseArgs *args);
void skiff_pw_avx2(const skiff::PointwiseArgs *args);
void skiff_screen_avx2(const skiff::ScreenArgs *args);
void skiff_normalise_avx2(const skiff::NormaliseArgs *args);
void skiff_resample_rows_avx2(const skiff::ResampleRowsArgs *args);
void skiff_resample_column_avx2(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_rows_avx2(const skiff::ResampleRowsArgs *args);
void skiff_bilinear_column_avx2(const skiff::ResampleColumnArgs *args);
}

namespace {

using Vec = __m256;
constexpr int kLanes = 8;

static inline Vec load(const float *p) { return _mm256_loadu_ps(p); }
static inline void store(float *p, Vec v) { _mm256_storeu_ps(p, v); }
static inline Vec zero() { return _mm256_setzero_ps(); }
static inline Vec fill(float x) { return _mm256_set1_ps(x); }
static inline Vec broadcast(const float *p) { return _mm256_broadcast_ss(p); }
static inline Vec madd(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
static inline Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
static inline Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }

}  // namespace
