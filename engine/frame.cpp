// SPDX-License-Identifier: MIT
//
// The frame's half of the C API but for detection itself: makes frames, checks them, maps boxes back.
#include "engine/frame.h"

namespace skiff {
namespace {

// How an upright picture comes of the region as it lies: columns to rows first, then mirrored.
struct Turn {
  bool is_transposed, is_mirrored_x, is_mirrored_y;
};

Turn turn_of(const skiff_frame &f) {
  const bool is_transposed = f.rotation_degrees == 90 || f.rotation_degrees == 270;
  const bool is_mirrored_x = f.rotation_degrees == 90 || f.rotation_degrees == 180;
  const bool is_mirrored_y = f.rotation_degrees == 180 || f.rotation_degrees == 270;
  return {is_transposed, is_mirrored_x != (f.is_mirrored != 0), is_mirrored_y};
}

struct Span {
  float min, max;
};

Span mirrored(Span s) { return {1.0f - s.max, 1.0f - s.min}; }

// From fractions of the region to fractions of the whole.
Span widened(Span s, int32_t begin, int32_t length, int32_t whole) {
  const float w = float(whole);
  return {(float(begin) + s.min * float(length)) / w, (float(begin) + s.max * float(length)) / w};
}

// Offsets of U and V count from the end of Y. Sizes that make no sense make a frame that check_frame refuses, here without a
// plane.
skiff_frame yuv_in_one_piece(const uint8_t *bytes, int64_t u_offset, int64_t v_offset, int32_t width, int32_t height,
                             int32_t step) {
  const bool is_there = bytes != nullptr && width >= 1 && width <= kMaxImagePx && height >= 1 && height <= kMaxImagePx;
  const uint8_t *chroma = is_there ? bytes + int64_t(width) * height : nullptr;
  return skiff_frame_yuv420(bytes, is_there ? chroma + u_offset : nullptr, is_there ? chroma + v_offset : nullptr, width, height,
                            width, is_there ? (width + 1) / 2 * step : 0, step);
}

}  // namespace

skiff_status check_frame(const skiff_frame *frame, int32_t max_width_px, int32_t max_height_px) {
  if (frame == nullptr || !is_geometry_valid(*frame)) return SKIFF_ERR_ARGUMENT;
  if (pixel_bytes(frame->format) == 0 && frame->format != SKIFF_PIXEL_YUV420) return SKIFF_ERR_ARGUMENT;
  const FrameRegion region = region_of(*frame);
  if (region.width > max_width_px || region.height > max_height_px) return SKIFF_ERR_IMAGE_TOO_LARGE;
  return are_planes_valid(*frame) ? SKIFF_OK : SKIFF_ERR_ARGUMENT;
}

Picture picture_of(const skiff_frame &frame) {
  const FrameRegion region = region_of(frame);
  const Turn turn = turn_of(frame);
  const bool is_yuv = frame.format == SKIFF_PIXEL_YUV420;
  Picture p = {};
  p.format = frame.format;
  p.is_video_range = frame.is_video_range != 0;
  p.skipped_x = is_yuv ? region.x % 2 : 0;
  p.skipped_y = is_yuv ? region.y % 2 : 0;
  for (int i = 0; i < (is_yuv ? 3 : 1); ++i) {
    const int32_t x = i == 0 ? region.x - p.skipped_x : region.x / 2, y = i == 0 ? region.y : region.y / 2;
    p.row_strides[i] = frame.row_strides_bytes[i];
    p.pixel_strides[i] = is_yuv ? frame.pixel_strides_bytes[i] : pixel_bytes(frame.format);
    p.planes[i] = frame.planes[i] + y * p.row_strides[i] + x * p.pixel_strides[i];
  }
  p.width = turn.is_transposed ? region.height : region.width;
  p.height = turn.is_transposed ? region.width : region.height;
  p.is_transposed = turn.is_transposed;
  p.is_mirrored_x = turn.is_mirrored_x;
  p.is_mirrored_y = turn.is_mirrored_y;
  return p;
}

skiff_frame frame_of(const skiff_image &image) {
  return skiff_frame_packed(image.format, image.pixels, image.width_px, image.height_px, image.stride_bytes);
}

}  // namespace skiff

using namespace skiff;

skiff_frame skiff_frame_packed(skiff_pixel_format format, const uint8_t *pixels, int32_t width_px, int32_t height_px,
                               int32_t row_stride_bytes) {
  skiff_frame frame = {};
  frame.format = format;
  frame.width_px = width_px;
  frame.height_px = height_px;
  frame.planes[0] = pixels;
  frame.row_strides_bytes[0] = row_stride_bytes;
  return frame;
}

skiff_frame skiff_frame_yuv420(const uint8_t *y, const uint8_t *u, const uint8_t *v, int32_t width_px, int32_t height_px,
                               int32_t y_row_stride_bytes, int32_t uv_row_stride_bytes, int32_t uv_pixel_stride_bytes) {
  skiff_frame frame = skiff_frame_packed(SKIFF_PIXEL_YUV420, y, width_px, height_px, y_row_stride_bytes);
  frame.pixel_strides_bytes[0] = 1;
  frame.planes[1] = u;
  frame.planes[2] = v;
  for (int i = 1; i < 3; ++i) {
    frame.row_strides_bytes[i] = uv_row_stride_bytes;
    frame.pixel_strides_bytes[i] = uv_pixel_stride_bytes;
  }
  return frame;
}

skiff_frame skiff_frame_nv21(const uint8_t *bytes, int32_t width_px, int32_t height_px) {
  return yuv_in_one_piece(bytes, 1, 0, width_px, height_px, 2);
}

skiff_frame skiff_frame_nv12(const uint8_t *bytes, int32_t width_px, int32_t height_px) {
  return yuv_in_one_piece(bytes, 0, 1, width_px, height_px, 2);
}

skiff_frame skiff_frame_i420(const uint8_t *bytes, int32_t width_px, int32_t height_px) {
  const int64_t chroma_width = width_px / 2 + width_px % 2, chroma_height = height_px / 2 + height_px % 2;
  return yuv_in_one_piece(bytes, 0, chroma_width * chroma_height, width_px, height_px, 1);
}

skiff_status skiff_boxes_to_frame(const skiff_frame *frame, skiff_box *boxes, int32_t count) {
  if (frame == nullptr || count < 0 || (boxes == nullptr && count > 0) || !is_geometry_valid(*frame)) return SKIFF_ERR_ARGUMENT;
  const Turn turn = turn_of(*frame);
  const FrameRegion region = region_of(*frame);
  for (int32_t i = 0; i < count; ++i) {
    Span x = {boxes[i].x_min, boxes[i].x_max}, y = {boxes[i].y_min, boxes[i].y_max};
    if (turn.is_mirrored_x) x = mirrored(x);
    if (turn.is_mirrored_y) y = mirrored(y);
    if (turn.is_transposed) {
      const Span upright_x = x;
      x = y;
      y = upright_x;
    }
    if (!is_whole(*frame)) {
      x = widened(x, region.x, region.width, frame->width_px);
      y = widened(y, region.y, region.height, frame->height_px);
    }
    boxes[i].x_min = x.min;
    boxes[i].y_min = y.min;
    boxes[i].x_max = x.max;
    boxes[i].y_max = y.max;
  }
  return SKIFF_OK;
}
