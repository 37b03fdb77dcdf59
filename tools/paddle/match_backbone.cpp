// SPDX-License-Identifier: MIT
#include "tools/paddle/match_backbone.h"

#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

using Ints = std::vector<int64_t>;

const char *describe(LayerOp op) {
  switch (op) {
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return "a 3x3 convolution";
    case LayerOp::kDepthwise:
      return "a depthwise 3x3 convolution";
    case LayerOp::kPointwise:
    case LayerOp::kHead:
      return "a 1x1 convolution";
  }
  return "";
}

bool is_conv(const Op &op) { return op.type == "conv2d" || op.type == "depthwise_conv2d"; }

// Padding in pixels if it is the same on all sides, else -1. Source: Paddle conv2d's UpdatePaddingAndDilation.
int64_t padding_of(const Op &conv, int64_t kernel, int64_t stride) {
  const std::string algorithm = string_attr(conv, "padding_algorithm", "EXPLICIT");
  if (algorithm == "VALID") return 0;
  if (algorithm == "SAME") return stride == 1 ? kernel / 2 : -1;
  const Ints paddings = ints_attr(conv, "paddings", {0, 0});
  for (const int64_t padding : paddings)
    if (padding != paddings[0]) return -1;
  return paddings.size() == 2 || paddings.size() == 4 ? paddings[0] : -1;
}

// Refuses a convolution that is not of this kernel and stride, padded to keep its size, or that does more than convolve.
void check_conv(const Op &conv, const std::string &layer, int64_t kernel, int64_t stride) {
  const auto differs = [&](const std::string &what) { refuse(conv, "layer " + layer + ": " + what); };
  if (ints_attr(conv, "strides", {1, 1}) != Ints{stride, stride}) differs("stride is not " + std::to_string(stride));
  if (ints_attr(conv, "dilations", {1, 1}) != Ints{1, 1}) differs("is dilated, MobileNet-SSD's are not");
  if (padding_of(conv, kernel, stride) != kernel / 2) differs("padding is not " + std::to_string(kernel / 2) + " on every side");
  const std::string format = string_attr(conv, "data_format", "NCHW");
  if (format != "NCHW" && format != "AnyLayout") differs("data format is " + printable(format) + ", expected NCHW");
  if (!input_args(conv, "Bias").empty() || !input_args(conv, "ResidualData").empty() || int_attr(conv, "fuse_relu", 0) != 0)
    differs("has a bias or activation fused in: export the model without optimising it");
}

const Op *maker(const ProgramGraph &graph, const Op &op, const std::string &slot) {
  const Op *found = graph.producer(op, slot);
  if (found == nullptr) refuse(op, "its " + slot + " comes from no op: the network has fewer layers than MobileNet-SSD");
  return found;
}

// The block conv, batch norm, activation that ends in `activation`, held against layer `index`.
ConvOps match_layer(const ProgramGraph &graph, uint32_t index, const Op *activation) {
  const GraphLayer &layer = kGraph[index];
  const std::string where = std::string("layer ") + layer.name + ": ";
  ConvOps ops;
  ops.activation = activation;
  if (activation->type != "relu" && activation->type != "relu6") refuse(*activation, where + "expected relu or relu6 here");
  ops.norm = maker(graph, *activation, "X");
  if (ops.norm->type != "batch_norm") refuse(*ops.norm, where + "expected batch_norm before the activation");
  if (string_attr(*ops.norm, "data_layout", "NCHW") != "NCHW") refuse(*ops.norm, where + "data layout is not NCHW");
  if (int_attr(*ops.norm, "fuse_with_relu", 0) != 0) refuse(*ops.norm, where + "has relu fused in: export the model unoptimised");
  match_conv(graph, *ops.norm, "X", &ops);
  const bool is_depthwise = int_attr(*ops.conv, "groups", 1) > 1 || ops.conv->type == "depthwise_conv2d";
  if (is_depthwise != (layer.op == LayerOp::kDepthwise)) refuse(*ops.conv, where + "expected " + describe(layer.op) + " here");
  check_conv(*ops.conv, layer.name, layer.op == LayerOp::kPointwise ? 1 : 3, layer.stride);
  return ops;
}

}  // namespace

void match_conv(const ProgramGraph &graph, const Op &op, const std::string &slot, ConvOps *ops) {
  const Op *found = maker(graph, op, slot);
  if (found->type == "dequantize") {
    ops->dequantize = found;
    found = maker(graph, *found, "X");
  }
  if (!is_conv(*found))
    refuse(*found, "expected a convolution here, before op " + std::to_string(op.index) + " " + printable(op.type));
  ops->conv = found;
}

const Op *conv_input(const ProgramGraph &graph, const ConvOps &ops) {
  const Op *made_by = graph.producer(*ops.conv, "Input");
  const bool is_quantized = made_by != nullptr && made_by->type == "quantize";
  if (is_quantized != (ops.dequantize != nullptr)) refuse(*ops.conv, "is quantised on one side only");
  return is_quantized ? graph.producer(*made_by, "X") : made_by;
}

void match_backbone(const ProgramGraph &graph, const BackboneMaps &maps, MatchedOps *matched) {
  const Op *made_by = maps.made_by[kMapCount - 1];
  for (uint32_t i = kFirstHead; i-- > 0;) {
    if (made_by == nullptr) refuse(*matched->layers[i + 1].conv, "the network has fewer layers than MobileNet-SSD");
    matched->layers[i] = match_layer(graph, i, made_by);
    for (uint32_t m = 0; m < kMapCount; ++m)
      if (kGraph[kFirstHead + m].input == int32_t(i) && maps.made_by[m] != made_by)
        refuse(*matched->loc[m].conv, std::string("reads another feature map than ") + kGraph[i].name);
    made_by = conv_input(graph, matched->layers[i]);
  }
  for (uint32_t m = 0; m < kMapCount; ++m) {
    const std::string name = kGraph[kFirstHead + m].name;
    for (const Op *conv : {matched->loc[m].conv, matched->conf[m].conv}) {
      if (int_attr(*conv, "groups", 1) != 1)
        refuse(*conv, name + ": a grouped head; MobileNet-SSD's heads are plain 1x1 convolutions");
      check_conv(*conv, name, 1, 1);
    }
  }
}

}  // namespace skiff::paddle
