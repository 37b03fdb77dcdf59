// SPDX-License-Identifier: MIT
//
// The bytes of a picture file, read in order and never past their end: what the format readers share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/support/error.h"

namespace skiff {

// Borrows its bytes. Every read that would pass the end throws Error "BMP: truncated: ...".
class Reader {
 public:
  Reader(const char *format, const uint8_t *bytes, size_t size) : format_(format), bytes_(bytes), size_(size) {}

  size_t position() const { return position_; }
  size_t left() const { return size_ - position_; }

  // `count` bytes, which stay where they are.
  const uint8_t *take(uint64_t count) {
    if (count > left()) fail_truncated(count);
    const uint8_t *taken = bytes_ + position_;
    position_ += size_t(count);
    return taken;
  }

  void skip(uint64_t count) { take(count); }

  void seek(uint64_t offset) {
    position_ = 0;
    skip(offset);
  }

  uint8_t u8() { return *take(1); }
  uint16_t u16le() {
    const uint8_t *p = take(2);
    return uint16_t(p[0] | p[1] << 8);
  }
  uint16_t u16be() {
    const uint8_t *p = take(2);
    return uint16_t(p[0] << 8 | p[1]);
  }
  uint32_t u32le() {
    const uint32_t lo = u16le();
    return lo | uint32_t(u16le()) << 16;
  }
  uint32_t u32be() {
    const uint32_t hi = u16be();
    return hi << 16 | u16be();
  }

  [[noreturn]] void fail(const std::string &what) const { throw Error(std::string(format_) + ": " + what); }

 private:
  [[noreturn]] void fail_truncated(uint64_t count) const {
    fail("truncated: expected " + std::to_string(count) + " bytes at byte " + std::to_string(position_) + ", found " +
         std::to_string(left()));
  }

  const char *format_;
  const uint8_t *bytes_;
  size_t size_;
  size_t position_ = 0;
};

}  // namespace skiff
