// SPDX-License-Identifier: MIT
#include "engine/plan.h"

#include <string.h>

#include "engine/priors.h"

namespace skiff {
namespace {

template <typename T>
T *at(unsigned char *base, const BufferPlan &buffers, uint32_t id) {
  return reinterpret_cast<T *>(base + buffers.offset[id]);
}

uint32_t step_of_layer(uint32_t layer) {
  uint32_t step = 0;
  while (kSteps[step].last < layer || kSteps[step].first > layer) ++step;
  return step;
}

// Weights of the next step beyond this are left where they are: they would push out what this step works on.
constexpr int64_t kAheadElems = 64 * 1024;

// The weights that a step reads first.
void set_ahead(const Step &next, Step *step) {
  const PointwiseArgs &pw = next.pw[0];
  const int64_t elems = int64_t(pw.panels) * pw.in_blocks * kPanelWidth * kPanelWidth;
  step->ahead = pw.weights;
  step->ahead_lines = int32_t((elems < kAheadElems ? elems : kAheadElems) / kPanelWidth);
}

// The priors of all maps, in the order of loc's and conf's rows: map, y, x, prior in cell.
void fill_priors(const WeightsView &view, Plan *plan) {
  plan->map_begin[0] = 0;
  for (uint32_t m = 0; m < kMapCount; ++m) {
    const LayerShape &shape = view.shapes[kFirstHead + m];
    const int32_t count = int32_t(shape.out_h * shape.out_w * priors_per_cell(view.priors[m]));
    make_priors(view.priors[m], shape.out_h, shape.out_w, view.model->input_h, view.model->input_w,
                plan->priors + int64_t(plan->map_begin[m]) * 4);
    plan->map_begin[m + 1] = plan->map_begin[m] + count;
    HeadSpan &head = plan->steps[step_of_layer(kFirstHead + m)].head;
    head.loc_begin = int64_t(plan->map_begin[m]) * 4;
    head.conf_begin = int64_t(plan->map_begin[m]) * int64_t(view.model->class_count);
  }
}

// Floats of the row of zeros that depthwise layers read above and below an image.
uint64_t zero_row_elems(const WeightsView &view) {
  uint64_t widest = 0;
  for (const LayerShape &shape : view.shapes)
    if (shape.in_w > widest) widest = shape.in_w;
  return widest * kPanelWidth;
}

void bind_steps(const WeightsView &view, const BufferPlan &buffers, int32_t lanes, const KernelTable &kernels,
                unsigned char *base, const float *zeros, Plan *plan) {
  for (uint32_t i = 0; i < kStepCount; ++i) {
    float *in = nullptr;
    for (uint32_t j = 0; j < i; ++j)
      if (int32_t(kSteps[j].last) == kGraph[kSteps[i].first].input) in = at<float>(base, buffers, j);
    bind_step(view, kernels, i, in, at<float>(base, buffers, i), zeros, lanes, &plan->steps[i]);
    plan->scratch[i] = at<float>(base, buffers, kBufferScratch + i);
    plan->scratch_stride[i] = int64_t(round_up(step_scratch_elems(view, i, lanes), kPanelWidth));
  }
  for (uint32_t i = 0; i + 1 < kStepCount; ++i) set_ahead(plan->steps[i + 1], &plan->steps[i]);
}

}  // namespace

void make_plan(const WeightsView &view, const BufferSpec &spec, const KernelTable &kernels, Arena *arena, Plan *plan) {
  BufferPlan buffers;
  plan_buffers(view, spec, &buffers);
  float *priors = arena->take<float>(uint64_t(view.model->prior_count) * 4);
  float *zeros = arena->take<float>(zero_row_elems(view));
  unsigned char *base = arena->take<unsigned char>(buffers.arena_bytes);
  if (arena->is_counting()) return;
  memset(zeros, 0, zero_row_elems(view) * sizeof(float));
  plan->priors = priors;
  plan->input = at<float>(base, buffers, kBufferInput);
  plan->loc = at<float>(base, buffers, kBufferLoc);
  plan->conf = at<float>(base, buffers, kBufferConf);
  plan->rows = at<int32_t>(base, buffers, kBufferRows);
  plan->scores = at<float>(base, buffers, kBufferScores);
  plan->boxes = at<float>(base, buffers, kBufferBoxes);
  plan->tapped = spec.has_tap ? at<float>(base, buffers, kBufferTap) : nullptr;
  plan->nms = {at<Detection>(base, buffers, kBufferKept), at<int32_t>(base, buffers, kBufferOrder)};
  plan->arena_bytes = buffers.arena_bytes;
  bind_steps(view, buffers, spec.lanes, kernels, base, zeros, plan);
  fill_priors(view, plan);
}

}  // namespace skiff
