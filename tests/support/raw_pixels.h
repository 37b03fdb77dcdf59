// SPDX-License-Identifier: MIT
//
// Pictures as the raw bytes of every format that videos and cameras have, and how far two pictures differ.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

#include "tools/video/video.h"

namespace skiff::test {

inline std::array<int, 3> pixel(const Image &image, int x, int y) {
  const uint8_t *p = &image.pixels[(size_t(y) * size_t(image.width) + size_t(x)) * 3];
  return {p[0], p[1], p[2]};
}

// Of any two bytes; more than there can be where the sizes differ.
inline int worst_difference(const Image &a, const Image &b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int worst = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) worst = std::max(worst, std::abs(int(a.pixels[i]) - int(b.pixels[i])));
  return worst;
}

// A picture whose colours hardly change from pixel to pixel: halved U and V are nearly the same.
inline Image smooth_image(int width, int height) {
  Image image = {width, height, std::vector<uint8_t>(size_t(width) * size_t(height) * 3)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      uint8_t *p = &image.pixels[(size_t(y) * size_t(width) + size_t(x)) * 3];
      p[0] = uint8_t(60 + 2 * x), p[1] = uint8_t(200 - 2 * y), p[2] = uint8_t(90 + x + y);
    }
  return image;
}

// Bytes of a picture in a raw format, by the formulas of BT.601, rows without gaps.
inline std::string raw_of(const Image &image, PixelFormat format, bool is_video_range) {
  const auto value = [&](int plane, int x, int y) {
    const auto [r, g, b] = pixel(image, std::min(x, image.width - 1), std::min(y, image.height - 1));
    const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
    const double v = plane == 0 ? luma : plane == 1 ? (b - luma) / 1.772 : (r - luma) / 1.402;
    const double scaled = !is_video_range ? v + (plane == 0 ? 0 : 128) : plane == 0 ? v * 219 / 255 + 16 : v * 224 / 255 + 128;
    return char(uint8_t(std::clamp(std::lround(scaled), 0l, 255l)));
  };
  std::string out;
  const int w = image.width, h = image.height, half_w = (w + 1) / 2, half_h = (h + 1) / 2;
  const auto plane = [&](int p, int width, int height, int step_x, int step_y) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) out += value(p, x * step_x, y * step_y);
  };
  if (format == PixelFormat::kRgb || format == PixelFormat::kBgr) {
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x)
        for (int c = 0; c < 3; ++c) out += char(pixel(image, x, y)[size_t(format == PixelFormat::kRgb ? c : 2 - c)]);
    return out;
  }
  if (format == PixelFormat::kYuyv) {
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; x += 2) out += {value(0, x, y), value(1, x, y), value(0, x + 1, y), value(2, x, y)};
    return out;
  }
  plane(0, w, h, 1, 1);
  if (format == PixelFormat::kI420) plane(1, half_w, half_h, 2, 2), plane(2, half_w, half_h, 2, 2);
  if (format == PixelFormat::kI422) plane(1, half_w, h, 2, 1), plane(2, half_w, h, 2, 1);
  if (format == PixelFormat::kI444) plane(1, w, h, 1, 1), plane(2, w, h, 1, 1);
  if (format == PixelFormat::kNv12 || format == PixelFormat::kNv21)
    for (int y = 0; y < half_h; ++y)
      for (int x = 0; x < half_w; ++x) {
        const char u = value(1, 2 * x, 2 * y), v = value(2, 2 * x, 2 * y);
        out += format == PixelFormat::kNv12 ? u : v;
        out += format == PixelFormat::kNv12 ? v : u;
      }
  return out;
}

}  // namespace skiff::test
