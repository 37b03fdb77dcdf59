// SPDX-License-Identifier: MIT
#include "engine/plan.h"

#include "engine/priors.h"

namespace skiff {
namespace {

template <typename T>
T *at(unsigned char *base, const BufferPlan &buffers, uint32_t id) {
  return reinterpret_cast<T *>(base + buffers.offset[id]);
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
    plan->steps[kFirstHead + m].prior_begin = plan->map_begin[m];
  }
}

}  // namespace

void make_plan(const WeightsView &view, const NmsRecord &nms, const KernelTable &kernels, Arena *arena, Plan *plan) {
  BufferPlan buffers;
  plan_buffers(view, nms, &buffers);
  float *priors = arena->take<float>(uint64_t(view.model->prior_count) * 4);
  unsigned char *base = arena->take<unsigned char>(buffers.arena_bytes);
  if (arena->is_counting()) return;
  plan->priors = priors;
  plan->input = at<float>(base, buffers, kBufferInput);
  plan->loc = at<float>(base, buffers, kBufferLoc);
  plan->conf = at<float>(base, buffers, kBufferConf);
  plan->scores = at<float>(base, buffers, kBufferScores);
  plan->boxes = at<float>(base, buffers, kBufferBoxes);
  plan->nms = {at<Detection>(base, buffers, kBufferKept), at<int32_t>(base, buffers, kBufferOrder)};
  plan->arena_bytes = buffers.arena_bytes;
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    const float *in = kGraph[i].input == kImage ? plan->input : at<float>(base, buffers, uint32_t(kGraph[i].input));
    bind_layer(view, kernels, i, in, at<float>(base, buffers, i), &plan->steps[i]);
  }
  fill_priors(view, plan);
}

}  // namespace skiff
