// SPDX-License-Identifier: MIT
//
// A byte has 256 values, so the recipe's arithmetic is done 3 x 256 times at init, in the order in which Paddle's scripts round
// it, and looked up afterwards: exact for every recipe, and cheaper than the arithmetic.
#include "engine/preprocess.h"

namespace skiff {
namespace {

// Source: PaddlePaddle/models PaddleCV/ssd/reader.py: subtract, then multiply, each rounded to f32.
void fill_table(const Recipe &recipe, float *table) {
  for (int32_t c = 0; c < 3; ++c)
    for (int32_t x = 0; x < 256; ++x) table[c * 256 + x] = (float(x) / recipe.pixel_divisor - recipe.mean[c]) * recipe.scale[c];
}

}  // namespace

void preprocess_plan(const ModelRecord &model, int32_t max_w, int32_t max_h, Arena *arena, Preprocess *preprocess) {
  Preprocess &p = *preprocess;
  p.out_w = int32_t(model.input_w);
  p.out_h = int32_t(model.input_h);
  p.is_bgr = model.recipe.channel_order == uint32_t(ChannelOrder::kBgr);
  resizer_plan(ResizeRule(model.recipe.resize_rule), p.out_w, p.out_h, max_w, max_h, arena, &p.resizer);
  p.table = arena->take<float>(3 * 256);
  p.row = arena->take<uint8_t>(uint64_t(p.out_w) * 3);
  if (!arena->is_counting()) fill_table(model.recipe, p.table);
}

void preprocess_run(Preprocess *preprocess, const KernelTable &kernels, const skiff_image &image, float *tensor) {
  Preprocess &p = *preprocess;
  resizer_begin(&p.resizer, image);
  for (int32_t y = 0; y < p.out_h; ++y) {
    resizer_row(&p.resizer, kernels, image, y, p.row);
    const NormaliseArgs args = {p.row, p.table, tensor + int64_t(y) * p.out_w * 3, p.out_w, p.is_bgr};
    kernels.normalise(&args);
  }
}

}  // namespace skiff
