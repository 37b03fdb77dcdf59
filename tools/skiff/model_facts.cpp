// SPDX-License-Identifier: MIT
#include "tools/skiff/model_facts.h"

#include <cfloat>

#include "engine/priors.h"
#include "kernels/pack.h"
#include "tools/skiff/numbers.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

const char *operation_of(LayerOp op) {
  switch (op) {
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return "3x3 conv";
    case LayerOp::kDepthwise:
      return "3x3 depthwise";
    case LayerOp::kPointwise:
      return "1x1 conv";
    case LayerOp::kHead:
      return "1x1 conv head";
  }
  return "?";
}

std::string activation_of(const LayerRecord &record) {
  if (LayerOp(record.op) == LayerOp::kHead) return "none";
  if (record.act_max == FLT_MAX) return "relu";
  return record.act_max == 6 ? "relu6" : "relu up to " + shortest(record.act_max);
}

uint64_t parameter_count(const LayerRecord &r) {
  switch (LayerOp(r.op)) {
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return uint64_t(r.in_c) * r.out_c * 9 + r.out_c;
    case LayerOp::kDepthwise:
      return uint64_t(r.out_c) * 9 + r.out_c;
    case LayerOp::kPointwise:
    case LayerOp::kHead:
      return uint64_t(r.in_c) * r.out_c + r.out_c;
  }
  return 0;
}

LayerFacts layer_facts(const WeightsView &view, uint32_t index) {
  LayerFacts layer;
  layer.graph = &kGraph[index];
  layer.record = view.layers[index];
  layer.shape = view.shapes[index];
  layer.input = layer.graph->input == kImage ? "input" : kGraph[layer.graph->input].name;
  layer.operation = operation_of(layer.graph->op);
  layer.activation = activation_of(layer.record);
  layer.macs = layer_macs(*layer.graph, layer.shape, layer.record.in_c, layer.record.out_c);
  layer.parameters = parameter_count(layer.record);
  layer.bytes = (layer_weight_elems(layer.record) + padded_channels(layer.record.out_c)) * sizeof(float);
  return layer;
}

MapFacts map_facts(const WeightsView &view, uint32_t map) {
  const GraphLayer &head = kGraph[kFirstHead + map];
  const LayerShape &shape = view.shapes[kFirstHead + map];
  MapFacts facts;
  facts.head = head.name;
  facts.layer = kGraph[head.input].name;
  facts.width_px = shape.out_w;
  facts.height_px = shape.out_h;
  facts.record = view.priors[map];
  facts.per_cell = priors_per_cell(facts.record);
  facts.prior_count = shape.out_w * shape.out_h * facts.per_cell;
  return facts;
}

// One number where the three are equal, else all in brackets.
std::string triple(const float *values) {
  if (values[0] == values[1] && values[1] == values[2]) return shortest(values[0]);
  return "[" + shortest(values[0]) + " " + shortest(values[1]) + " " + shortest(values[2]) + "]";
}

bool is_all(const float *values, float value) { return values[0] == value && values[1] == value && values[2] == value; }

}  // namespace

ModelFacts read_model_facts(const std::shared_ptr<const Weights> &weights) {
  ModelFacts facts;
  facts.weights = weights;
  skiff_weights_error error = {};
  skiff_status status = weights_open(weights->file.data(), weights->file.size(), &facts.view, &error);
  if (status == SKIFF_OK) status = weights_verify(facts.view, &error);
  if (status != SKIFF_OK) throw Error(weights->path + ": " + describe(status, error));
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    facts.layers.push_back(layer_facts(facts.view, i));
    facts.macs += facts.layers.back().macs;
    facts.parameters += facts.layers.back().parameters;
    facts.parameter_bytes += facts.layers.back().bytes;
  }
  for (uint32_t map = 0; map < kMapCount; ++map) facts.maps.push_back(map_facts(facts.view, map));
  for (uint32_t c = 0; c < facts.view.model->class_count; ++c) facts.labels.push_back(weights_label(facts.view, c));
  return facts;
}

std::string resize_in_words(const Recipe &recipe) {
  switch (ResizeRule(recipe.resize_rule)) {
    case ResizeRule::kPillowLanczos:
      return "Pillow's LANCZOS, antialiased";
    case ResizeRule::kPillowBilinear:
      return "Pillow's BILINEAR, antialiased";
    case ResizeRule::kCvBilinear:
      return "OpenCV's INTER_LINEAR, not antialiased";
  }
  return "?";
}

std::string channels_in_words(const Recipe &recipe) {
  return ChannelOrder(recipe.channel_order) == ChannelOrder::kBgr ? "B G R" : "R G B";
}

std::string formula_in_words(const Recipe &recipe) {
  std::string text = "byte";
  if (recipe.pixel_divisor != 1) text += " / " + shortest(recipe.pixel_divisor);
  if (!is_all(recipe.mean, 0)) text = "(" + text + " - " + triple(recipe.mean) + ")";
  if (!is_all(recipe.scale, 1)) text += " * " + triple(recipe.scale);
  return text;
}

float input_value(const Recipe &recipe, int byte, int c) {
  return (float(byte) / recipe.pixel_divisor - recipe.mean[c]) * recipe.scale[c];
}

}  // namespace skiff
