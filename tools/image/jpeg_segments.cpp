// SPDX-License-Identifier: MIT
//
// A marker is 0xFF and a byte that is neither 0 (a stuffed 0xFF of entropy-coded data) nor 0xFF (fill); restart markers are part
// of the data. Searching for the next one therefore passes over scans and over garbage between segments alike, as libjpeg does.
#include "tools/image/jpeg_segments.h"

namespace skiff {
namespace {

constexpr uint8_t kPrefix = 0xFF, kTemporary = 0x01, kRestart0 = 0xD0, kRestart7 = 0xD7;

bool is_data(uint8_t after_prefix) { return after_prefix == 0 || (after_prefix >= kRestart0 && after_prefix <= kRestart7); }

bool stands_alone(uint8_t marker) {
  return marker == jpeg_marker::kStartOfImage || marker == jpeg_marker::kEndOfImage || marker == kTemporary;
}

}  // namespace

bool is_jpeg(const uint8_t *bytes, size_t size) {
  return size >= 3 && bytes[0] == kPrefix && bytes[1] == jpeg_marker::kStartOfImage && bytes[2] == kPrefix;
}

bool JpegSegments::find_marker(uint8_t *marker) {
  while (size_ - position_ >= 2) {
    const uint8_t next = bytes_[position_ + 1];
    if (bytes_[position_] != kPrefix || next == kPrefix) {
      position_ += 1;
      continue;
    }
    position_ += 2;
    if (is_data(next)) continue;
    *marker = next;
    return true;
  }
  return false;
}

bool JpegSegments::next(JpegSegment *segment) {
  *segment = JpegSegment();
  if (!find_marker(&segment->marker)) return false;
  if (stands_alone(segment->marker)) return true;
  if (size_ - position_ < 2) return false;
  const size_t length = size_t(bytes_[position_]) << 8 | bytes_[position_ + 1];  // counts itself
  if (length < 2 || length > size_ - position_) return false;
  segment->payload = bytes_ + position_ + 2;
  segment->size = length - 2;
  position_ += length;
  return true;
}

}  // namespace skiff
