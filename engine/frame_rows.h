// SPDX-License-Identifier: MIT
//
// Rows of a picture as the resampling kernels read them: where they lie if they can be read there; converted or brought upright,
// a few at a time, if not.
#pragma once
#include "engine/arena.h"
#include "engine/frame.h"

namespace skiff {

// Columns of a picture on its side that are brought upright at once, and pixels of a conversion in between.
constexpr int32_t kStripRows = 16;

struct FrameRows {
  uint8_t *scratch;  // [kStripRows] rows of scratch_stride
  int64_t scratch_stride;
  int32_t strip;  // which strip lies in scratch, -1 = none
};

// Rows for the kernels: those of ResampleRowsArgs.
struct PixelRows {
  const uint8_t *pixels;
  int64_t stride;
  int32_t pixel_bytes;
  int32_t channel[3];
};

// Plans for pictures up to max_px wide. The same call sizes (counting arena) and places.
void frame_rows_plan(int32_t max_px, Arena *arena, FrameRows *rows);

// Forgets the last picture.
void frame_rows_begin(FrameRows *rows);

// Where a run of rows from `begin` on has to end at the latest.
int32_t frame_rows_limit(const Picture &picture, int32_t begin);

// Rows [begin, end), no more than kResampleRows and not beyond the limit; good until the next call.
PixelRows frame_rows(FrameRows *rows, const KernelTable &kernels, const Picture &picture, int32_t begin, int32_t end);

}  // namespace skiff
