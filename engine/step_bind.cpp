// SPDX-License-Identifier: MIT
//
// From weights and tensors to a step's arguments, and how a step is cut for a number of lanes.
#include <float.h>

#include "engine/stem.h"
#include "engine/step.h"

namespace skiff {
namespace {

// A tile's depthwise rows should fill a good part of the second-level cache, and its matrix product run long enough to be worth a
// unit.
constexpr int32_t kTilePixels = 192;
// Weights beyond this fall out of the second-level cache, so tiles become as large as lanes allow and the weights are read fewer
// times.
constexpr int64_t kCachedWeightElems = 384 * 1024;

int32_t blocks_of(uint32_t channels) { return int32_t(padded_channels(channels) / kPanelWidth); }

Tensor output_of(const WeightsView &view, uint32_t layer, float *data) {
  return {data, int32_t(view.shapes[layer].out_h), int32_t(view.shapes[layer].out_w), int32_t(view.layers[layer].out_c)};
}

int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }

int32_t tile_rows(const WeightsView &view, const StepSpan &span, int32_t lanes) {
  const LayerRecord &pw = view.layers[span.last];
  const int32_t h = int32_t(view.shapes[span.last].out_h), w = int32_t(view.shapes[span.last].out_w);
  if (int64_t(padded_channels(pw.in_c) * padded_channels(pw.out_c)) > kCachedWeightElems) return ceil_div(h, lanes);
  const int32_t rows = ceil_div(h, ceil_div(h * w, kTilePixels)), share = h / lanes;
  return rows <= share ? rows : share > 0 ? share : 1;
}

void bind_image(const WeightsView &view, const KernelTable &kernels, Step *step) {
  const LayerRecord &layer = view.layers[0];
  step->conv_image = kernels.conv_image;
  ConvImageArgs &a = step->image;
  a.weights = weights_floats(view, layer.weights_offset);
  a.bias = weights_floats(view, layer.bias_offset);
  a.in_h = int32_t(view.shapes[0].in_h);
  a.in_w = int32_t(view.shapes[0].in_w);
  a.out_w = int32_t(view.shapes[0].out_w);
  a.blocks = blocks_of(layer.out_c);
  a.act_max = layer.act_max;
}

void bind_depthwise(const WeightsView &view, const KernelTable &kernels, uint32_t index, const float *zeros, Step *step,
                    int slot) {
  const LayerRecord &layer = view.layers[index];
  const LayerShape &shape = view.shapes[index];
  step->dw_stride[slot] = int32_t(layer.stride);
  step->depthwise[slot] = layer.stride == 1 ? kernels.dw3x3s1 : kernels.dw3x3s2;
  DepthwiseArgs &a = step->dw[slot];
  a.in = step->in.data;
  a.in_block = step->in.block_elems();
  a.taps = weights_floats(view, layer.weights_offset);
  a.bias = weights_floats(view, layer.bias_offset);
  a.zeros = zeros;
  a.in_h = a.in_rows = int32_t(shape.in_h);
  a.in_w = int32_t(shape.in_w);
  a.out_w = int32_t(shape.out_w);
  a.blocks = blocks_of(layer.out_c);
  a.act_max = layer.act_max;
}

void bind_pointwise(const WeightsView &view, const KernelTable &kernels, uint32_t index, Step *step, int slot) {
  const LayerRecord &layer = view.layers[index];
  step->pointwise = kernels.pw;
  PointwiseArgs &a = step->pw[slot];
  a.in = step->in.data;
  a.in_block = step->in.block_elems();
  a.weights = weights_floats(view, layer.weights_offset);
  a.bias = weights_floats(view, layer.bias_offset);
  a.out = step->out.data;
  a.out_block = step->out.block_elems();
  a.in_blocks = blocks_of(layer.in_c) * (step->kind == StepKind::kConv3x3 ? 9 : 1);
  a.panels = blocks_of(layer.out_c);
  a.pixels = step->out.pixels();
  const bool is_head = step->kind == StepKind::kHead;
  a.act_min = is_head ? -FLT_MAX : 0.0f;
  a.act_max = is_head ? FLT_MAX : layer.act_max;
}

void bind_stem(const WeightsView &view, const KernelTable &kernels, const float *zeros, Step *step) {
  bind_image(view, kernels, step);
  for (int i = 0; i < kStemModules; ++i) {
    bind_depthwise(view, kernels, uint32_t(1 + 2 * i), zeros, step, i);
    bind_pointwise(view, kernels, uint32_t(2 + 2 * i), step, i);
  }
}

void cut_separable(const WeightsView &view, const StepSpan &span, Step *step) {
  const int32_t h = step->out.h, lanes = step->lanes;
  step->tile_rows = tile_rows(view, span, lanes);
  if (lanes == 1) {
    step->units = step->whole_tiles = ceil_div(h, step->tile_rows);
    return;
  }
  step->whole_tiles = h / (step->tile_rows * lanes) * lanes;
  step->units = step->whole_tiles + (step->whole_tiles * step->tile_rows < h ? lanes : 0);
}

void bind_head(const WeightsView &view, uint32_t layer, Step *step) {
  step->head.loc_c = int32_t(view.layers[layer].loc_c);
  step->head.conf_c = int32_t(view.layers[layer].out_c - view.layers[layer].loc_c);
}

}  // namespace

void bind_step(const WeightsView &view, const KernelTable &kernels, uint32_t index, float *in, float *out, const float *zeros,
               int32_t lanes, Step *step) {
  const StepSpan &span = kSteps[index];
  *step = Step();
  step->kind = span.kind;
  step->name = kGraph[span.last].name;
  step->lanes = lanes;
  step->units = lanes;
  step->stride = int32_t(view.layers[span.last].stride);
  step->out = output_of(view, span.last, out);
  if (kGraph[span.first].input != kImage) step->in = output_of(view, uint32_t(kGraph[span.first].input), in);
  if (span.kind == StepKind::kStem) return bind_stem(view, kernels, zeros, step);
  bind_pointwise(view, kernels, span.last, step, 0);
  if (span.kind == StepKind::kHead) bind_head(view, span.last, step);
  if (span.kind != StepKind::kSeparable) return;
  bind_depthwise(view, kernels, span.first, zeros, step, 0);
  cut_separable(view, span, step);
}

uint64_t step_scratch_elems(const WeightsView &view, uint32_t index, int32_t lanes) {
  const StepSpan &span = kSteps[index];
  const LayerShape &shape = view.shapes[span.last];
  const uint64_t in_c = padded_channels(view.layers[span.last].in_c);
  switch (span.kind) {
    case StepKind::kStem:
      return stem_scratch_elems(view);
    case StepKind::kConv3x3:
      return uint64_t(shape.out_h) * shape.out_w * 9 * in_c;
    case StepKind::kSeparable: {
      Step step = Step();
      step.out = output_of(view, span.last, nullptr);
      step.lanes = lanes;
      cut_separable(view, span, &step);
      const int32_t left = step.out.h - step.whole_tiles * step.tile_rows;
      return uint64_t(left > step.tile_rows ? left : step.tile_rows) * shape.out_w * in_c;
    }
    case StepKind::kPointwise:
    case StepKind::kHead:
      break;
  }
  return 0;
}

}  // namespace skiff
