// SPDX-License-Identifier: MIT
//
// What lies behind skiff_engine, and its three stages.
#pragma once
#include "engine/plan.h"
#include "engine/preprocess.h"

struct skiff_engine {
  skiff_config config;
  skiff::WeightsView view;
  skiff::NmsRecord nms;  // the model's attributes with the config's overrides
  skiff::KernelTable kernels;
  skiff::Preprocess preprocess;
  skiff::Plan plan;
  uint64_t memory_bytes;
};

namespace skiff {

// Runs every layer: tensor f32 [h][w][3] to loc f32 [priors][4] and conf f32 [priors][classes]. No pointer is null, none overlap.
void run_network(const skiff_engine &engine, const float *tensor, float *loc, float *conf);

// Softmax, decode, NMS. Returns the number of detections; they are in plan.nms.kept, their corners in plan.boxes.
int32_t run_postprocess(const skiff_engine &engine, const float *loc, const float *conf);

}  // namespace skiff
