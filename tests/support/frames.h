// SPDX-License-Identifier: MIT
//
// Camera frames of every layout, each plane ending where memory ends, and what a plain loop makes of them.
#pragma once
#include <cmath>
#include <random>

#include "engine/skiff.h"
#include "tests/support/memory.h"
#include "tools/image/image.h"

namespace skiff::test {

// kScattered is what YUV_420_888 allows and no device is known to do: gaps between all values, U and V apart.
enum class Layout { kRgb, kBgr, kRgba, kBgra, kGrey, kNv21, kNv12, kI420, kScattered };
constexpr Layout kLayouts[] = {Layout::kRgb,  Layout::kBgr,  Layout::kRgba, Layout::kBgra,     Layout::kGrey,
                               Layout::kNv21, Layout::kNv12, Layout::kI420, Layout::kScattered};

inline bool is_yuv(Layout layout) { return layout >= Layout::kNv21; }

// Value (x, y) of a plane, or the first byte of that pixel.
inline uint8_t *frame_value(const skiff_frame &f, int plane, int32_t x, int32_t y) {
  const int32_t packed[] = {3, 3, 4, 4, 1};
  const int64_t step = f.format == SKIFF_PIXEL_YUV420 ? f.pixel_strides_bytes[plane] : packed[f.format];
  return const_cast<uint8_t *>(f.planes[plane]) + y * int64_t(f.row_strides_bytes[plane]) + x * step;
}

// Memory for one frame at a time.
class FrameMemory {
 public:
  explicit FrameMemory(size_t pixels) : pages_{GuardedPages(pixels * 4), GuardedPages(pixels * 2), GuardedPages(pixels * 2)} {}

  // An upright frame whose values, and the `padding` bytes behind each row, are 0xEE.
  skiff_frame make(Layout layout, int32_t width, int32_t height, int32_t padding) {
    if (!is_yuv(layout)) {
      const int32_t stride = width * (layout <= Layout::kBgr ? 3 : layout <= Layout::kBgra ? 4 : 1) + padding;
      const uint8_t *pixels = plane(0, size_t(height) * size_t(stride) - size_t(padding));
      return skiff_frame_packed(skiff_pixel_format(layout), pixels, width, height, stride);
    }
    const bool is_scattered = layout == Layout::kScattered;
    const int32_t step = is_scattered ? 3 : layout == Layout::kI420 ? 1 : 2, y_step = is_scattered ? 2 : 1;
    const int32_t chroma_width = (width + 1) / 2, rows = (height + 1) / 2, values = step == 2 ? 2 : 1;
    const int32_t y_stride = (width - 1) * y_step + 1 + padding, stride = (chroma_width - 1) * step + values + padding;
    const size_t chroma_bytes = size_t(rows) * size_t(stride) - size_t(padding);
    const uint8_t *y = plane(0, size_t(height) * size_t(y_stride) - size_t(padding));
    const uint8_t *first = plane(1, chroma_bytes), *second = step == 2 ? first + 1 : plane(2, chroma_bytes);
    const bool is_v_first = layout == Layout::kNv21;
    skiff_frame frame =
        skiff_frame_yuv420(y, is_v_first ? second : first, is_v_first ? first : second, width, height, y_stride, stride, step);
    frame.pixel_strides_bytes[0] = y_step;
    return frame;
  }

 private:
  uint8_t *plane(int i, size_t bytes) {
    uint8_t *at = pages_[i].place(bytes, 1);
    memset(at, 0xEE, bytes);
    return at;
  }

