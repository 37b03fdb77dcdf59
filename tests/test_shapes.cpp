// SPDX-License-Identifier: MIT
//
// bench/shapes.inc is data for kcheck and the benchmark: it must name the layers that the network has, with the sizes that
// follow.
#include <doctest/doctest.h>

#include <string>

#include "engine/graph.h"

using namespace skiff;

namespace {

struct Shape {
  std::string name;
  LayerOp op;
  uint32_t in_h, in_w, in_c, out_c, stride;
};

const Shape kShapes[] = {
#define SKIFF_SHAPE(name, op, in_h, in_w, in_c, out_c, stride) {#name, LayerOp::op, in_h, in_w, in_c, out_c, stride},
#include "bench/shapes.inc"
#undef SKIFF_SHAPE
};

}  // namespace

TEST_CASE("the shapes are the graph's, channel for channel") {
  REQUIRE(sizeof kShapes / sizeof kShapes[0] == kLayerCount);
  LayerShape expected[kLayerCount];
  graph_shapes(300, 300, expected);
  uint64_t macs = 0;
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    const Shape &shape = kShapes[i];
    INFO(shape.name);
    const GraphLayer &layer = kGraph[i];
    CHECK(shape.name == layer.name);
    CHECK(shape.op == layer.op);
    CHECK(shape.stride == layer.stride);
    CHECK(shape.in_h == expected[i].in_h);
    CHECK(shape.in_w == expected[i].in_w);
    CHECK(shape.in_c == (layer.input == kImage ? 3 : kShapes[layer.input].out_c));
    if (layer.op == LayerOp::kDepthwise) CHECK(shape.out_c == shape.in_c);
    macs += layer_macs(layer, expected[i], shape.in_c, shape.out_c);
  }
  CHECK(macs == 1148479168);  // as counted from the Paddle program
}
