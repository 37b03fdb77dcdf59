// SPDX-License-Identifier: MIT
//
// Brings pictures of any size to the network's input size, in u8, by the resize rule of a recipe, one output row at a time: each
// source row is resampled horizontally once and kept in a small ring, so that no intermediate image exists.
#pragma once
#include "engine/frame_rows.h"
#include "engine/resize_axis.h"

namespace skiff {

struct Resizer {
  ResizeRule rule;
  ResizeAxis x, y;
  FrameRows rows;
  uint8_t *ring;        // [ring_rows] horizontally resampled source rows of row_bytes; source row r lies at r % ring_rows
  const void **window;  // [y.max_taps] the rows of one output row
  int32_t ring_rows;
  int32_t ring_end;  // source rows before this one have been resampled
  int64_t row_bytes;
};

// Plans a resizer for pictures of up to max_px pixels either way. The same call sizes (counting arena) and places.
void resizer_plan(ResizeRule rule, int32_t out_w, int32_t out_h, int32_t max_px, Arena *arena, Resizer *resizer);

// Readies the resizer for a picture within the planned size. Tables are kept while the size and the mirroring stay the same.
void resizer_begin(Resizer *resizer, const Picture &picture);

// Writes row y of the resized picture as u8 RGB [out_w][3], as the picture lies: what is mirrored comes out mirrored. Rows are
// asked for in order, 0 first.
void resizer_row(Resizer *resizer, const KernelTable &kernels, const Picture &picture, int32_t y, uint8_t *out);

}  // namespace skiff
