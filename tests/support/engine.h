// SPDX-License-Identifier: MIT
//
// Owned memory for tests: bytes with the alignment that the engine asks for, and an engine with all it needs.
#pragma once
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/skiff.h"

namespace skiff::test {

struct FreeMemory {
  void operator()(void *memory) const { std::free(memory); }
};
using AlignedBytes = std::unique_ptr<uint8_t, FreeMemory>;

inline AlignedBytes aligned_bytes(size_t bytes) {
  const size_t a = SKIFF_MEMORY_ALIGNMENT;
  return AlignedBytes(static_cast<uint8_t *>(std::aligned_alloc(a, (bytes + a) / a * a)));
}

inline AlignedBytes aligned_copy(const std::vector<uint8_t> &bytes) {
  AlignedBytes copy = aligned_bytes(bytes.size());
  if (!bytes.empty()) memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

// An engine on a copy of `file`; the test fails where it cannot be made.
class TestEngine {
 public:
  TestEngine(const std::vector<uint8_t> &file, const skiff_config &config) : weights_(aligned_copy(file)) {
    size_t bytes = 0;
    REQUIRE(skiff_memory_required(weights_.get(), file.size(), &config, &bytes) == SKIFF_OK);
    memory_ = aligned_bytes(bytes);
    REQUIRE(skiff_init(weights_.get(), file.size(), &config, memory_.get(), bytes, &engine_) == SKIFF_OK);
  }

  skiff_engine *get() const { return engine_; }

 private:
  AlignedBytes weights_, memory_;
  skiff_engine *engine_ = nullptr;
};

}  // namespace skiff::test
