// SPDX-License-Identifier: MIT
//
// The network's shape, independent of any weights: which layer reads which, and what sizes follow from an input size.
#pragma once
#include "engine/weights_format.h"

namespace skiff {

constexpr int32_t kImage = -1;  // a layer's input: the network's input tensor

struct GraphLayer {
  const char *name;
  LayerOp op;
  uint32_t stride;
  int32_t input;  // index of the layer it reads, or kImage
};

extern const GraphLayer kGraph[kLayerCount];

// First head layer; head m reads feature map m, which is the output of layer kGraph[kFirstHead + m].input.
constexpr uint32_t kFirstHead = kLayerCount - kMapCount;

// Height or width of a layer's output. Source: Paddle conv2d, floor((in + 2 pad - k) / stride) + 1, with k = 2 pad + 1.
constexpr uint32_t conv_output_px(uint32_t in_px, uint32_t stride) { return (in_px - 1) / stride + 1; }

struct LayerShape {
  uint32_t in_h, in_w, out_h, out_w;
};

// Fills shapes[kLayerCount] for an input of this size, at least 1 x 1.
void graph_shapes(uint32_t input_h, uint32_t input_w, LayerShape *shapes);

// Multiply-accumulates of a layer (padding counted as if it were data).
uint64_t layer_macs(const GraphLayer &layer, const LayerShape &shape, uint32_t in_c, uint32_t out_c);

}  // namespace skiff
