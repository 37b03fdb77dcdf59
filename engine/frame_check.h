// SPDX-License-Identifier: MIT
//
// Whether a frame can be looked at: what the engine asks before it does, and engine/pool before it copies one. The checks compute
// in 64 bits: a stride and a height of 31 bits each are as likely to be garbage as not.
#pragma once
#include "engine/skiff.h"

namespace skiff {

// Bytes of one pixel of a packed format, 0 for any other number.
inline int32_t pixel_bytes(skiff_pixel_format format) {
  switch (format) {
    case SKIFF_PIXEL_RGB:
    case SKIFF_PIXEL_BGR:
      return 3;
    case SKIFF_PIXEL_RGBA:
    case SKIFF_PIXEL_BGRA:
      return 4;
    case SKIFF_PIXEL_GREY:
      return 1;
    default:
      return 0;
  }
}

struct FrameRegion {
  int32_t x, y, width, height;
};

inline bool is_whole(const skiff_frame &f) {
  return f.region_x_px == 0 && f.region_y_px == 0 && f.region_width_px == 0 && f.region_height_px == 0;
}

inline FrameRegion region_of(const skiff_frame &f) {
  if (is_whole(f)) return {0, 0, f.width_px, f.height_px};
  return {f.region_x_px, f.region_y_px, f.region_width_px, f.region_height_px};
}

inline bool is_inside(int32_t begin, int32_t length, int32_t whole) {
  return begin >= 0 && length >= 1 && int64_t(begin) + length <= whole;
}

// Whether the numbers that say how to look at a frame make sense.
inline bool is_geometry_valid(const skiff_frame &f) {
  if (f.width_px < 1 || f.height_px < 1) return false;
  const FrameRegion region = region_of(f);
  const bool is_right_angle =
      f.rotation_degrees == 0 || f.rotation_degrees == 90 || f.rotation_degrees == 180 || f.rotation_degrees == 270;
  return is_right_angle && is_inside(region.x, region.width, f.width_px) && is_inside(region.y, region.height, f.height_px);
}

// Whether plane i is there and its rows, `width` values wide, do not overlap.
inline bool is_plane_valid(const skiff_frame &f, int i, int32_t width) {
  const int64_t pixel_stride = f.pixel_strides_bytes[i];
  return f.planes[i] != nullptr && pixel_stride >= 1 && (width - 1) * pixel_stride + 1 <= f.row_strides_bytes[i];
}

inline bool are_planes_valid(const skiff_frame &f) {
  const int32_t bytes = pixel_bytes(f.format);
  if (bytes != 0) return f.planes[0] != nullptr && int64_t(f.width_px) * bytes <= f.row_strides_bytes[0];
  if (f.format != SKIFF_PIXEL_YUV420) return false;
  const int32_t chroma_width = f.width_px / 2 + f.width_px % 2;
  return is_plane_valid(f, 0, f.width_px) && is_plane_valid(f, 1, chroma_width) && is_plane_valid(f, 2, chroma_width);
}

}  // namespace skiff
