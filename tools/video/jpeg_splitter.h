// SPDX-License-Identifier: MIT
//
// Where one JPEG file ends and the next begins in a stream of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace skiff {

// Takes a stream piece by piece. What is between pictures (the headers of multipart/x-mixed-replace, fill bytes) is passed over;
// a thumbnail inside a segment is not taken for a picture.
class JpegSplitter {
 public:
  // Takes bytes until a picture is whole or there are no more; returns how many it took. After a picture the next call begins a
  // new one.
  size_t feed(const uint8_t *bytes, size_t size);

  // Whether the picture is whole: it has its end-of-image marker, or, damaged, the next picture begins where it should go on.
  bool is_whole() const { return state_ == State::kDone; }
  // Whether a picture has begun and is not whole.
  bool is_inside() const { return state_ != State::kOutside && state_ != State::kDone && !picture_.empty(); }

  // The bytes of the picture so far.
  const std::vector<uint8_t> &picture() const { return picture_; }

 private:
  enum class State { kOutside, kMarker, kLength, kSegment, kScan, kDone };

  size_t feed_outside(const uint8_t *bytes, size_t size);
  size_t feed_segment(const uint8_t *bytes, size_t size);
  size_t feed_scan(const uint8_t *bytes, size_t size);
  void feed_byte(uint8_t byte);
  void take_marker(uint8_t marker);

  State state_ = State::kOutside;
  std::vector<uint8_t> picture_;
  size_t left_ = 0;           // bytes of the segment, or of its length
  bool is_prefixed_ = false;  // the last byte was 0xFF
  bool begins_scan_ = false;  // the segment is that of a start of scan
  bool has_next_ = false;     // the start of the next picture was taken with the last
};

}  // namespace skiff
