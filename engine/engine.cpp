// SPDX-License-Identifier: MIT
//
// Runs a plan. Steps run one after another; inside a step, lanes take units until none is left, so that a lane that is held up
// does not hold up the others.
#include "engine/engine.h"

namespace skiff {
namespace {

// Shows the tap an activation with its channels side by side.
void tap_blocked(const skiff_engine &engine, const char *name, const Tensor &t) {
  if (engine.config.tap == nullptr) return;
  float *out = engine.plan.tapped;
  for (int32_t p = 0; p < t.pixels(); ++p)
    for (int32_t c = 0; c < t.c; ++c)
      *out++ = t.data[c / int32_t(kPanelWidth) * t.block_elems() + int64_t(p) * kPanelWidth + c % int32_t(kPanelWidth)];
  show_tap(engine, name, engine.plan.tapped, t.h, t.w, t.c);
}

// One step in progress, shared by its lanes.
struct StepRun {
  const Step *step;
  const NetworkIo *io;
  float *scratch;
  int64_t scratch_stride;
  int32_t next_unit;
};

void run_lane(void *arg, int32_t lane) {
  StepRun *run = static_cast<StepRun *>(arg);
  for (;;) {
    const int32_t unit = __atomic_fetch_add(&run->next_unit, 1, __ATOMIC_RELAXED);
    if (unit >= run->step->units) return;
    run_unit(*run->step, *run->io, unit, run->scratch + lane * run->scratch_stride);
  }
}

void run_step(const skiff_engine &engine, uint32_t index, const NetworkIo &io) {
  const Plan &plan = engine.plan;
  StepRun run = {&plan.steps[index], &io, plan.scratch[index], plan.scratch_stride[index], 0};
  const int32_t lanes = run.step->lanes;
  if (lanes > 1)
    engine.config.parallel_for(engine.config.parallel_ctx, lanes, run_lane, &run);
  else
    run_lane(&run, 0);
}

}  // namespace

void run_network(const skiff_engine &engine, const float *tensor, float *loc, float *conf) {
  const ModelRecord &m = *engine.view.model;
  const NetworkIo io = {tensor, loc, conf};
  show_tap(engine, "input", tensor, int32_t(m.input_h), int32_t(m.input_w), 3);
  for (uint32_t i = 0; i < kStepCount; ++i) {
    run_step(engine, i, io);
    tell_done(engine, engine.plan.steps[i].name);
    tap_blocked(engine, engine.plan.steps[i].name, engine.plan.steps[i].out);
  }
  show_tap(engine, "loc", loc, int32_t(m.prior_count), 1, 4);
  show_tap(engine, "conf", conf, int32_t(m.prior_count), 1, int32_t(m.class_count));
}

}  // namespace skiff
