// SPDX-License-Identifier: MIT
//
// Places the network's buffers in the activation arena: two buffers may share bytes when no step needs both.
#pragma once
#include "engine/nms.h"
#include "engine/weights_read.h"

namespace skiff {

// Buffers by number: the output of layer i is buffer i; a head's output is scratch that its step scatters into loc and conf.
enum BufferId : uint32_t {
  kBufferInput = kLayerCount,  // f32 [h][w][3]
  kBufferLoc,                  // f32 [priors][4]
  kBufferConf,                 // f32 [priors][classes]
  kBufferScores,               // f32 [classes][priors]
  kBufferBoxes,                // f32 [priors][4]
  kBufferKept,                 // Detection [nms_kept_capacity]
  kBufferOrder,                // int32 [nms_order_capacity]
  kBufferCount,
};

// Where each buffer lies.
struct BufferPlan {
  uint64_t offset[kBufferCount];  // bytes from the arena's start
  uint64_t arena_bytes;
};

// Computes the placement. `nms` is the attributes in force. Cost: O(n^2) in the number of buffers.
void plan_buffers(const WeightsView &view, const NmsRecord &nms, BufferPlan *plan);

}  // namespace skiff
