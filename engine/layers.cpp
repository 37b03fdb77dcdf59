// SPDX-License-Identifier: MIT
//
// The four kinds of layer: how each is bound to a kernel's arguments and how a tile of it is cut.
#include <float.h>
#include <string.h>

#include "engine/layer.h"

namespace skiff {
namespace {

// Enough tiles that a handful of threads end together, few enough that a tile is worth handing out.
constexpr int32_t kMaxTiles = 16;

void bind_conv3x3(const LayerRecord &layer, const LayerShape &shape, uint32_t in_stride, const KernelTable &kernels, Step *step) {
  step->kernel.conv3x3 = kernels.conv3x3;
  Conv3x3Args &a = step->args.conv3x3;
  a.in_h = int32_t(shape.in_h);
  a.in_w = int32_t(shape.in_w);
  a.in_c = int32_t(layer.in_c);
  a.in_stride = int32_t(in_stride);
  a.out_h = int32_t(shape.out_h);
  a.out_w = int32_t(shape.out_w);
  a.out_stride = step->out.c_stride;
  a.panels = step->out.c_stride / int32_t(kPanelWidth);
  a.stride = int32_t(layer.stride);
  a.act_max = layer.act_max;
}

void bind_depthwise(const LayerRecord &layer, const LayerShape &shape, const KernelTable &kernels, Step *step) {
  step->kernel.depthwise = layer.stride == 1 ? kernels.dw3x3s1 : kernels.dw3x3s2;
  DepthwiseArgs &a = step->args.depthwise;
  a.in_h = int32_t(shape.in_h);
  a.in_w = int32_t(shape.in_w);
  a.out_h = int32_t(shape.out_h);
  a.out_w = int32_t(shape.out_w);
  a.c = step->out.c_stride;
  a.act_max = layer.act_max;
}

void bind_pointwise(const LayerRecord &layer, uint32_t in_stride, const KernelTable &kernels, Step *step) {
  step->kernel.pointwise = kernels.pw;
  PointwiseArgs &a = step->args.pointwise;
  a.in_c = int32_t(layer.in_c);
  a.in_stride = int32_t(in_stride);
  a.out_stride = step->out.c_stride;
  a.panels = step->out.c_stride / int32_t(kPanelWidth);
  const bool is_head = step->op == LayerOp::kHead;
  a.act_min = is_head ? -FLT_MAX : 0.0f;
  a.act_max = is_head ? FLT_MAX : layer.act_max;
}

// Gives all argument structs the same four pointers.
template <typename Args>
void set_tensors(Args *args, const float *in, float *out, const float *bias) {
  args->in = in;
  args->out = out;
  args->bias = bias;
}

}  // namespace

void bind_layer(const WeightsView &view, const KernelTable &kernels, uint32_t index, const float *in, float *out, Step *step) {
  const LayerRecord &layer = view.layers[index];
  const LayerShape &shape = view.shapes[index];
  const uint32_t in_stride = kGraph[index].input == kImage ? layer.in_c : uint32_t(padded_channels(layer.in_c));
  const float *weights = weights_floats(view, layer.weights_offset), *bias = weights_floats(view, layer.bias_offset);
  step->name = kGraph[index].name;
  step->op = kGraph[index].op;
  step->out = {out, int32_t(shape.out_h), int32_t(shape.out_w), int32_t(layer.out_c), int32_t(padded_channels(layer.out_c))};
  step->units = step->out.h;
  step->map = -1;
  step->prior_begin = 0;
  switch (step->op) {
    case LayerOp::kConv3x3:
      bind_conv3x3(layer, shape, in_stride, kernels, step);
      set_tensors(&step->args.conv3x3, in, out, bias);
      step->args.conv3x3.weights = weights;
      break;
    case LayerOp::kDepthwise:
      bind_depthwise(layer, shape, kernels, step);
      set_tensors(&step->args.depthwise, in, out, bias);
      step->args.depthwise.taps = weights;
      break;
    case LayerOp::kHead:
      step->map = int32_t(index - kFirstHead);
      [[fallthrough]];
    case LayerOp::kPointwise:
      step->units = step->out.h * step->out.w;
      bind_pointwise(layer, in_stride, kernels, step);
      set_tensors(&step->args.pointwise, in, out, bias);
      step->args.pointwise.weights = weights;
      break;
  }
  step->tiles = step->units < kMaxTiles ? step->units : kMaxTiles;
}

void run_tile(const Step &step, int32_t tile) {
  const int32_t begin = int32_t(int64_t(step.units) * tile / step.tiles);
  const int32_t end = int32_t(int64_t(step.units) * (tile + 1) / step.tiles);
  switch (step.op) {
    case LayerOp::kConv3x3: {
      Conv3x3Args args = step.args.conv3x3;
      args.row_begin = begin;
      args.row_end = end;
      step.kernel.conv3x3(&args);
      break;
    }
    case LayerOp::kDepthwise: {
      DepthwiseArgs args = step.args.depthwise;
      args.row_begin = begin;
      args.row_end = end;
      step.kernel.depthwise(&args);
      break;
    }
    case LayerOp::kPointwise:
    case LayerOp::kHead: {
      PointwiseArgs args = step.args.pointwise;
      args.pixel_begin = begin;
      args.pixel_end = end;
      step.kernel.pointwise(&args);
      break;
    }
  }
}

void scatter_head(const Step &step, uint32_t loc_c, float *loc, float *conf) {
  const uint32_t conf_c = uint32_t(step.out.c) - loc_c, priors = loc_c / 4;
  loc += int64_t(step.prior_begin) * 4;
  conf += int64_t(step.prior_begin) * (conf_c / priors);
  const float *pixel = step.out.data;
  for (int32_t p = 0; p < step.units; ++p, pixel += step.out.c_stride, loc += loc_c, conf += conf_c) {
    memcpy(loc, pixel, loc_c * sizeof(float));
    memcpy(conf, pixel + loc_c, conf_c * sizeof(float));
  }
}

}  // namespace skiff
