// SPDX-License-Identifier: MIT
//
// Picture to input tensor, by the recipe that the weights carry.
#pragma once
#include "engine/resize.h"

namespace skiff {

struct Preprocess {
  Resizer resizer;
  int32_t out_w, out_h;
  NormaliseArgs normalise;  // the recipe's part of every row's
  uint8_t *row;             // [out_w][3] one resized row
};

// Plans preprocessing for pictures up to max_w x max_h, or on their side. The same call sizes (counting arena) and places.
void preprocess_plan(const ModelRecord &model, int32_t max_w, int32_t max_h, Arena *arena, Preprocess *preprocess);

// Writes the input tensor f32 [out_h][out_w][3] of the picture upright. It is within the planned size.
void preprocess_run(Preprocess *preprocess, const KernelTable &kernels, const Picture &picture, float *tensor);

}  // namespace skiff
