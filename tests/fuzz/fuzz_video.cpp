// SPDX-License-Identifier: MIT
//
// Video streams: Y4M, MJPEG and raw pixels, in pieces of a size that the first byte tells. Frames are touched to their last byte.
// However a stream is cut into pieces, its frames are the same.
#include <cstddef>
#include <cstdint>

#include "tests/support/video.h"
#include "tools/support/error.h"

namespace {

using namespace skiff;

constexpr uint64_t kMaxPixels = 1 << 16;  // so that a run is short
constexpr int kMaxFrames = 50;

uint64_t sum(const uint8_t *bytes, size_t size) {
  uint64_t sum = 0;
  for (size_t i = 0; i < size; ++i) sum = sum * 31 + bytes[i];
  return sum;
}

uint64_t digest(const VideoFrame &frame) {
  if (frame.jpeg != nullptr) return sum(frame.jpeg, frame.jpeg_bytes);
  const Image image = image_of(frame.pixels);
  return sum(image.pixels.data(), image.pixels.size());
}

// What comes of all frames, and how many there are.
uint64_t watch(const std::string &bytes, const StreamOptions &options, size_t piece_bytes) {
  uint64_t result = 0;
  try {
    const auto source = test::open_text(bytes, options, piece_bytes);
    VideoFrame frame;
    for (int i = 0; i < kMaxFrames && source->next(&frame); ++i) result = result * 31 + digest(frame) + 1;
  } catch (const Error &) {
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char *>(bytes) + 2, size - 2);
  StreamOptions options;
  options.max_pixels = kMaxPixels;
  options.is_raw = bytes[1] % 4 == 0;
  options.format = PixelFormat(bytes[1] / 4 % 9);
  options.size = {1 + bytes[0] % 19, 1 + bytes[1] % 23};
  if (watch(text, options, 1 + bytes[0]) != watch(text, options, SIZE_MAX)) __builtin_trap();
  return 0;
}
