// SPDX-License-Identifier: MIT
//
// A bump allocator over the caller's memory. With a null base it only counts: sizing and placing run the same code, so they
// cannot disagree.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff {

class Arena {
 public:
  static constexpr uint64_t kAlignment = 64;

  // A counting arena.
  Arena() = default;
  // An arena over `base`, which is aligned to kAlignment and large enough: a counting run over the same calls told its size.
  explicit Arena(void *base) : base_(static_cast<unsigned char *>(base)) {}

  // Room for `count` objects, aligned to kAlignment, uninitialised; null in a counting arena.
  template <typename T>
  T *take(uint64_t count) {
    const uint64_t at = used_;
    used_ = (used_ + count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    return base_ == nullptr ? nullptr : reinterpret_cast<T *>(base_ + at);
  }

  bool is_counting() const { return base_ == nullptr; }
  uint64_t used_bytes() const { return used_; }

 private:
  unsigned char *base_ = nullptr;
  uint64_t used_ = 0;
};

}  // namespace skiff
