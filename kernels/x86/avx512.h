// SPDX-License-Identifier: MIT
// The vector words that the AVX-512F kernels share.
#pragma once
#include <immintrin.h>

#include "kernels/x86/table_avx512.h"

namespace {

using Vec = __m512;
constexpr int kLanes = 16;

static inline Vec load(const float *p) { return _mm512_loadu_ps(p); }
static inline void store(float *p, Vec v) { _mm512_storeu_ps(p, v); }
static inline Vec zero() { return _mm512_setzero_ps(); }
static inline Vec fill(float x) { return _mm512_set1_ps(x); }
static inline Vec broadcast(const float *p) { return _mm512_set1_ps(*p); }
static inline Vec madd(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
static inline Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }

}  // namespace
