// SPDX-License-Identifier: MIT
#include "tools/video/pixels.h"

#include <algorithm>

#include "tools/image/codecs.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr uint64_t kMaxSidePx = 65535;  // what an engine can be made for (skiff_config.max_width_px)

// U or V at full width and height, or at half the width, or neither; values `step` bytes apart.
struct Chroma {
  const uint8_t *values;
  int64_t stride;
  int step, width, height;  // values in a row, rows
};

// Means of 2x2, or of two rows where there is one value for two pixels already. The last row and column stand for what is not
// there.
void halve(const Chroma &in, bool is_half_wide, int out_width, int out_height, uint8_t *out) {
  for (int y = 0; y < out_height; ++y)
    for (int x = 0; x < out_width; ++x) {
      const uint8_t *upper = in.values + 2 * y * in.stride, *lower = in.values + std::min(2 * y + 1, in.height - 1) * in.stride;
      const int left = (is_half_wide ? x : 2 * x) * in.step;
      const int right = (is_half_wide ? x : std::min(2 * x + 1, in.width - 1)) * in.step;
      *out++ = uint8_t((upper[left] + upper[right] + lower[left] + lower[right] + 2) / 4);
    }
}

skiff_frame video_range(skiff_frame frame, bool is_video_range) {
  frame.is_video_range = is_video_range ? 1 : 0;
  return frame;
}

// Grey of video range: YUV without colour.
skiff_frame colourless(const uint8_t *y, const PixelLayout &l, std::vector<uint8_t> *scratch) {
  const int half = (l.width + 1) / 2;
  scratch->assign(size_t(half) * size_t((l.height + 1) / 2), 128);
  const uint8_t *chroma = scratch->data();
  return video_range(skiff_frame_yuv420(y, chroma, chroma, l.width, l.height, l.stride_bytes, half, 1), true);
}

// Y every y_step bytes, U and V as they lie, to I420.
skiff_frame to_i420(const uint8_t *y, int y_step, const Chroma &u, const Chroma &v, bool is_half_wide, const PixelLayout &l,
                    std::vector<uint8_t> *scratch) {
  const int chroma_width = (l.width + 1) / 2, chroma_height = (l.height + 1) / 2;
  const size_t luma_bytes = size_t(l.width) * size_t(l.height), chroma_bytes = size_t(chroma_width) * size_t(chroma_height);
  scratch->resize(luma_bytes + 2 * chroma_bytes);
  uint8_t *out = scratch->data();
  for (int row = 0; row < l.height; ++row) {
    const uint8_t *in = y + int64_t(row) * l.stride_bytes;
    for (int x = 0; x < l.width; ++x) *out++ = in[x * y_step];
  }
  halve(u, is_half_wide, chroma_width, chroma_height, scratch->data() + luma_bytes);
  halve(v, is_half_wide, chroma_width, chroma_height, scratch->data() + luma_bytes + chroma_bytes);
  return video_range(skiff_frame_i420(scratch->data(), l.width, l.height), l.is_video_range);
}

int chroma_stride(const PixelLayout &l) {
  const int half = (l.width + 1) / 2;
  if (l.format == PixelFormat::kI420 || l.format == PixelFormat::kI422) return std::max((l.stride_bytes + 1) / 2, half);
  if (l.format == PixelFormat::kNv12 || l.format == PixelFormat::kNv21) return std::max(l.stride_bytes, 2 * half);
  return l.stride_bytes;
}

skiff_frame planar_420(const uint8_t *y, const PixelLayout &l) {
  const uint8_t *chroma = y + int64_t(l.stride_bytes) * l.height;
  const int stride = chroma_stride(l);
  const bool is_planar = l.format == PixelFormat::kI420;
  const uint8_t *second = is_planar ? chroma + int64_t(stride) * ((l.height + 1) / 2) : chroma + 1;
  const bool is_v_first = l.format == PixelFormat::kNv21;
  const skiff_frame frame = skiff_frame_yuv420(y, is_v_first ? second : chroma, is_v_first ? chroma : second, l.width, l.height,
                                               l.stride_bytes, stride, is_planar ? 1 : 2);
  return video_range(frame, l.is_video_range);
}

}  // namespace

