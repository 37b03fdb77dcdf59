// SPDX-License-Identifier: MIT
//
// A small network with random weights as a verified file, and an engine on it.
#pragma once
#include <doctest/doctest.h>

#include "engine/skiff.h"
#include "tests/support/memory.h"
#include "tools/paddle/canonical.h"
#include "tools/paddle/convert.h"
#include "tools/paddle/recipes.h"

namespace skiff::test {

// 64 x 64 pixels, 5 classes, a sixteenth of the channels.
inline paddle::RandomSpec tiny_spec() {
  paddle::RandomSpec spec;
  spec.width = 1.0 / 16;
  spec.input_px = 64;
  spec.class_count = 5;
  return spec;
}

inline std::vector<uint8_t> make_weights(const paddle::RandomSpec &spec, const std::string &recipe = "paddle-voc") {
  paddle::ConvertOptions options;
  options.recipe = paddle::find_recipe(recipe);
  return paddle::convert(paddle::random_source(spec), options).file;
}

// The tiny network's file; made once.
inline const std::vector<uint8_t> &tiny_weights() {
  static const std::vector<uint8_t> file = make_weights(tiny_spec());
  return file;
}

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
