// SPDX-License-Identifier: MIT
//
// The first five layers as one step, depth-first: their activations are the largest of the network and are never whole in memory.
#pragma once
#include "engine/step.h"

namespace skiff {

// Floats of scratch for one lane.
uint64_t stem_scratch_elems(const WeightsView &view);

// Computes rows [begin, end) of the stem's output. Bands are independent: each computes the few rows above it that it needs.
void run_stem_band(const Step &step, const NetworkIo &io, int32_t begin, int32_t end, float *scratch);

}  // namespace skiff
