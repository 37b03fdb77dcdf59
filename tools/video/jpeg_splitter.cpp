// SPDX-License-Identifier: MIT
//
// The structure of T.81 annex B and no more: segments are passed over by their length, scans up to the next marker. Searching for
// end-of-image markers alone would end a picture inside its thumbnail.
#include "tools/video/jpeg_splitter.h"

#include <algorithm>
#include <cstring>

#include "tools/image/jpeg_segments.h"

namespace skiff {
namespace {

constexpr uint8_t kPrefix = 0xFF, kTemporary = 0x01, kRestart0 = 0xD0, kRestart7 = 0xD7;

}  // namespace

size_t JpegSplitter::feed(const uint8_t *bytes, size_t size) {
  if (state_ == State::kDone) {
    picture_.clear();
    state_ = State::kOutside;
    is_prefixed_ = false;
    if (has_next_) {
      picture_ = {kPrefix, jpeg_marker::kStartOfImage};
      state_ = State::kMarker;
      has_next_ = false;
    }
  }
  size_t taken = 0;
  while (taken < size && state_ != State::kDone) {
    const uint8_t *at = bytes + taken;
    const size_t left = size - taken;
    if (state_ == State::kOutside)
      taken += feed_outside(at, left);
    else if (state_ == State::kSegment)
      taken += feed_segment(at, left);
    else if (state_ == State::kScan && !is_prefixed_)
      taken += feed_scan(at, left);
    else
      feed_byte(bytes[taken++]);
  }
  return taken;
}

// Looks for the two bytes that a picture begins with.
size_t JpegSplitter::feed_outside(const uint8_t *bytes, size_t size) {
  if (is_prefixed_ && bytes[0] == jpeg_marker::kStartOfImage) {
    picture_ = {kPrefix, jpeg_marker::kStartOfImage};
    state_ = State::kMarker;
    is_prefixed_ = false;
    return 1;
  }
  if (is_prefixed_ && bytes[0] == kPrefix) return 1;
  is_prefixed_ = false;
  const void *found = std::memchr(bytes, kPrefix, size);
  if (found == nullptr) return size;
  is_prefixed_ = true;
  return size_t(static_cast<const uint8_t *>(found) - bytes) + 1;
}

size_t JpegSplitter::feed_segment(const uint8_t *bytes, size_t size) {
  const size_t count = std::min(left_, size);
  picture_.insert(picture_.end(), bytes, bytes + count);
  left_ -= count;
  if (left_ == 0) state_ = begins_scan_ ? State::kScan : State::kMarker;
  return count;
}

// Up to the next byte that may begin a marker, and with it.
size_t JpegSplitter::feed_scan(const uint8_t *bytes, size_t size) {
  const void *found = std::memchr(bytes, kPrefix, size);
  const size_t count = found == nullptr ? size : size_t(static_cast<const uint8_t *>(found) - bytes) + 1;
  picture_.insert(picture_.end(), bytes, bytes + count);
  is_prefixed_ = found != nullptr;
  return count;
}

void JpegSplitter::feed_byte(uint8_t byte) {
  picture_.push_back(byte);
  if (state_ == State::kLength) {
    if (--left_ > 0) return;
    const size_t length = size_t(picture_[picture_.size() - 2]) << 8 | byte;  // counts itself
    left_ = std::max<size_t>(length, 2) - 2;
    state_ = State::kSegment;
    if (left_ == 0) state_ = begins_scan_ ? State::kScan : State::kMarker;
  } else if (!is_prefixed_) {
    is_prefixed_ = byte == kPrefix;  // garbage between segments is the decoder's to judge
  } else if (byte != kPrefix) {
    is_prefixed_ = false;
    take_marker(byte);
  }
}

void JpegSplitter::take_marker(uint8_t marker) {
  const bool is_data = marker == 0 || marker == kTemporary || (marker >= kRestart0 && marker <= kRestart7);
  if (is_data) return;
  if (marker == jpeg_marker::kEndOfImage) {
    state_ = State::kDone;
  } else if (marker == jpeg_marker::kStartOfImage) {
    picture_.resize(picture_.size() - 2);
    state_ = State::kDone;
    has_next_ = true;
  } else {
    begins_scan_ = marker == jpeg_marker::kStartOfScan;
    left_ = 2;
    state_ = State::kLength;
  }
}

}  // namespace skiff