  GuardedPages pages_[3];
};

// Any values at all.
inline void fill_frame(const skiff_frame &f, std::mt19937 *random) {
  const int32_t bytes = f.format == SKIFF_PIXEL_YUV420 ? 1 : int32_t(frame_value(f, 0, 1, 0) - f.planes[0]);
  for (int plane = 0; plane < (f.format == SKIFF_PIXEL_YUV420 ? 3 : 1); ++plane)
    for (int32_t y = 0; y < (plane == 0 ? f.height_px : (f.height_px + 1) / 2); ++y)
      for (int32_t x = 0; x < (plane == 0 ? f.width_px : (f.width_px + 1) / 2); ++x)
        for (int32_t i = 0; i < bytes; ++i) frame_value(f, plane, x, y)[i] = uint8_t((*random)() >> 13);
}

// A picture of the frame's size into the frame. BT.601, full range; U and V are the mean of their pixels.
inline void draw_into_frame(const Image &image, const skiff_frame &f) {
  const auto rgb = [&](int32_t x, int32_t y) { return &image.pixels[(size_t(y) * size_t(image.width) + size_t(x)) * 3]; };
  const auto dot = [](const uint8_t *p, double r, double g, double b) { return p[0] * r + p[1] * g + p[2] * b; };
  const auto byte = [](double x) { return uint8_t(std::lround(x < 0 ? 0 : x > 255 ? 255 : x)); };
  for (int32_t y = 0; y < f.height_px; ++y)
    for (int32_t x = 0; x < f.width_px; ++x) {
      uint8_t *out = frame_value(f, 0, x, y);
      const bool is_bgr = f.format == SKIFF_PIXEL_BGR || f.format == SKIFF_PIXEL_BGRA;
      if (f.format == SKIFF_PIXEL_YUV420 || f.format == SKIFF_PIXEL_GREY)
        *out = byte(dot(rgb(x, y), 0.299, 0.587, 0.114));
      else
        for (int c = 0; c < 3; ++c) out[c] = rgb(x, y)[is_bgr ? 2 - c : c];
    }
  if (f.format != SKIFF_PIXEL_YUV420) return;
  for (int32_t y = 0; y < f.height_px; y += 2)
    for (int32_t x = 0; x < f.width_px; x += 2) {
      double u = 0, v = 0;
      const int32_t right = std::min(x + 1, f.width_px - 1), low = std::min(y + 1, f.height_px - 1);
      for (const uint8_t *p : {rgb(x, y), rgb(right, y), rgb(x, low), rgb(right, low)}) {
        u += dot(p, -0.168736, -0.331264, 0.5) / 4;
        v += dot(p, 0.5, -0.418688, -0.081312) / 4;
      }
      *frame_value(f, 1, x / 2, y / 2) = byte(u + 128);
      *frame_value(f, 2, x / 2, y / 2) = byte(v + 128);
    }
}

// One colour of YUV as the library defines it, in whole numbers: kernels/kernels.h, YuvColours.
inline uint8_t yuv_byte(int luma, int product) {
  const int value = (luma + product) >> 6;
  return uint8_t(value < 0 ? 0 : value > 255 ? 255 : value);
}

// The whole frame as it lies, as RGB.
inline Image frame_to_rgb(const skiff_frame &f) {
  Image image = {f.width_px, f.height_px, std::vector<uint8_t>(size_t(f.width_px) * size_t(f.height_px) * 3)};
  const bool is_bgr = f.format == SKIFF_PIXEL_BGR || f.format == SKIFF_PIXEL_BGRA;
  const auto product = [](int x, int factor) { return ((x - 128) * 256 * factor + (1 << 14)) >> 15; };
  for (int32_t y = 0; y < f.height_px; ++y)
    for (int32_t x = 0; x < f.width_px; ++x) {
      uint8_t *out = &image.pixels[(size_t(y) * size_t(f.width_px) + size_t(x)) * 3];
      const uint8_t *in = frame_value(f, 0, x, y);
      if (f.format != SKIFF_PIXEL_YUV420) {
        for (int c = 0; c < 3; ++c) out[c] = in[f.format == SKIFF_PIXEL_GREY ? 0 : is_bgr ? 2 - c : c];
        continue;
      }
      const int u = *frame_value(f, 1, x / 2, y / 2), v = *frame_value(f, 2, x / 2, y / 2);
      const bool is_video = f.is_video_range != 0;
      const int luma = is_video ? (*in * 256 * 19077 >> 16) - 1160 : *in * 64 + 32;
      out[0] = yuv_byte(luma, product(v, is_video ? 13075 : 11485));
      out[1] = yuv_byte(luma, product(u, is_video ? -3209 : -2819) + product(v, is_video ? -6660 : -5850));
      out[2] = yuv_byte(luma, product(u, is_video ? 16525 : 14516));
    }
  return image;
}

}  // namespace skiff::test
