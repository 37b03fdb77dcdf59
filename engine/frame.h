// SPDX-License-Identifier: MIT
//
// A caller's frame as a picture that can be walked row by row, and the way back for boxes.
//
// A picture is upright after at most three steps: its columns become rows, it is mirrored left to right, top to bottom. The first
// is done a few rows at a time while they are fetched. The other two are not done to pixels at all: the resizer walks the picture
// as it lies, by axes that are counted from the other end, and what comes out is written in the opposite order.
#pragma once
#include "engine/frame_check.h"
#include "kernels/kernels.h"

namespace skiff {

// The largest width and height that an engine can be made for.
constexpr int32_t kMaxImagePx = 65535;

// What skiff_frame says, checked and cut down to its region.
struct Picture {
  skiff_pixel_format format;
  const uint8_t *planes[3];  // first value of the region; where it begins inside a 2x2 of YUV, that of the whole 2x2
  int64_t row_strides[3];
  int64_t pixel_strides[3];
  bool is_video_range;
  int32_t width, height;  // of what is walked: of the region on its side if is_transposed
  int32_t skipped_x;      // 1 where the region begins at the right half of a 2x2, else 0
  int32_t skipped_y;      // the same for the lower half
  bool is_transposed, is_mirrored_x, is_mirrored_y;
};

// Whether a frame can be looked at. Its planes are taken at their word.
skiff_status check_frame(const skiff_frame *frame, int32_t max_width_px, int32_t max_height_px);

// A frame that check_frame has passed.
Picture picture_of(const skiff_frame &frame);

// An image as a frame, upright and whole.
skiff_frame frame_of(const skiff_image &image);

}  // namespace skiff
