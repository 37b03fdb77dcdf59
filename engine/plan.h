// SPDX-License-Identifier: MIT
//
// The plan of one engine: its steps in order, with kernels chosen and every buffer placed. Nothing is decided after it is made.
#pragma once
#include "engine/arena.h"
#include "engine/buffers.h"

namespace skiff {

struct Plan {
  Step steps[kStepCount];
  float *scratch[kStepCount];  // every lane's, of scratch_stride floats each
  int64_t scratch_stride[kStepCount];
  float *priors;                     // f32 [prior_count][4] corners
  int32_t map_begin[kMapCount + 1];  // priors of map m are [map_begin[m], map_begin[m + 1])
  float *input, *loc, *conf, *scores, *boxes;
  int32_t *rows;  // [prior_count] of conf that post-processing looks at; scores and boxes are theirs, in this order
  float *tapped;  // room to lay an activation out for the tap; null without one
  NmsScratch nms;
  uint64_t arena_bytes;
};

// Makes the plan. In a counting arena it only sizes and `plan` is not touched (it may be null).
void make_plan(const WeightsView &view, const BufferSpec &spec, const KernelTable &kernels, Arena *arena, Plan *plan);

}  // namespace skiff
