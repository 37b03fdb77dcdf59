// SPDX-License-Identifier: MIT
//
// Prior boxes of a feature map. Source: Paddle prior_box (operators/detection/prior_box_op.h), as its published 1.7 builds
// compute it.
#pragma once
#include "engine/weights_format.h"

namespace skiff {

// Priors in each cell: expanded aspect ratios times min_sizes, plus max_sizes. The record's counts are within kMaxPriorSizes.
uint32_t priors_per_cell(const PriorRecord &record);

// Writes boxes f32 [map_h][map_w][priors_per_cell][4]: xmin ymin xmax ymax as fractions of an image of image_h x image_w pixels,
// not clipped unless the record says so. The record is valid: max_size_count is 0 or min_size_count, priors_per_cell at most
// kMaxPriorsPerCell.
void make_priors(const PriorRecord &record, uint32_t map_h, uint32_t map_w, uint32_t image_h, uint32_t image_w, float *boxes);

}  // namespace skiff
