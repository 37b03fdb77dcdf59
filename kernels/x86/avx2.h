// SPDX-License-Identifier: MIT
// The vector words that the AVX2+FMA kernels share.
#pragma once
#include <immintrin.h>

#include "kernels/x86/table_avx2.h"

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
