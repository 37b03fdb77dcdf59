// SPDX-License-Identifier: MIT
#include "engine/preprocess.h"

namespace skiff {
namespace {

void reverse_pixels(uint8_t *rgb, int32_t count) {
  for (uint8_t *left = rgb, *right = rgb + int64_t(count - 1) * 3; left < right; left += 3, right -= 3)
    for (int32_t c = 0; c < 3; ++c) {
      const uint8_t kept = left[c];
      left[c] = right[c];
      right[c] = kept;
    }
}

}  // namespace

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
  resizer_plan(ResizeRule(recipe.resize_rule), p.out_w, p.out_h, max_w > max_h ? max_w : max_h, arena, &p.resizer);
  p.row = arena->take<uint8_t>(uint64_t(p.out_w) * 3);
}

void preprocess_run(Preprocess *preprocess, const KernelTable &kernels, const Picture &picture, float *tensor) {
  Preprocess &p = *preprocess;
  resizer_begin(&p.resizer, picture);
  for (int32_t y = 0; y < p.out_h; ++y) {
    resizer_row(&p.resizer, kernels, picture, y, p.row);
    if (picture.is_mirrored_x) reverse_pixels(p.row, p.out_w);
    NormaliseArgs args = p.normalise;
    args.pixels = p.row;
    args.out = tensor + int64_t(picture.is_mirrored_y ? p.out_h - 1 - y : y) * p.out_w * 3;
    kernels.normalise(&args);
  }
}

}  // namespace skiff
