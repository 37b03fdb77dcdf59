// SPDX-License-Identifier: MIT
//
// The C API: checks what callers give, then hands over. Inside, invariants hold and nothing is checked twice.
#include <string.h>

#include "engine/decode.h"
#include "engine/engine.h"
#include "engine/golden.h"
#include "kernels/cpu.h"

using namespace skiff;

namespace {

constexpr int32_t kMaxLanes = 256;

bool is_aligned(const void *p) { return reinterpret_cast<uintptr_t>(p) % SKIFF_MEMORY_ALIGNMENT == 0; }

static_assert(SKIFF_RESIZE_LANCZOS == int(ResizeRule::kPillowLanczos) &&
                  SKIFF_RESIZE_BILINEAR == int(ResizeRule::kPillowBilinear) &&
                  SKIFF_RESIZE_CV_BILINEAR == int(ResizeRule::kCvBilinear) && SKIFF_ORDER_RGB == int(ChannelOrder::kRgb) &&
                  SKIFF_ORDER_BGR == int(ChannelOrder::kBgr),
              "the numbers of weights files");

bool is_recipe(const skiff_recipe &r) {
  const bool is_choice_valid = r.resize >= SKIFF_RESIZE_FROM_MODEL && r.resize <= SKIFF_RESIZE_CV_BILINEAR &&
                               r.order >= SKIFF_ORDER_FROM_MODEL && r.order <= SKIFF_ORDER_BGR;
  return is_choice_valid && r.pixel_divisor >= 0.0f && is_finite(r.pixel_divisor) && all_finite(r.mean, 3) &&
         all_finite(r.scale, 3);
}

skiff_status check_config(const skiff_config *config) {
  if (config == nullptr) return SKIFF_ERR_ARGUMENT;
  if (config->struct_size != sizeof(skiff_config)) return SKIFF_ERR_STRUCT_SIZE;
  const skiff_config &c = *config;
  const bool is_count_valid =
      (c.nms_top_k == SKIFF_FROM_MODEL || c.nms_top_k >= -1) && (c.keep_top_k == SKIFF_FROM_MODEL || c.keep_top_k >= -1);
  const bool is_size_valid =
      c.max_width_px >= 1 && c.max_width_px <= kMaxImagePx && c.max_height_px >= 1 && c.max_height_px <= kMaxImagePx;
  const bool is_number = c.score_threshold == c.score_threshold && c.nms_threshold == c.nms_threshold;
  const bool is_lanes_valid = c.lanes >= 1 && c.lanes <= kMaxLanes;
  return is_count_valid && is_size_valid && is_number && is_lanes_valid && is_recipe(c.recipe) ? SKIFF_OK : SKIFF_ERR_ARGUMENT;
}

NmsRecord effective_nms(const NmsRecord &model, const skiff_config &config) {
  NmsRecord nms = model;
  if (config.score_threshold >= 0.0f) nms.score_threshold = config.score_threshold;
  if (config.nms_threshold >= 0.0f) nms.nms_threshold = config.nms_threshold;
  if (config.nms_top_k != SKIFF_FROM_MODEL) nms.nms_top_k = config.nms_top_k;
  if (config.keep_top_k != SKIFF_FROM_MODEL) nms.keep_top_k = config.keep_top_k;
  return nms;
}

Recipe effective_recipe(const Recipe &model, const skiff_recipe &config) {
  Recipe recipe = model;
  if (config.resize != SKIFF_RESIZE_FROM_MODEL) recipe.resize_rule = uint32_t(config.resize);
  if (config.order != SKIFF_ORDER_FROM_MODEL) recipe.channel_order = uint32_t(config.order);
  if (config.pixel_divisor == 0.0f) return recipe;
  recipe.pixel_divisor = config.pixel_divisor;
  memcpy(recipe.mean, config.mean, sizeof recipe.mean);
  memcpy(recipe.scale, config.scale, sizeof recipe.scale);
  return recipe;
}

skiff_recipe public_recipe(const Recipe &r) {
  return {skiff_resize(r.resize_rule),
          skiff_channel_order(r.channel_order),
          r.pixel_divisor,
          {r.mean[0], r.mean[1], r.mean[2]},
          {r.scale[0], r.scale[1], r.scale[2]}};
}

// Checks the arguments that sizing and init share and opens the weights.
skiff_status open_model(const void *weights, size_t weights_bytes, const skiff_config *config, WeightsView *view) {
  const skiff_status status = check_config(config);
  if (status != SKIFF_OK) return status;
  if (weights == nullptr) return SKIFF_ERR_ARGUMENT;
  if (!is_aligned(weights)) return SKIFF_ERR_MEMORY_ALIGNMENT;
  return weights_open(weights, weights_bytes, view, config->weights_error);
}

// Lays an engine out in an arena. A counting arena only sizes it; otherwise the engine is returned, complete.
skiff_engine *lay_out(const WeightsView &view, const skiff_config &config, Arena *arena) {
  const NmsRecord nms = effective_nms(view.model->nms, config);
  KernelTable kernels;
  resolve_kernels(config.cpu_mask & cpu_features(), &kernels);
  Preprocess preprocess;
  skiff_engine *engine = arena->take<skiff_engine>(1);
  ModelRecord model = *view.model;
  model.recipe = effective_recipe(model.recipe, config.recipe);
  preprocess_plan(model, config.max_width_px, config.max_height_px, arena, &preprocess);
  const BufferSpec spec = {&nms, config.parallel_for != nullptr ? config.lanes : 1, config.tap != nullptr};
  make_plan(view, spec, kernels, arena, engine == nullptr ? nullptr : &engine->plan);
  if (engine == nullptr) return nullptr;
  engine->config = config;
  engine->config.recipe = public_recipe(model.recipe);
  engine->config.weights_error = nullptr;
  engine->view = view;
  engine->nms = nms;
  engine->cut = logit_cut(config.tap == nullptr ? nms.score_threshold : 0.0f);  // a tap is shown everything
  engine->kernels = kernels;
  engine->preprocess = preprocess;
  engine->memory_bytes = arena->used_bytes();
  return engine;
}

uint64_t engine_bytes(const WeightsView &view, const skiff_config &config) {
  Arena counting;
  lay_out(view, config, &counting);
  return counting.used_bytes();
}

// Whether it has a chance to be one; what else can be wrong with it is found in the frame that it makes.
bool is_image(const skiff_image *image) { return image != nullptr && image->format != SKIFF_PIXEL_YUV420; }

bool is_box_buffer(const skiff_box *boxes, int32_t capacity, const int32_t *count) {
  return count != nullptr && capacity >= 0 && (boxes != nullptr || capacity == 0);
}

// Writes the detections that run_postprocess left, at most `capacity` of them.
void write_boxes(const skiff_engine &engine, int32_t detections, skiff_box *boxes, int32_t capacity, int32_t *count) {
  const Plan &plan = engine.plan;
  const int32_t written = keep_best(plan.nms.kept, detections, capacity, plan.nms.order);
  for (int32_t i = 0; i < written; ++i) {
    const Detection &d = plan.nms.kept[i];
    const float *corners = plan.boxes + int64_t(d.box) * 4;
    boxes[i] = {d.class_id, d.score, corners[0], corners[1], corners[2], corners[3]};
  }
  *count = detections;
}

}  // namespace

