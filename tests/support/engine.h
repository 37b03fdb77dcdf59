// SPDX-License-Identifier: MIT
//
// An engine and all that it needs to live.
#pragma once
#include <doctest/doctest.h>

#include "engine/skiff.h"
#include "tests/support/memory.h"
#include "tests/support/tiny.h"

namespace skiff::test {

inline skiff_config default_config() {
  skiff_config config;
  skiff_config_default(&config);
  return config;
}

// An engine with exactly the memory that it asks for.
struct TestEngine {
  AlignedBytes weights, memory;
  skiff_engine *engine = nullptr;

  explicit TestEngine(const std::vector<uint8_t> &file = tiny_weights(), const skiff_config &config = default_config())
      : weights(file), memory(required(weights, config)) {
    REQUIRE(skiff_init(weights.data(), weights.size(), &config, memory.data(), memory.size(), &engine) == SKIFF_OK);
  }
  operator skiff_engine *() const { return engine; }

  skiff_info info() const {
    skiff_info info = {};
    REQUIRE(skiff_get_info(engine, &info) == SKIFF_OK);
    return info;
  }

 private:
  static size_t required(const AlignedBytes &weights, const skiff_config &config) {
    size_t bytes = 0;
    REQUIRE(skiff_memory_required(weights.data(), weights.size(), &config, &bytes) == SKIFF_OK);
    return bytes;
  }
};

}  // namespace skiff::test
