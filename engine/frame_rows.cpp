// SPDX-License-Identifier: MIT
//
// A picture on its side is brought upright in strips of kStripRows of its columns. A strip is filled from blocks of as many rows,
// which lie in the cache while they are turned, and each of its rows is then resampled as if it had always been one. Resampling
// in the other direction first would need no turning, but it rounds in the other order: the boxes of a photo would depend on how
// the phone was held.
#include "engine/frame_rows.h"

#include "kernels/pack.h"

namespace skiff {
namespace {

constexpr int32_t kConvertedBytes = 4;  // of a pixel out of yuv_rows or transpose

constexpr YuvColours kFullRange = {16384, 32, 11485, -2819, -5850, 14516};
constexpr YuvColours kVideoRange = {19077, 32 - 1192, 13075, -3209, -6660, 16525};

struct Block {
  int32_t x, y, width, height;
};

// Values that lie anywhere, side by side.
void gather(const uint8_t *in, int64_t step, int32_t count, uint8_t *out) {
  for (int32_t i = 0; i < count; ++i) out[i] = in[i * step];
}

// yuv_rows on planes whose strides it does not take: a row of a few pixels at a time, by way of a copy.
void convert_scattered(const Picture &p, const KernelTable &kernels, const Block &b, YuvRowsArgs args) {
  uint8_t y[kStripRows], u[kStripRows / 2], v[kStripRows / 2];
  const YuvRowsArgs whole = args;
  args.y = y, args.u = u, args.v = v;
  args.chroma_step = 1;
  args.rows = 1;
  for (int32_t r = 0; r < b.height; ++r)
    for (int32_t x = 0; x < b.width; x += kStripRows) {
      const int64_t chroma_row = (whole.phase + r) / 2;
      args.width = b.width - x < kStripRows ? b.width - x : kStripRows;
      gather(whole.y + r * p.row_strides[0] + x * p.pixel_strides[0], p.pixel_strides[0], args.width, y);
      gather(whole.u + chroma_row * p.row_strides[1] + x / 2 * p.pixel_strides[1], p.pixel_strides[1], (args.width + 1) / 2, u);
      gather(whole.v + chroma_row * p.row_strides[2] + x / 2 * p.pixel_strides[2], p.pixel_strides[2], (args.width + 1) / 2, v);
      args.out = whole.out + r * whole.out_stride + x * kConvertedBytes;
      kernels.yuv_rows(&args);
    }
}

bool is_side_by_side(const Picture &p) {
  const uintptr_t u = reinterpret_cast<uintptr_t>(p.planes[1]), v = reinterpret_cast<uintptr_t>(p.planes[2]);
  return u - v == 1 || v - u == 1;
}

// Converts a block of a YUV picture as it lies, in pixels from the first 2x2 on; block.x is even.
void convert(const Picture &p, const KernelTable &kernels, const Block &b, uint8_t *out, int64_t out_stride) {
  YuvRowsArgs args = {};
  args.phase = (p.skipped_y + b.y) % 2;
  args.y = p.planes[0] + b.y * p.row_strides[0] + b.x * p.pixel_strides[0];
  const int64_t chroma_row = (p.skipped_y + b.y) / 2, chroma_x = b.x / 2;
  args.u = p.planes[1] + chroma_row * p.row_strides[1] + chroma_x * p.pixel_strides[1];
  args.v = p.planes[2] + chroma_row * p.row_strides[2] + chroma_x * p.pixel_strides[2];
  args.y_stride = p.row_strides[0];
  args.chroma_stride = p.row_strides[1];
  args.chroma_step = int32_t(p.pixel_strides[1]);
  args.width = b.width;
  args.rows = b.height;
  args.colours = p.is_video_range ? kVideoRange : kFullRange;
  args.out = out;
  args.out_stride = out_stride;
  const bool has_chroma_strides = p.pixel_strides[1] == p.pixel_strides[2] && p.row_strides[1] == p.row_strides[2] &&
                                  (p.pixel_strides[1] == 1 || (p.pixel_strides[1] == 2 && is_side_by_side(p)));
  if (p.pixel_strides[0] == 1 && has_chroma_strides)
    kernels.yuv_rows(&args);
  else
    convert_scattered(p, kernels, b, args);
}

bool is_yuv(const Picture &p) { return p.format == SKIFF_PIXEL_YUV420; }

// Brings one strip upright. What lies is `size` pixels wide from the first 2x2 on, and p.width high.
void turn_strip(FrameRows *rows, const KernelTable &kernels, const Picture &p, int32_t strip) {
  const int32_t begin = strip * kStripRows, size = p.skipped_x + p.height;
  uint8_t converted[kStripRows * kStripRows * kConvertedBytes];
  TransposeArgs args = {};
  args.width = size - begin < kStripRows ? size - begin : kStripRows;
  args.pixel_bytes = is_yuv(p) ? kConvertedBytes : int32_t(p.pixel_strides[0]);
  args.out_stride = rows->scratch_stride;
  args.in_stride = is_yuv(p) ? kStripRows * kConvertedBytes : p.row_strides[0];
  const int32_t out_bytes = args.pixel_bytes == 1 ? 1 : kConvertedBytes;
  for (int32_t y = 0; y < p.width; y += kStripRows) {
    args.rows = p.width - y < kStripRows ? p.width - y : kStripRows;
    if (is_yuv(p)) convert(p, kernels, {begin, y, args.width, args.rows}, converted, args.in_stride);
    args.in = is_yuv(p) ? converted : p.planes[0] + y * p.row_strides[0] + begin * p.pixel_strides[0];
    args.out = rows->scratch + y * out_bytes;
    kernels.transpose(&args);
  }
  rows->strip = strip;
}

}  // namespace

void frame_rows_plan(int32_t max_px, Arena *arena, FrameRows *rows) {
  rows->scratch_stride = int64_t(round_up(uint64_t(max_px + 1) * kConvertedBytes, Arena::kAlignment));
  rows->scratch = arena->take<uint8_t>(kStripRows * uint64_t(rows->scratch_stride));
  frame_rows_begin(rows);
}

void frame_rows_begin(FrameRows *rows) { rows->strip = -1; }

int32_t frame_rows_limit(const Picture &p, int32_t begin) {
  if (!p.is_transposed) return p.height;
  const int32_t end = ((p.skipped_x + begin) / kStripRows + 1) * kStripRows - p.skipped_x;
  return end < p.height ? end : p.height;
}

PixelRows frame_rows(FrameRows *rows, const KernelTable &kernels, const Picture &p, int32_t begin, int32_t end) {
  const bool is_grey = p.format == SKIFF_PIXEL_GREY;
  const bool is_bgr = p.format == SKIFF_PIXEL_BGR || p.format == SKIFF_PIXEL_BGRA;
  PixelRows out;
  for (int32_t c = 0; c < 3; ++c) out.channel[c] = is_grey ? 0 : is_bgr ? 2 - c : c;
  if (!p.is_transposed && !is_yuv(p)) {
    out.pixels = p.planes[0] + begin * p.row_strides[0];
    out.stride = p.row_strides[0];
    out.pixel_bytes = int32_t(p.pixel_strides[0]);
    return out;
  }
  out.stride = rows->scratch_stride;
  out.pixel_bytes = is_grey ? 1 : kConvertedBytes;
  if (p.is_transposed) {
    const int32_t column = p.skipped_x + begin;
    if (column / kStripRows != rows->strip) turn_strip(rows, kernels, p, column / kStripRows);
    out.pixels = rows->scratch + column % kStripRows * rows->scratch_stride;
  } else {
    convert(p, kernels, {0, begin, p.skipped_x + p.width, end - begin}, rows->scratch, rows->scratch_stride);
    out.pixels = rows->scratch + p.skipped_x * kConvertedBytes;
  }
  return out;
}

}  // namespace skiff