void skiff_config_default(skiff_config *config) {
  if (config == nullptr) return;
  memset(config, 0, sizeof *config);
  config->struct_size = sizeof *config;
  config->cpu_mask = SKIFF_CPU_ALL;
  config->score_threshold = SKIFF_FROM_MODEL_F;
  config->nms_threshold = SKIFF_FROM_MODEL_F;
  config->nms_top_k = SKIFF_FROM_MODEL;
  config->keep_top_k = SKIFF_FROM_MODEL;
  config->max_width_px = 4096;
  config->max_height_px = 4096;
  config->lanes = 1;
}

skiff_status skiff_memory_required(const void *weights, size_t weights_bytes, const skiff_config *config, size_t *bytes) {
  if (bytes == nullptr) return SKIFF_ERR_ARGUMENT;
  WeightsView view;
  const skiff_status status = open_model(weights, weights_bytes, config, &view);
  if (status != SKIFF_OK) return status;
  const uint64_t required = engine_bytes(view, *config);
  if (required > SIZE_MAX) return SKIFF_ERR_WEIGHTS_INVALID;  // a 32-bit target and a model far too large for it
  *bytes = size_t(required);
  return SKIFF_OK;
}

skiff_status skiff_init(const void *weights, size_t weights_bytes, const skiff_config *config, void *memory, size_t memory_bytes,
                        skiff_engine **engine) {
  if (memory == nullptr || engine == nullptr) return SKIFF_ERR_ARGUMENT;
  if (!is_aligned(memory)) return SKIFF_ERR_MEMORY_ALIGNMENT;
  WeightsView view;
  skiff_status status = open_model(weights, weights_bytes, config, &view);
  if (status != SKIFF_OK) return status;
  if (engine_bytes(view, *config) > memory_bytes) return SKIFF_ERR_MEMORY_TOO_SMALL;
  status = weights_verify(view, config->weights_error);
  if (status != SKIFF_OK) return status;
  Arena arena(memory);
  *engine = lay_out(view, *config, &arena);
  return SKIFF_OK;
}

skiff_status skiff_preprocess(skiff_engine *engine, const skiff_image *image, float *tensor) {
  if (!is_image(image)) return SKIFF_ERR_ARGUMENT;
  const skiff_frame frame = frame_of(*image);
  return skiff_preprocess_frame(engine, &frame, tensor);
}

