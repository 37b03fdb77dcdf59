// SPDX-License-Identifier: MIT
//
// What lies behind skiff_engine, and its three stages.
#pragma once
#include "engine/plan.h"
#include "engine/preprocess.h"

struct skiff_engine {
  skiff_config config;  // its recipe is the one in force
  skiff::WeightsView view;
  skiff::NmsRecord nms;  // the model's attributes with the config's overrides
  float cut;             // of the screening before softmax
  skiff::KernelTable kernels;
  skiff::Preprocess preprocess;
  skiff::Plan plan;
  uint64_t memory_bytes;
};

namespace skiff {

inline void show_tap(const skiff_engine &engine, const char *name, const float *data, int32_t h, int32_t w, int32_t c) {
  if (engine.config.tap != nullptr) engine.config.tap(engine.config.tap_ctx, name, data, h, w, c);
}

inline void tell_done(const skiff_engine &engine, const char *name) {
  if (engine.config.step_done != nullptr) engine.config.step_done(engine.config.step_done_ctx, name);
}

// Runs every layer: tensor f32 [h][w][3] to loc f32 [priors][4] and conf f32 [priors][classes]. No pointer is null, none overlap.
void run_network(const skiff_engine &engine, const float *tensor, float *loc, float *conf);

// How far below a row's largest logit one may lie, as a negative number, and still have a score above the threshold: where x - m
// < logit_cut(t), softmax's score of x is at most t, rounding included. -infinity where the threshold is too small to tell.
float logit_cut(float score_threshold);

// Softmax, decode, NMS, of the priors that matter; of all of them where there is a tap. Returns the number of detections; they
// are in plan.nms.kept, their corners in plan.boxes.
int32_t run_postprocess(const skiff_engine &engine, const float *loc, const float *conf);

}  // namespace skiff
