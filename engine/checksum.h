// SPDX-License-Identifier: MIT
//
// The weights file's checksum, and the search for non-finite floats in the same pass.
//
// Eight independent 64-bit lanes, each lane = rotate(lane ^ word) * prime per 64-byte block: FNV-1a's step on words, a bijection,
// so that a change of any single word always changes the result. Without the rotation the top bit of a word would stay on top,
// and a second flip of it in the same lane, the sign of another float, would undo the first. Eight lanes hide the multiplier's
// latency: 23 MB take about 2 ms where one lane would take 9. Not cryptographic: it finds damage, not malice.
#pragma once
#include <stdint.h>
#include <string.h>

namespace skiff {

class Checksum {
 public:
  // Adds `bytes` bytes, a multiple of 64 except in the last call, whose tail is taken as if zeros followed.
  void add(const void *data, uint64_t bytes);

  // The checksum of all that was added.
  uint64_t value() const;

  // Whether any 32-bit word added since the last reset_nonfinite() is, read as f32, infinite or not a number.
  bool has_nonfinite() const { return (nonfinite_ & 0x8000000080000000ull) != 0; }
  void reset_nonfinite() { nonfinite_ = 0; }

 private:
  static constexpr uint64_t kPrime = 0x9E3779B185EBCA87ull;
  void add_block(const uint64_t (&words)[8]);

  uint64_t lanes_[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  uint64_t bytes_ = 0;
  uint64_t nonfinite_ = 0;
};

inline void Checksum::add_block(const uint64_t (&words)[8]) {
  // Adding one unit to an all-ones exponent, with sign and fraction masked off, carries into bit 31 of its half.
  constexpr uint64_t kExponents = 0x7F8000007F800000ull, kUnits = 0x0080000000800000ull;
  for (int i = 0; i < 8; ++i) {
    const uint64_t mixed = lanes_[i] ^ words[i];
    lanes_[i] = (mixed << 29 | mixed >> 35) * kPrime;
    nonfinite_ |= (words[i] & kExponents) + kUnits;
  }
}

inline void Checksum::add(const void *data, uint64_t bytes) {
  const unsigned char *p = static_cast<const unsigned char *>(data);
  bytes_ += bytes;
  uint64_t words[8];
  for (; bytes >= 64; bytes -= 64, p += 64) {
    memcpy(words, p, 64);
    add_block(words);
  }
  if (bytes == 0) return;
  memset(words, 0, sizeof words);
  memcpy(words, p, bytes);
  add_block(words);
}

inline uint64_t Checksum::value() const {
  uint64_t h = bytes_;
  for (uint64_t lane : lanes_) {
    h = (h ^ lane) * kPrime;
    h ^= h >> 32;
  }
  return h;
}

}  // namespace skiff
