// SPDX-License-Identifier: MIT
//
// Buffers of pixels as streams and cameras fill them, to frames as the engine takes them.
#pragma once
#include "tools/video/video.h"

namespace skiff {

struct PixelLayout {
  PixelFormat format = PixelFormat::kI420;
  int width = 0, height = 0;
  int stride_bytes = 0;        // of the first plane; the planes of U and V have as many, or half as many, as V4L2 has it
  bool is_video_range = true;  // YUV and grey: Y 16..235
};

// Rows without gaps. Throws Error where a side is 0 or above 65535, or there are more than max_pixels.
PixelLayout packed_layout(const char *what, PixelFormat format, uint64_t width, uint64_t height, uint64_t max_pixels);

// Bytes of one frame.
uint64_t frame_bytes(const PixelLayout &layout);

// The smallest stride that a first plane can have.
int min_stride_bytes(PixelFormat format, int width);

// A frame of frame_bytes() bytes. Formats that the engine does not take (I422, I444, YUYV) are brought to I420 in `scratch`, U
// and V averaged; the frame lies in one of the two, or in both.
skiff_frame frame_in(const uint8_t *bytes, const PixelLayout &layout, std::vector<uint8_t> *scratch);

}  // namespace skiff
