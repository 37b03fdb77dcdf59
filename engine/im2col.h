// SPDX-License-Identifier: MIT
//
// 3x3 convolutions on small maps, as a matrix product: their patches side by side.
#pragma once
#include "engine/tensor.h"

namespace skiff {

// Writes columns f32 [9 * in.blocks()][out_h * out_w][16]: for each tap (kh, kw) and block the inputs that the output pixels read
// there, zeros where the padding of 1 is. What kernels' pw then multiplies has K = (kh, kw, channel), as kernels/pack.h packs it.
void im2col3x3(const Tensor &in, int32_t out_h, int32_t out_w, int32_t stride, float *columns);

}  // namespace skiff
