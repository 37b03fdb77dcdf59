// SPDX-License-Identifier: MIT
#include "engine/preprocess.h"

namespace skiff {

void preprocess_plan(const ModelRecord &model, int32_t max_w, int32_t max_h, Arena *arena, Preprocess *preprocess) {
  Preprocess &p = *preprocess;
  const Recipe &recipe = model.recipe;
  p.out_w = int32_t(model.input_w);
  p.out_h = int32_t(model.input_h);
  p.normalise = {};
  p.normalise.width = p.out_w;
  p.normalise.is_bgr = recipe.channel_order == uint32_t(ChannelOrder::kBgr);
  p.normalise.divisor = recipe.pixel_divisor;
  for (uint32_t c = 0; c < 3; ++c) {
    p.normalise.mean[c] = recipe.mean[c];
    p.normalise.scale[c] = recipe.scale[c];
  }
  resizer_plan(ResizeRule(recipe.resize_rule), p.out_w, p.out_h, max_w, max_h, arena, &p.resizer);
  p.row = arena->take<uint8_t>(uint64_t(p.out_w) * 3);
}

void preprocess_run(Preprocess *preprocess, const KernelTable &kernels, const skiff_image &image, float *tensor) {
  Preprocess &p = *preprocess;
  resizer_begin(&p.resizer, image);
  for (int32_t y = 0; y < p.out_h; ++y) {
    resizer_row(&p.resizer, kernels, image, y, p.row);
    NormaliseArgs args = p.normalise;
    args.pixels = p.row;
    args.out = tensor + int64_t(y) * p.out_w * 3;
    kernels.normalise(&args);
  }
}

}  // namespace skiff
