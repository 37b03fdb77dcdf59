// SPDX-License-Identifier: MIT
//
// Brings images of any size to the network's input size, in u8, by the resize rule of a recipe, one output row at a time: each
// source row is resampled horizontally once and kept in a small ring, so that no intermediate image exists.
#pragma once
#include "engine/arena.h"
#include "engine/skiff.h"
#include "engine/weights_format.h"
#include "kernels/kernels.h"

namespace skiff {

// Which source pixels make an output pixel along one axis, and with what weights.
struct ResizeAxis {
  int32_t out_px;
  int32_t max_taps;  // what the tables have room for
  int32_t in_px;     // source size that the tables hold now, 0 = none
  int32_t *lo;       // [out_px] first source pixel; vertically it may lie one before or behind the image, which repeats its edge
  int32_t *taps;     // [out_px]
  int32_t *weights;  // [out_px][max_taps] fixed point
};

struct Resizer {
  ResizeRule rule;
  ResizeAxis x, y;
  double *exact;        // [largest max_taps] weights of one output pixel before they are rounded
  uint8_t *ring;        // [y.max_taps] horizontally resampled source rows of row_bytes; source row r lies at r % y.max_taps
  const void **window;  // [y.max_taps] the rows of one output row
  int32_t ring_end;     // source rows before this one have been resampled
  int64_t row_bytes;
};

// Plans a resizer for images up to max_w x max_h. The same call sizes (counting arena) and places.
void resizer_plan(ResizeRule rule, int32_t out_w, int32_t out_h, int32_t max_w, int32_t max_h, Arena *arena, Resizer *resizer);

// Readies the resizer for an image, which is valid and within the planned size. Tables are kept while the size stays the same.
void resizer_begin(Resizer *resizer, const skiff_image &image);

// Writes output row y as u8 RGB [out_w][3]. Rows are asked for in order, 0 first.
void resizer_row(Resizer *resizer, const KernelTable &kernels, const skiff_image &image, int32_t y, uint8_t *out);

// Bytes of one pixel of a format.
int32_t pixel_bytes(skiff_pixel_format format);

}  // namespace skiff
