// SPDX-License-Identifier: MIT
//
// Logits and offsets to detections. Nearly all of the priors show background, and that can be seen without an exponential: those
// are left out before anything is computed, and what remains goes through Paddle's arithmetic unchanged. Rows, their order and
// their bits are those of the whole computation, since the order of priors is kept and no prior depends on another.
#include <math.h>

#include "engine/decode.h"
#include "engine/engine.h"

namespace skiff {
namespace {

// Boxes of the chosen priors, which ascend.
void decode_rows(const skiff_engine &engine, const float *loc, const int32_t *rows, int32_t count, float *boxes) {
  const Plan &plan = engine.plan;
  uint32_t map = 0;
  for (int32_t i = 0; i < count; ++i) {
    while (rows[i] >= plan.map_begin[map + 1]) ++map;
    const int64_t at = int64_t(rows[i]) * 4;
    decode_center_size(loc + at, plan.priors + at, engine.view.priors[map].variances, true, 1, boxes + int64_t(i) * 4);
  }
}

}  // namespace

// A score is exp(x - m) / sum, m the largest logit and so sum at least exp(0) = 1: with a sum and a quotient that are rounded
// too, no score is above exp(x - m). Bisection finds the logarithm of the threshold without asking libm for more than exp; the
// margin covers exp's last bit many times over.
float logit_cut(float score_threshold) {
  constexpr float kSoftmaxFloor = -64.0f, kMargin = 1.0f / 1024.0f;
  if (!(score_threshold > expf(kSoftmaxFloor + 1.0f))) return -INFINITY;
  float below = kSoftmaxFloor, above = 0.0f;  // exp(below) <= threshold
  for (int32_t i = 0; i < 32; ++i) {
    const float middle = (below + above) / 2;
    (expf(middle) <= score_threshold ? below : above) = middle;
  }
  return below - kMargin;
}

int32_t run_postprocess(const skiff_engine &engine, const float *loc, const float *conf) {
  const ModelRecord &m = *engine.view.model;
  const Plan &plan = engine.plan;
  const int32_t priors = int32_t(m.prior_count), classes = int32_t(m.class_count);
  int32_t count = 0;
  const ScreenArgs screen = {conf, priors, classes, engine.nms.background_label, engine.cut, plan.rows, &count};
  engine.kernels.screen(&screen);
  const SoftmaxArgs softmax = {conf, plan.rows, plan.scores, count, classes};
  engine.kernels.softmax(&softmax);
  decode_rows(engine, loc, plan.rows, count, plan.boxes);
  tell_done(engine, "decode");
  show_tap(engine, "scores", plan.scores, classes, 1, priors);
  show_tap(engine, "boxes", plan.boxes, priors, 1, 4);
  const int32_t kept = multiclass_nms(engine.nms, plan.boxes, plan.scores, uint32_t(count), uint32_t(classes), plan.nms);
  tell_done(engine, "nms");
  return kept;
}

}  // namespace skiff
