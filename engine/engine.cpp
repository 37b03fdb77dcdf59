// SPDX-License-Identifier: MIT
//
// Runs a plan. Layers run one after another; inside a layer, tiles go to the caller's parallel_for where there is one.
#include "engine/engine.h"

#include "engine/decode.h"

namespace skiff {
namespace {

void tap(const skiff_engine &engine, const char *name, const Tensor &t) {
  if (engine.config.tap != nullptr) engine.config.tap(engine.config.tap_ctx, name, t.data, t.h, t.w, t.c, t.c_stride);
}

void tile_task(void *arg, int32_t tile) { run_tile(*static_cast<const Step *>(arg), tile); }

void run_step(const skiff_engine &engine, Step *step) {
  if (engine.config.parallel_for != nullptr) {
    engine.config.parallel_for(engine.config.parallel_ctx, step->tiles, tile_task, step);
  } else {
    for (int32_t tile = 0; tile < step->tiles; ++tile) run_tile(*step, tile);
  }
}

// A f32 [rows][1][columns] matrix for the tap.
Tensor matrix(const float *data, int32_t rows, int32_t columns) { return {const_cast<float *>(data), rows, 1, columns, columns}; }

}  // namespace

void run_network(const skiff_engine &engine, const float *tensor, float *loc, float *conf) {
  const ModelRecord &m = *engine.view.model;
  tap(engine, "input", {const_cast<float *>(tensor), int32_t(m.input_h), int32_t(m.input_w), 3, 3});
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    Step step = engine.plan.steps[i];
    if (kGraph[i].input == kImage) step.args.conv3x3.in = tensor;
    run_step(engine, &step);
    if (step.map >= 0) scatter_head(step, engine.view.layers[i].loc_c, loc, conf);
    tap(engine, step.name, step.out);
  }
  tap(engine, "loc", matrix(loc, int32_t(m.prior_count), 4));
  tap(engine, "conf", matrix(conf, int32_t(m.prior_count), int32_t(m.class_count)));
}

int32_t run_postprocess(const skiff_engine &engine, const float *loc, const float *conf) {
  const ModelRecord &m = *engine.view.model;
  const Plan &plan = engine.plan;
  const int32_t priors = int32_t(m.prior_count), classes = int32_t(m.class_count);
  const SoftmaxArgs softmax = {conf, plan.scores, priors, classes};
  engine.kernels.softmax(&softmax);
  for (uint32_t map = 0; map < kMapCount; ++map) {
    const int32_t begin = plan.map_begin[map];
    decode_center_size(loc + int64_t(begin) * 4, plan.priors + int64_t(begin) * 4, engine.view.priors[map].variances, true,
                       uint32_t(plan.map_begin[map + 1] - begin), plan.boxes + int64_t(begin) * 4);
  }
  tap(engine, "scores", {plan.scores, classes, 1, priors, priors});
  tap(engine, "boxes", matrix(plan.boxes, priors, 4));
  return multiclass_nms(engine.nms, plan.boxes, plan.scores, m.prior_count, m.class_count, plan.nms);
}

}  // namespace skiff
