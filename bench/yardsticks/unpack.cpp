// SPDX-License-Identifier: MIT
#include "bench/yardsticks/unpack.h"

#include <cfloat>
#include <limits>

#include "kernels/pack.h"

namespace skiff::bench {
namespace {

// Output channels [first, first + conv->out_c) of a layer's panels.
void unpack_panels(const WeightsView &view, const LayerRecord &record, uint32_t first, PlainConv *conv) {
  const float *panels = weights_floats(view, record.weights_offset), *bias = weights_floats(view, record.bias_offset);
  const uint64_t taps = uint64_t(conv->kernel) * conv->kernel;
  const uint64_t tap_k = padded_k(conv->in_c, LayerOp(record.op) == LayerOp::kConvImage);
  for (uint64_t o = first; o < first + conv->out_c; ++o) {
    const float *column = panels + o / kPanelWidth * taps * tap_k * kPanelWidth + o % kPanelWidth;
    for (uint64_t i = 0; i < conv->in_c; ++i)
      for (uint64_t t = 0; t < taps; ++t) conv->weights.push_back(column[(t * tap_k + i) * kPanelWidth]);
    conv->bias.push_back(bias[o]);
  }
}

void unpack_depthwise(const WeightsView &view, const LayerRecord &record, PlainConv *conv) {
  const float *taps = weights_floats(view, record.weights_offset), *bias = weights_floats(view, record.bias_offset);
  for (uint64_t c = 0; c < conv->out_c; ++c) {
    for (uint64_t t = 0; t < 9; ++t) conv->weights.push_back(taps[(c / kPanelWidth * 9 + t) * kPanelWidth + c % kPanelWidth]);
    conv->bias.push_back(bias[c]);
  }
}

PlainConv shape_of(const WeightsView &view, uint32_t layer) {
  const LayerRecord &record = view.layers[layer];
  const LayerShape &shape = view.shapes[layer];
  PlainConv conv;
  conv.layer = int(layer);
  conv.input = kGraph[layer].input;
  conv.is_depthwise = LayerOp(record.op) == LayerOp::kDepthwise;
  conv.in_h = shape.in_h, conv.in_w = shape.in_w, conv.out_h = shape.out_h, conv.out_w = shape.out_w;
  conv.in_c = record.in_c, conv.out_c = record.out_c;
  const bool is_1x1 = LayerOp(record.op) == LayerOp::kPointwise || LayerOp(record.op) == LayerOp::kHead;
  conv.kernel = is_1x1 ? 1 : 3;
  conv.padding = is_1x1 ? 0 : 1;
  conv.stride = record.stride;
  conv.act_max = record.act_max < FLT_MAX ? record.act_max : std::numeric_limits<float>::infinity();
  return conv;
}

// One half of a head.
PlainConv head_part(const WeightsView &view, uint32_t layer, bool is_loc, uint64_t begin) {
  const LayerRecord &record = view.layers[layer];
  PlainConv conv = shape_of(view, layer);
  conv.is_loc = is_loc;
  conv.is_conf = !is_loc;
  conv.act_max = std::numeric_limits<float>::infinity();
  conv.act_min = -conv.act_max;
  conv.out_c = is_loc ? record.loc_c : record.out_c - record.loc_c;
  conv.begin = begin;
  unpack_panels(view, record, is_loc ? 0 : record.loc_c, &conv);
  return conv;
}

}  // namespace

std::vector<PlainConv> unpack_network(const WeightsView &view) {
  std::vector<PlainConv> convs;
  uint64_t loc_begin = 0, conf_begin = 0;
  for (uint32_t layer = 0; layer < kLayerCount; ++layer) {
    if (layer >= kFirstHead) {
      convs.push_back(head_part(view, layer, true, loc_begin));
      loc_begin += uint64_t(convs.back().out_h) * convs.back().out_w * convs.back().out_c;
      convs.push_back(head_part(view, layer, false, conf_begin));
      conf_begin += uint64_t(convs.back().out_h) * convs.back().out_w * convs.back().out_c;
      continue;
    }
    PlainConv conv = shape_of(view, layer);
    if (conv.is_depthwise)
      unpack_depthwise(view, view.layers[layer], &conv);
    else
      unpack_panels(view, view.layers[layer], 0, &conv);
    convs.push_back(conv);
  }
  return convs;
}

}  // namespace skiff::bench
