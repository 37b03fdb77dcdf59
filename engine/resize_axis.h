// SPDX-License-Identifier: MIT
//
// Which source pixels make an output pixel along one axis of an image, and with what weights.
#pragma once
#include "engine/arena.h"
#include "engine/weights_format.h"

namespace skiff {

struct ResizeAxis {
  int32_t out_px;
  int32_t max_taps;  // what the tables have room for, a multiple of 4
  int32_t in_px;     // source size that the tables hold now, 0 = none
  bool is_mirrored;  // and whether they count from the other end
  int32_t stride;    // halves of a kind per output pixel, for that size
  int32_t *
      lo;  // [out_px] first source pixel, ascending; vertically it may lie one before or behind the image, which repeats its edge
  int32_t *taps;     // [out_px]
  int16_t *weights;  // [out_px][2][stride] high and low halves, as kernels.h says
  double *exact;     // [max_taps] weights of one output pixel before they are rounded
};

// Whether a rule is one of Pillow's: 22 fractional bits, u8 between the passes. Otherwise OpenCV's: 11 bits, int16.
bool is_pillow(ResizeRule rule);

// Plans an axis for sources of up to max_px pixels. The same call sizes (counting arena) and places.
void plan_axis(ResizeRule rule, int32_t out_px, int32_t max_px, Arena *arena, ResizeAxis *axis);

// Fills the tables for a source of in_px pixels, unless they hold it already. The weights are those of the libraries, bit for
// bit. A mirrored axis counts source and output pixels from the other end: out[out_px - 1 - i] of the source in opposite order is
// out[i] by an axis that is not mirrored.
void set_axis(ResizeRule rule, int32_t in_px, bool is_vertical, bool is_mirrored, ResizeAxis *axis);

}  // namespace skiff