const char *name_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::kI420:
      return "i420";
    case PixelFormat::kNv12:
      return "nv12";
    case PixelFormat::kNv21:
      return "nv21";
    case PixelFormat::kI422:
      return "i422";
    case PixelFormat::kI444:
      return "i444";
    case PixelFormat::kGrey:
      return "grey";
    case PixelFormat::kYuyv:
      return "yuyv";
    case PixelFormat::kRgb:
      return "rgb24";
    case PixelFormat::kBgr:
      return "bgr24";
  }
  return "";
}

int min_stride_bytes(PixelFormat format, int width) {
  switch (format) {
    case PixelFormat::kYuyv:
      return (width + 1) / 2 * 4;
    case PixelFormat::kRgb:
    case PixelFormat::kBgr:
      return width * 3;
    default:
      return width;
  }
}

PixelLayout packed_layout(const char *what, PixelFormat format, uint64_t width, uint64_t height, uint64_t max_pixels) {
  check_picture_size(what, width, height, max_pixels);
  if (std::max(width, height) > kMaxSidePx)
    throw Error(std::string(what) + ": " + std::to_string(width) + "x" + std::to_string(height) +
                " pixels, larger than the limit of " + std::to_string(kMaxSidePx) + " a side");
  PixelLayout layout;
  layout.format = format;
  layout.width = int(width);
  layout.height = int(height);
  layout.stride_bytes = min_stride_bytes(format, layout.width);
  return layout;
}

uint64_t frame_bytes(const PixelLayout &l) {
  const uint64_t luma = uint64_t(l.stride_bytes) * uint64_t(l.height), half_height = uint64_t(l.height + 1) / 2;
  const uint64_t chroma = uint64_t(chroma_stride(l));
  switch (l.format) {
    case PixelFormat::kI420:
      return luma + 2 * chroma * half_height;
    case PixelFormat::kNv12:
    case PixelFormat::kNv21:
      return luma + chroma * half_height;
    case PixelFormat::kI422:
    case PixelFormat::kI444:
      return luma + 2 * chroma * uint64_t(l.height);
    default:
      return luma;
  }
}

skiff_frame frame_in(const uint8_t *bytes, const PixelLayout &l, std::vector<uint8_t> *scratch) {
  const int stride = chroma_stride(l), half = (l.width + 1) / 2;
  const uint8_t *u = bytes + int64_t(l.stride_bytes) * l.height, *v = u + int64_t(stride) * l.height;
  switch (l.format) {
    case PixelFormat::kI422:
      return to_i420(bytes, 1, {u, stride, 1, half, l.height}, {v, stride, 1, half, l.height}, true, l, scratch);
    case PixelFormat::kI444:
      return to_i420(bytes, 1, {u, stride, 1, l.width, l.height}, {v, stride, 1, l.width, l.height}, false, l, scratch);
    case PixelFormat::kYuyv:
      return to_i420(bytes, 2, {bytes + 1, l.stride_bytes, 4, half, l.height}, {bytes + 3, l.stride_bytes, 4, half, l.height},
                     true, l, scratch);
    case PixelFormat::kGrey:
      if (l.is_video_range) return colourless(bytes, l, scratch);
      return skiff_frame_packed(SKIFF_PIXEL_GREY, bytes, l.width, l.height, l.stride_bytes);
    case PixelFormat::kRgb:
    case PixelFormat::kBgr:
      return skiff_frame_packed(l.format == PixelFormat::kRgb ? SKIFF_PIXEL_RGB : SKIFF_PIXEL_BGR, bytes, l.width, l.height,
                                l.stride_bytes);
    default:
      return planar_420(bytes, l);
  }
}

}  // namespace skiff
