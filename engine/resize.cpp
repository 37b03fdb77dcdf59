// SPDX-License-Identifier: MIT
//
// Both families of rules are separable, horizontal pass first. Pillow rounds to u8 between the passes and has as many taps as the
// shrinking asks for; OpenCV's bilinear keeps 16 bits between the passes and always has two taps. The tables hide the difference
// from the row loop.
#include "engine/resize.h"

namespace skiff {
namespace {

int32_t clamp_row(int32_t row, int32_t rows) { return row < 0 ? 0 : row < rows ? row : rows - 1; }

// First and last source row of output row y.
int32_t first_row(const Resizer &r, int32_t y) { return clamp_row(r.y.lo[y], r.y.in_px); }
int32_t last_row(const Resizer &r, int32_t y) { return clamp_row(r.y.lo[y] + r.y.taps[y] - 1, r.y.in_px); }

// Last row of the run of source rows without a gap that output rows from y on need; no further than `limit`.
int32_t run_end(const Resizer &r, int32_t y, int32_t limit) {
  int32_t last = last_row(r, y);
  while (last < limit && ++y < r.y.out_px && first_row(r, y) <= last + 1) last = last_row(r, y);
  return last < limit ? last : limit;
}

uint8_t *ring_row(const Resizer &r, int32_t row) { return r.ring + row % r.ring_rows * r.row_bytes; }

// Resamples source rows [begin, end) into the ring.
void resample_source_rows(Resizer *resizer, const KernelTable &kernels, const Picture &picture, int32_t begin, int32_t end) {
  const Resizer &r = *resizer;
  const PixelRows rows = frame_rows(&resizer->rows, kernels, picture, begin, end);
  ResampleRowsArgs args;
  args.in = rows.pixels;
  args.in_stride = rows.stride;
  args.in_width = picture.width;
  args.rows = end - begin;
  args.pixel_bytes = rows.pixel_bytes;
  for (int32_t c = 0; c < 3; ++c) args.channel[c] = rows.channel[c];
  args.lo = r.x.lo;
  args.taps = r.x.taps;
  args.weights = r.x.weights;
  args.weight_stride = r.x.stride;
  args.out_width = r.x.out_px;
  for (int32_t i = 0; i < args.rows; ++i) args.out[i] = ring_row(r, begin + i);
  (is_pillow(r.rule) ? kernels.resample_rows : kernels.bilinear_rows)(&args);
}

}  // namespace

void resizer_plan(ResizeRule rule, int32_t out_w, int32_t out_h, int32_t max_px, Arena *arena, Resizer *resizer) {
  resizer->rule = rule;
  plan_axis(rule, out_w, max_px, arena, &resizer->x);
  plan_axis(rule, out_h, max_px, arena, &resizer->y);
  frame_rows_plan(max_px, arena, &resizer->rows);
  resizer->ring_rows =
      resizer->y.max_taps + kResampleRows - 1;  // the last row of a window may begin a run that goes on behind it
  resizer->row_bytes = int64_t(out_w) * 3 * int64_t(is_pillow(rule) ? sizeof(uint8_t) : sizeof(int16_t));
  resizer->ring = arena->take<uint8_t>(uint64_t(resizer->ring_rows) * uint64_t(resizer->row_bytes));
  resizer->window = arena->take<const void *>(uint64_t(resizer->y.max_taps));
  resizer->ring_end = 0;
}

void resizer_begin(Resizer *resizer, const Picture &picture) {
  set_axis(resizer->rule, picture.width, false, picture.is_mirrored_x, &resizer->x);
  set_axis(resizer->rule, picture.height, true, picture.is_mirrored_y, &resizer->y);
  frame_rows_begin(&resizer->rows);
  resizer->ring_end = 0;
}

void resizer_row(Resizer *resizer, const KernelTable &kernels, const Picture &picture, int32_t y, uint8_t *out) {
  Resizer &r = *resizer;
  const int32_t first = first_row(r, y), last = last_row(r, y);
  if (r.ring_end < first) r.ring_end = first;  // rows that no output row reads
  while (r.ring_end <= last) {
    const int32_t limit = frame_rows_limit(picture, r.ring_end);
    const int32_t end = run_end(r, y, (limit < r.ring_end + kResampleRows ? limit : r.ring_end + kResampleRows) - 1) + 1;
    resample_source_rows(resizer, kernels, picture, r.ring_end, end);
    r.ring_end = end;
  }
  for (int32_t t = 0; t < r.y.taps[y]; ++t) r.window[t] = ring_row(r, clamp_row(r.y.lo[y] + t, picture.height));
  ResampleColumnArgs args;
  args.rows = r.window;
  args.weights = r.y.weights + int64_t(y) * 2 * r.y.stride;
  args.weight_stride = r.y.stride;
  args.taps = r.y.taps[y];
  args.elems = r.x.out_px * 3;
  args.out = out;
  (is_pillow(r.rule) ? kernels.resample_column : kernels.bilinear_column)(&args);
}

}  // namespace skiff
