// SPDX-License-Identifier: MIT
//
// One layer made ready to run: the kernel that was chosen for it and the arguments it is called with.
#pragma once
#include "engine/tensor.h"
#include "engine/weights_read.h"
#include "kernels/kernels.h"

namespace skiff {

struct Step {
  const char *name;
  LayerOp op;
  union {
    Conv3x3Fn conv3x3;
    DepthwiseFn depthwise;
    PointwiseFn pointwise;
  } kernel;
  union {
    Conv3x3Args conv3x3;
    DepthwiseArgs depthwise;
    PointwiseArgs pointwise;
  } args;
  Tensor out;
  int32_t units;  // output rows, or pixels of a pointwise layer: what tiles divide
  int32_t tiles;
  int32_t map;          // heads: feature map number; others -1
  int32_t prior_begin;  // heads: first prior of the map
};

// Binds layer `index` of the weights to its input and output memory.
void bind_layer(const WeightsView &view, const KernelTable &kernels, uint32_t index, const float *in, float *out, Step *step);

// Computes tile `tile` of [0, step.tiles). Tiles are independent.
void run_tile(const Step &step, int32_t tile);

// Copies a head's output into loc f32 [priors][4] and conf f32 [priors][classes], which begin with prior 0 of map 0.
// Source: multi_box_head: channel c of a loc head is prior c / 4, coordinate c % 4; of a conf head prior c / classes.
void scatter_head(const Step &step, uint32_t loc_c, float *loc, float *conf);

}  // namespace skiff
