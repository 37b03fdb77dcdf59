// SPDX-License-Identifier: MIT
//
// Greedy by size: the largest buffer is placed first, each at the lowest offset where it meets no placed buffer that lives at the
// same time. For this network the result is optimal: the arena is as large as the one step that needs most.
#include "engine/buffers.h"

namespace skiff {
namespace {

// After the steps comes one more that stands for post-processing.
constexpr uint16_t kPostStep = kStepCount;

struct Life {
  uint16_t first, last;  // steps, inclusive
};

bool overlap(Life a, Life b) { return a.first <= b.last && b.first <= a.last; }

uint64_t step_output_bytes(const WeightsView &view, uint32_t step) {
  const uint32_t layer = kSteps[step].last;
  const LayerShape &shape = view.shapes[layer];
  return uint64_t(shape.out_h) * shape.out_w * padded_channels(view.layers[layer].out_c) * sizeof(float);
}

uint64_t tap_bytes(const WeightsView &view, const BufferSpec &spec) {
  uint64_t largest = 0;
  for (uint32_t i = 0; i < kStepCount; ++i)
    if (step_output_bytes(view, i) > largest) largest = step_output_bytes(view, i);
  return spec.has_tap ? largest : 0;
}

uint64_t buffer_bytes(const WeightsView &view, const BufferSpec &spec, uint32_t id) {
  const ModelRecord &m = *view.model;
  const uint64_t priors = m.prior_count, classes = m.class_count;
  if (id < kStepCount) return step_output_bytes(view, id);
  if (id >= kBufferScratch)
    return round_up(step_scratch_elems(view, id - kBufferScratch, spec.lanes), kPanelWidth) * uint64_t(spec.lanes) *
           sizeof(float);
  switch (id) {
    case kBufferInput:
      return uint64_t(m.input_h) * m.input_w * 3 * sizeof(float);
    case kBufferLoc:
    case kBufferBoxes:
      return priors * 4 * sizeof(float);
    case kBufferConf:
    case kBufferScores:
      return priors * classes * sizeof(float);
    case kBufferRows:
      return priors * sizeof(int32_t);
    case kBufferKept:
      return nms_kept_capacity(*spec.nms, m.prior_count, m.class_count) * sizeof(Detection);
    case kBufferOrder:
      return nms_order_capacity(*spec.nms, m.prior_count, m.class_count) * sizeof(int32_t);
    default:
      return tap_bytes(view, spec);
  }
}

uint16_t first_head_step() {
  uint16_t step = 0;
  while (kSteps[step].kind != StepKind::kHead) ++step;
  return step;
}

Life buffer_life(uint32_t id) {
  if (id >= kBufferScratch) return {uint16_t(id - kBufferScratch), uint16_t(id - kBufferScratch)};
  if (id == kBufferTap) return {0, kPostStep};
  if (id >= kBufferRows) return {kPostStep, kPostStep};
  if (id == kBufferLoc || id == kBufferConf) return {first_head_step(), kPostStep};
  if (id == kBufferInput) return {0, 0};
  Life life = {uint16_t(id), uint16_t(id)};
  for (uint32_t reader = id + 1; reader < kStepCount; ++reader)
    if (kGraph[kSteps[reader].first].input == int32_t(kSteps[id].last)) life.last = uint16_t(reader);
  return life;
}

struct Buffer {
  uint64_t bytes;
  Life life;
};

// Lowest offset at which buffer `id` meets none of the placed buffers that live with it.
uint64_t lowest_offset(uint32_t id, const uint32_t *placed, uint32_t placed_count, const Buffer *buffers,
                       const uint64_t *offset) {
  uint64_t at = 0;
  for (bool is_moved = true; is_moved;) {
    is_moved = false;
    for (uint32_t i = 0; i < placed_count; ++i) {
      const uint32_t other = placed[i];
      if (!overlap(buffers[id].life, buffers[other].life)) continue;
      if (at >= offset[other] + buffers[other].bytes || offset[other] >= at + buffers[id].bytes) continue;
      at = offset[other] + buffers[other].bytes;
      is_moved = true;
    }
  }
  return at;
}

}  // namespace

void plan_buffers(const WeightsView &view, const BufferSpec &spec, BufferPlan *plan) {
  Buffer buffers[kBufferCount];
  uint32_t order[kBufferCount];  // largest first
  for (uint32_t id = 0; id < kBufferCount; ++id) {
    buffers[id] = {round_up(buffer_bytes(view, spec, id), SKIFF_MEMORY_ALIGNMENT), buffer_life(id)};
    uint32_t at = id;
    for (; at > 0 && buffers[order[at - 1]].bytes < buffers[id].bytes; --at) order[at] = order[at - 1];
    order[at] = id;
  }
  plan->arena_bytes = 0;
  for (uint32_t i = 0; i < kBufferCount; ++i) {
    const uint32_t id = order[i];
    plan->offset[id] = lowest_offset(id, order, i, buffers, plan->offset);
    const uint64_t end = plan->offset[id] + buffers[id].bytes;
    if (end > plan->arena_bytes) plan->arena_bytes = end;
  }
}

}  // namespace skiff
