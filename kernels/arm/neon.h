// SPDX-License-Identifier: MIT
// The vector words that the NEON kernels share.
#pragma once
#include <arm_neon.h>
#include <float.h>

#include "kernels/arm/table_neon.h"

namespace {

using Vec = float32x4_t;
constexpr int kLanes = 4;

static inline Vec load(const float *p) { return vld1q_f32(p); }
static inline void store(float *p, Vec v) { vst1q_f32(p, v); }
static inline Vec zero() { return vdupq_n_f32(0.0f); }
static inline Vec fill(float x) { return vdupq_n_f32(x); }
static inline Vec madd(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
static inline Vec max(Vec a, Vec b) { return vmaxq_f32(a, b); }
// Most activations are limited on one side only.
static inline bool has_limit(float act_max) { return act_max < FLT_MAX; }
static inline Vec min(Vec a, Vec b) { return vminq_f32(a, b); }

}  // namespace
