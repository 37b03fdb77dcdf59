// SPDX-License-Identifier: MIT
//
// A frame is converted by the engine's own rows, so that what is drawn is what was looked at, at the speed of its kernels.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "engine/frame_rows.h"
#include "kernels/cpu.h"
#include "tools/video/video.h"

namespace skiff {

Image image_of(const skiff_frame &frame) {
  skiff_frame whole = frame;
  whole.rotation_degrees = whole.is_mirrored = 0;
  whole.region_x_px = whole.region_y_px = whole.region_width_px = whole.region_height_px = 0;
  const Picture picture = picture_of(whole);
  FrameRows rows;
  Arena counting;
  frame_rows_plan(frame.width_px, &counting, &rows);
  const std::unique_ptr<void, void (*)(void *)> memory(std::aligned_alloc(Arena::kAlignment, size_t(counting.used_bytes())),
                                                       std::free);
  if (!memory) throw std::bad_alloc();
  Arena arena(memory.get());
  frame_rows_plan(frame.width_px, &arena, &rows);
  KernelTable kernels;
  resolve_kernels(cpu_features(), &kernels);
  Image image = {frame.width_px, frame.height_px, {}};
  image.pixels.resize(size_t(image.width) * size_t(image.height) * 3);
  uint8_t *out = image.pixels.data();
  for (int32_t y = 0; y < image.height; y += kResampleRows) {
    const int32_t end = std::min(y + kResampleRows, image.height);
    const PixelRows in = frame_rows(&rows, kernels, picture, y, end);
    for (int32_t row = 0; row < end - y; ++row) {
      const uint8_t *pixel = in.pixels + row * in.stride;
      for (int32_t x = 0; x < image.width; ++x, pixel += in.pixel_bytes)
        for (const int32_t channel : in.channel) *out++ = pixel[channel];
    }
  }
  return image;
}

int orientation_of(int rotation_degrees, bool is_mirrored) {
  constexpr int kUpright[4] = {1, 6, 3, 8}, kMirrored[4] = {2, 5, 4, 7};
  return (is_mirrored ? kMirrored : kUpright)[rotation_degrees / 90 % 4];
}

}  // namespace skiff
