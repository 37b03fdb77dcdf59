// SPDX-License-Identifier: MIT
// The network's layers, each shape once.
#pragma once
#include "engine/graph.h"

namespace skiff::kcheck {

struct Layer {
  const char *name;
  LayerOp op;
  int32_t in_h, in_w, in_c, out_c, stride;
  int32_t out_h() const { return (in_h - 1) / stride + 1; }
  int32_t out_w() const { return (in_w - 1) / stride + 1; }
  int32_t in_blocks() const { return (in_c + 15) / 16; }
  int32_t out_blocks() const { return (out_c + 15) / 16; }
  bool same_shape(const Layer &o) const {
    return op == o.op && in_h == o.in_h && in_w == o.in_w && in_c == o.in_c && out_c == o.out_c && stride == o.stride;
  }
};

constexpr Layer kLayers[] = {
#define SKIFF_SHAPE(name, op, in_h, in_w, in_c, out_c, stride) {#name, LayerOp::op, in_h, in_w, in_c, out_c, stride},
#include "bench/shapes.inc"
#undef SKIFF_SHAPE
};

template <typename Fn>
void for_each_layer(const Fn &fn) {
  for (const Layer &layer : kLayers) {
    const Layer *earlier = kLayers;
    while (!earlier->same_shape(layer)) ++earlier;
    if (earlier == &layer) fn(layer);
  }
}

}  // namespace skiff::kcheck
