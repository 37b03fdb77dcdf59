// SPDX-License-Identifier: MIT
//
// skiff inspect for Graphviz: layers from top to bottom, heads to the right, where they join.
#include "tools/skiff/inspect_write.h"

namespace skiff {
namespace {

std::string size(uint32_t w, uint32_t h, uint32_t c) {
  return std::to_string(w) + "x" + std::to_string(h) + "x" + std::to_string(c);
}

// A quoted string; lines of a label are separated by \n.
std::string dot_string(const std::string &text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return out + "\"";
}

std::string node(const std::string &name, const std::string &label, const char *colour) {
  return "  " + dot_string(name) + " [label=" + dot_string(label) + ", fillcolor=" + dot_string(colour) + "];\n";
}

std::string edge(const std::string &from, const std::string &to, const std::string &label) {
  return "  " + dot_string(from) + " -> " + dot_string(to) + " [label=" + dot_string(label) + "];\n";
}

const char *colour_of(LayerOp op) {
  switch (op) {
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return "#cfe2f3";
    case LayerOp::kDepthwise:
      return "#d9ead3";
    case LayerOp::kPointwise:
      return "#fff2cc";
    case LayerOp::kHead:
      return "#f4cccc";
  }
  return "white";
}

}  // namespace

std::string facts_as_dot(const ModelFacts &facts) {
  const ModelRecord &model = *facts.view.model;
  std::string text =
      "digraph skiff {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n";
  text += node("input", "input\n" + formula_in_words(model.recipe) + ", " + channels_in_words(model.recipe), "white");
  for (const LayerFacts &layer : facts.layers) {
    const std::string stride = layer.record.stride == 2 ? ", stride 2" : "";
    text += node(layer.graph->name, std::string(layer.graph->name) + "\n" + layer.operation + stride, colour_of(layer.graph->op));
    text += edge(layer.input, layer.graph->name, size(layer.shape.in_w, layer.shape.in_h, layer.record.in_c));
  }
  text += node(
      "detections",
      "softmax, decode, NMS\n" + std::to_string(model.prior_count) + " priors, " + std::to_string(model.class_count) + " classes",
      "white");
  for (const MapFacts &map : facts.maps) text += edge(map.head, "detections", std::to_string(map.prior_count) + " priors");
  return text + "}\n";
}

}  // namespace skiff