skiff_status skiff_preprocess_frame(skiff_engine *engine, const skiff_frame *frame, float *tensor) {
  if (engine == nullptr || tensor == nullptr) return SKIFF_ERR_ARGUMENT;
  const skiff_status status = check_frame(frame, engine->config.max_width_px, engine->config.max_height_px);
  if (status == SKIFF_OK) preprocess_run(&engine->preprocess, engine->kernels, picture_of(*frame), tensor);
  return status;
}

skiff_status skiff_network(skiff_engine *engine, const float *tensor, float *loc, float *conf) {
  if (engine == nullptr || tensor == nullptr || loc == nullptr || conf == nullptr) return SKIFF_ERR_ARGUMENT;
  run_network(*engine, tensor, loc, conf);
  return SKIFF_OK;
}

skiff_status skiff_postprocess(skiff_engine *engine, const float *loc, const float *conf, skiff_box *boxes, int32_t capacity,
                               int32_t *count) {
  if (engine == nullptr || loc == nullptr || conf == nullptr || !is_box_buffer(boxes, capacity, count)) return SKIFF_ERR_ARGUMENT;
  write_boxes(*engine, run_postprocess(*engine, loc, conf), boxes, capacity, count);
  return SKIFF_OK;
}

skiff_status skiff_detect(skiff_engine *engine, const skiff_image *image, skiff_box *boxes, int32_t capacity, int32_t *count) {
  if (!is_image(image)) return SKIFF_ERR_ARGUMENT;
  const skiff_frame frame = frame_of(*image);
  return skiff_detect_frame(engine, &frame, boxes, capacity, count);
}

skiff_status skiff_detect_frame(skiff_engine *engine, const skiff_frame *frame, skiff_box *boxes, int32_t capacity,
                                int32_t *count) {
  if (engine == nullptr || !is_box_buffer(boxes, capacity, count)) return SKIFF_ERR_ARGUMENT;
  const Plan &plan = engine->plan;
  const skiff_status status = skiff_preprocess_frame(engine, frame, plan.input);
  if (status != SKIFF_OK) return status;
  run_network(*engine, plan.input, plan.loc, plan.conf);
  write_boxes(*engine, run_postprocess(*engine, plan.loc, plan.conf), boxes, capacity, count);
  return skiff_boxes_to_frame(frame, boxes, *count < capacity ? *count : capacity);
}

skiff_status skiff_selftest(skiff_engine *engine, float *max_error) {
  if (engine == nullptr) return SKIFF_ERR_ARGUMENT;
  const WeightsView &view = engine->view;
  const Plan &plan = engine->plan;
  golden_input(view.golden->seed, plan.input, size_t(view.model->input_h) * view.model->input_w * 3);
  run_network(*engine, plan.input, plan.loc, plan.conf);
  const float loc = max_relative_error(plan.loc, view.golden_loc, view.golden->loc_elems);
  const float conf = max_relative_error(plan.conf, view.golden_conf, view.golden->conf_elems);
  const float worst = loc > conf ? loc : conf;
  if (max_error != nullptr) *max_error = worst;
  return worst <= kSelftestLimit ? SKIFF_OK : SKIFF_ERR_SELFTEST;
}

skiff_status skiff_get_info(const skiff_engine *engine, skiff_info *info) {
  if (engine == nullptr || info == nullptr) return SKIFF_ERR_ARGUMENT;
  const ModelRecord &m = *engine->view.model;
  info->input_width_px = int32_t(m.input_w);
  info->input_height_px = int32_t(m.input_h);
  info->class_count = int32_t(m.class_count);
  info->background_id = m.nms.background_label;
  info->prior_count = int32_t(m.prior_count);
  info->score_threshold = engine->nms.score_threshold;
  info->nms_threshold = engine->nms.nms_threshold;
  info->nms_top_k = engine->nms.nms_top_k;
  info->keep_top_k = engine->nms.keep_top_k;
  info->preprocessing = engine->config.recipe;
  info->arena_bytes = engine->plan.arena_bytes;
  info->memory_bytes = engine->memory_bytes;
  info->isa = engine->kernels.isa;
  info->recipe = m.recipe.name;
  info->origin = engine->view.origin;
  return SKIFF_OK;
}

const char *skiff_label(const skiff_engine *engine, int32_t class_id) {
  if (engine == nullptr || class_id < 0 || uint32_t(class_id) >= engine->view.model->class_count) return nullptr;
  return weights_label(engine->view, uint32_t(class_id));
}

skiff_pixel_box skiff_box_to_pixels(const skiff_box *box, int32_t width_px, int32_t height_px) {
  const float w = float(width_px), h = float(height_px);
  if (box == nullptr) return {0.0f, 0.0f, 0.0f, 0.0f};
  return {clip_unit(box->x_min) * w, clip_unit(box->y_min) * h, clip_unit(box->x_max) * w, clip_unit(box->y_max) * h};
}
