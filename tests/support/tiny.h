// SPDX-License-Identifier: MIT
//
// A small network with random weights, as a verified file.
#pragma once
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

// The smallest there is, one channel in places: for tests that go through a file many times.
inline const std::vector<uint8_t> &smallest_weights() {
  static const std::vector<uint8_t> file = [] {
    paddle::RandomSpec spec = tiny_spec();
    spec.width = 1.0 / 64;
    spec.input_px = 32;
    return make_weights(spec);
  }();
  return file;
}

}  // namespace skiff::test
