// SPDX-License-Identifier: MIT
#pragma once
#include <stdint.h>

namespace skiff {

// A f32 activation in NHWC with n = 1: data[(y * w + x) * c_stride + c]. Borrowed, never owned.
struct Tensor {
  float *data;
  int32_t h, w;
  int32_t c;         // channels that mean something
  int32_t c_stride;  // floats from pixel to pixel; channels c to c_stride are padding
};

}  // namespace skiff
