// SPDX-License-Identifier: MIT
//
// Half extents of aspect-ratio priors are evaluated in double and rounded once: the official 1.7 builds came from a compiler
// whose only sqrt in sight was double's. Later builds round in between and differ by one ulp in 479 of 7668 coordinates.
#include "engine/priors.h"

#include <math.h>

#include "engine/decode.h"

namespace skiff {
namespace {

constexpr uint32_t kMaxRatios = 1 + 2 * kMaxPriorSizes;

// The ratio list of prior_box: 1, then each new ratio and, with flip, its reciprocal. Returns how many.
uint32_t expand_ratios(const PriorRecord &record, float *ratios) {
  uint32_t count = 0;
  ratios[count++] = 1.0f;
  for (uint32_t i = 0; i < record.aspect_ratio_count; ++i) {
    const float ratio = record.aspect_ratios[i];
    bool is_known = false;
    for (uint32_t j = 0; j < count; ++j) is_known = is_known || fabsf(ratio - ratios[j]) < 1e-6f;
    if (is_known) continue;
    ratios[count++] = ratio;
    if (record.flip) ratios[count++] = 1.0f / ratio;
  }
  return count;
}

struct HalfExtent {
  float w, h;
};

HalfExtent ratio_extent(float min_size, float ratio) {
  const double root = sqrt(double(ratio));
  return {float(min_size * root / 2.0), float(min_size / root / 2.0)};
}

HalfExtent square_extent(float size) { return {float(size / 2.0), float(size / 2.0)}; }

HalfExtent max_extent(float min_size, float max_size) {
  const float half = float(sqrt(double(min_size * max_size)) / 2.0);
  return {half, half};
}

// The extents of one cell's priors, in Paddle's order. Returns how many.
uint32_t cell_extents(const PriorRecord &record, HalfExtent *out) {
  float ratios[kMaxRatios];
  const uint32_t ratio_count = expand_ratios(record, ratios);
  uint32_t count = 0;
  for (uint32_t s = 0; s < record.min_size_count; ++s) {
    const float min_size = record.min_sizes[s];
    const bool has_max = record.max_size_count > 0;
    if (record.min_max_aspect_ratios_order) {  // Caffe's order
      out[count++] = square_extent(min_size);
      if (has_max) out[count++] = max_extent(min_size, record.max_sizes[s]);
      for (uint32_t r = 0; r < ratio_count; ++r)
        if (fabsf(ratios[r] - 1.0f) >= 1e-6f) out[count++] = ratio_extent(min_size, ratios[r]);
    } else {
      for (uint32_t r = 0; r < ratio_count; ++r) out[count++] = ratio_extent(min_size, ratios[r]);
      if (has_max) out[count++] = max_extent(min_size, record.max_sizes[s]);
    }
  }
  return count;
}

}  // namespace

uint32_t priors_per_cell(const PriorRecord &record) {
  float ratios[kMaxRatios];
  return expand_ratios(record, ratios) * record.min_size_count + record.max_size_count;
}

void make_priors(const PriorRecord &record, uint32_t map_h, uint32_t map_w, uint32_t image_h, uint32_t image_w, float *boxes) {
  HalfExtent extents[kMaxPriorsPerCell];
  const uint32_t per_cell = cell_extents(record, extents);
  const bool is_automatic = record.step_w == 0.0f || record.step_h == 0.0f;
  const float step_w = is_automatic ? float(image_w) / float(map_w) : record.step_w;
  const float step_h = is_automatic ? float(image_h) / float(map_h) : record.step_h;
  const float width = float(image_w), height = float(image_h);
  for (uint32_t y = 0; y < map_h; ++y) {
    const float center_y = (float(y) + record.offset) * step_h;
    for (uint32_t x = 0; x < map_w; ++x) {
      const float center_x = (float(x) + record.offset) * step_w;
      for (uint32_t p = 0; p < per_cell; ++p, boxes += 4) {
        boxes[0] = (center_x - extents[p].w) / width;
        boxes[1] = (center_y - extents[p].h) / height;
        boxes[2] = (center_x + extents[p].w) / width;
        boxes[3] = (center_y + extents[p].h) / height;
        if (record.clip)
          for (int i = 0; i < 4; ++i) boxes[i] = clip_unit(boxes[i]);
      }
    }
  }
}

}  // namespace skiff
