// SPDX-License-Identifier: MIT
//
// The marker segments of a JPEG file (T.81 annex B), for what is read beside the pixels: EXIF, the frame header, the end marker.
#pragma once
#include <cstddef>
#include <cstdint>

namespace skiff {

namespace jpeg_marker {
constexpr uint8_t kStartOfFrame0 = 0xC0, kHuffmanTables = 0xC4, kJpegExtension = 0xC8, kArithmeticTables = 0xCC;
constexpr uint8_t kStartOfFrame15 = 0xCF, kStartOfImage = 0xD8, kEndOfImage = 0xD9, kStartOfScan = 0xDA;
constexpr uint8_t kApp1 = 0xE1, kApp14 = 0xEE;

constexpr bool is_frame(uint8_t marker) {
  return marker >= kStartOfFrame0 && marker <= kStartOfFrame15 && marker != kHuffmanTables && marker != kJpegExtension &&
         marker != kArithmeticTables;
}
}  // namespace jpeg_marker

bool is_jpeg(const uint8_t *bytes, size_t size);

struct JpegSegment {
  uint8_t marker = 0;
  const uint8_t *payload = nullptr;  // after the length; none for markers that stand alone
  size_t size = 0;
};

// Walks from marker to marker; reads only inside its bytes.
class JpegSegments {
 public:
  JpegSegments(const uint8_t *bytes, size_t size) : bytes_(bytes), size_(size) {}

  // False at the end of the bytes and where a segment does not fit into them. Entropy-coded data is passed over.
  bool next(JpegSegment *segment);

 private:
  bool find_marker(uint8_t *marker);

  const uint8_t *bytes_;
  size_t size_;
  size_t position_ = 0;
};

}  // namespace skiff
