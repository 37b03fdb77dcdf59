// SPDX-License-Identifier: MIT
//
// Box offsets to boxes. Source: Paddle box_coder, decode_center_size (operators/detection/box_coder_op.h).
#pragma once
#include <stdint.h>

namespace skiff {

// Decodes `count` offsets loc f32 [count][4] against priors f32 [count][4] (corners) with one set of variances for all; boxes f32
// [count][4] may be loc itself. The exponent is not clamped: large offsets give huge or infinite boxes, as in Paddle.
// `is_normalized` false means pixel boxes, whose width is xmax - xmin + 1.
void decode_center_size(const float *loc, const float *priors, const float variances[4], bool is_normalized, uint32_t count,
                        float *boxes);

// A fraction of the image, brought inside it; NaN becomes 0.
inline float clip_unit(float x) {
  const float floored = x > 0.0f ? x : 0.0f;
  return floored < 1.0f ? floored : 1.0f;
}

}  // namespace skiff
