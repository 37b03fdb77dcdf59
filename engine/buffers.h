// SPDX-License-Identifier: MIT
//
// Places the network's buffers in the activation arena: two buffers may share bytes when no step needs both.
#pragma once
#include "engine/nms.h"
#include "engine/step.h"

namespace skiff {

// Buffers by number: step i writes buffer i; a head's is scratch that the step itself scatters into loc and conf.
enum BufferId : uint32_t {
  kBufferInput = kStepCount,  // f32 [h][w][3]
  kBufferLoc,                 // f32 [priors][4]
  kBufferConf,                // f32 [priors][classes]
  kBufferRows,                // int32 [priors]
  kBufferScores,              // f32 [classes][priors]
  kBufferBoxes,               // f32 [priors][4]
  kBufferKept,                // Detection [nms_kept_capacity]
  kBufferOrder,               // int32 [nms_order_capacity]
  kBufferTap,                 // f32, the largest activation with its channels side by side; empty without a tap
  kBufferScratch,             // and the next kStepCount - 1: every lane's scratch of step i
  kBufferCount = kBufferScratch + kStepCount,
};

// What the placement depends on beside the model.
struct BufferSpec {
  const NmsRecord *nms;  // the attributes in force
  int32_t lanes;
  bool has_tap;
};

// Where each buffer lies.
struct BufferPlan {
  uint64_t offset[kBufferCount];  // bytes from the arena's start
  uint64_t arena_bytes;
};

// Computes the placement. Cost: O(n^2) in the number of buffers.
void plan_buffers(const WeightsView &view, const BufferSpec &spec, BufferPlan *plan);

}  // namespace skiff
