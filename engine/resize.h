// SPDX-License-Identifier: MIT
//
// Brings images of any size to the network's input size, in u8, by the resize rule of a recipe, one output row at a time: each
// source row is resampled horizontally once and kept in a small ring, so that no intermediate image exists.
#pragma once
#include "engine/resize_axis.h"
#include "engine/skiff.h"
#include "kernels/kernels.h"

namespace skiff {

struct Resizer {
  ResizeRule rule;
  ResizeAxis x, y;
  uint8_t *ring;        // [ring_rows] horizontally resampled source rows of row_bytes; source row r lies at r % ring_rows
  const void **window;  // [y.max_taps] the rows of one output row
  int32_t ring_rows;
  int32_t ring_end;  // source rows before this one have been resampled
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
