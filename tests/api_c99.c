/* SPDX-License-Identifier: MIT
 *
 * The public interface from C99: it compiles without a warning, and nothing that a caller can do wrong goes unnoticed.
 * usage: api_c99 TINY.skiff
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/skiff.h"

static int failures = 0;

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      fprintf(stderr, "api_c99.c:%d: failed: %s\n", __LINE__, #condition); \
      ++failures;                                                          \
    }                                                                      \
  } while (0)

#define CHECK_STATUS(call, expected)                                                                                        \
  do {                                                                                                                      \
    const skiff_status status_ = (call);                                                                                    \
    if (status_ != (expected)) {                                                                                            \
      fprintf(stderr, "api_c99.c:%d: %s: expected %s, found %s\n", __LINE__, #call, #expected, skiff_status_name(status_)); \
      ++failures;                                                                                                           \
    }                                                                                                                       \
  } while (0)

typedef struct block {
  void *allocated;
  unsigned char *data; /* aligned to SKIFF_MEMORY_ALIGNMENT */
  size_t bytes;
} block;

static block take_block(size_t bytes) {
  block b;
  b.allocated = malloc(bytes + SKIFF_MEMORY_ALIGNMENT);
  if (b.allocated == NULL) exit(2);
  b.data = (unsigned char *)b.allocated;
  b.data += (SKIFF_MEMORY_ALIGNMENT - (uintptr_t)b.data % SKIFF_MEMORY_ALIGNMENT) % SKIFF_MEMORY_ALIGNMENT;
  b.bytes = bytes;
  return b;
}

static block read_block(const char *path) {
  block b;
  long bytes;
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (bytes = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) exit(2);
  b = take_block((size_t)bytes);
  if (fread(b.data, 1, b.bytes, file) != b.bytes) exit(2);
  fclose(file);
  return b;
}

static skiff_config default_config(void) {
  skiff_config config;
  memset(&config, 0x5A, sizeof config);
  skiff_config_default(&config);
  return config;
}

static void check_defaults(void) {
  const skiff_config config = default_config();
  skiff_config_default(NULL);
  CHECK(config.struct_size == sizeof config);
  CHECK(config.cpu_mask == SKIFF_CPU_ALL);
  CHECK(config.score_threshold < 0.0f && config.nms_threshold < 0.0f);
  CHECK(config.nms_top_k == SKIFF_FROM_MODEL && config.keep_top_k == SKIFF_FROM_MODEL);
  CHECK(config.max_width_px == 4096 && config.max_height_px == 4096);
  CHECK(config.parallel_for == NULL && config.parallel_ctx == NULL && config.tap == NULL && config.tap_ctx == NULL);
  CHECK(config.weights_error == NULL);
}

static void check_names(void) {
  int code;
  CHECK(strcmp(skiff_status_name(SKIFF_OK), "SKIFF_OK") == 0);
  CHECK(strcmp(skiff_status_name(SKIFF_ERR_MEMORY_TOO_SMALL), "SKIFF_ERR_MEMORY_TOO_SMALL") == 0);
  CHECK(strcmp(skiff_status_name(SKIFF_ERR_SELFTEST), "SKIFF_ERR_SELFTEST") == 0);
  CHECK(strcmp(skiff_status_name((skiff_status)13), "SKIFF_ERR_UNKNOWN") == 0);
  CHECK(strcmp(skiff_status_name((skiff_status)-1), "SKIFF_ERR_UNKNOWN") == 0);
  for (code = 0; code <= SKIFF_ERR_SELFTEST; ++code) {
    CHECK(strncmp(skiff_status_name((skiff_status)code), "SKIFF_", 6) == 0);
    CHECK(strlen(skiff_status_message((skiff_status)code)) > 5);
  }
  CHECK(strlen(skiff_status_message((skiff_status)999)) > 5);
}

/* Every way to give a wrong configuration, to both calls that take one. */
static void check_config_errors(const block *weights, const block *memory) {
  const skiff_config good = default_config();
  skiff_config c;
  size_t bytes = 77;
  skiff_engine *engine = NULL;
#define REFUSED(field, value, expected)                                                     \
  c = good;                                                                                 \
  c.field = (value);                                                                        \
  CHECK_STATUS(skiff_memory_required(weights->data, weights->bytes, &c, &bytes), expected); \
  CHECK_STATUS(skiff_init(weights->data, weights->bytes, &c, memory->data, memory->bytes, &engine), expected)
  REFUSED(struct_size, 0, SKIFF_ERR_STRUCT_SIZE);
  REFUSED(struct_size, (uint32_t)sizeof c + 8, SKIFF_ERR_STRUCT_SIZE);
  REFUSED(max_width_px, 0, SKIFF_ERR_ARGUMENT);
  REFUSED(max_width_px, -5, SKIFF_ERR_ARGUMENT);
  REFUSED(max_width_px, 65536, SKIFF_ERR_ARGUMENT);
  REFUSED(max_height_px, 0, SKIFF_ERR_ARGUMENT);
  REFUSED(max_height_px, 2147483647, SKIFF_ERR_ARGUMENT);
  REFUSED(nms_top_k, -2, SKIFF_ERR_ARGUMENT);
  REFUSED(keep_top_k, -2, SKIFF_ERR_ARGUMENT);
  REFUSED(score_threshold, good.score_threshold * 0.0f / 0.0f, SKIFF_ERR_ARGUMENT);
  REFUSED(nms_threshold, good.nms_threshold * 0.0f / 0.0f, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.resize, (skiff_resize)-1, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.resize, (skiff_resize)4, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.order, (skiff_channel_order)-1, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.order, (skiff_channel_order)3, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.pixel_divisor, -1.0f, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.pixel_divisor, good.nms_threshold * 0.0f / 0.0f, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.mean[2], good.nms_threshold * 0.0f / 0.0f, SKIFF_ERR_ARGUMENT);
  REFUSED(recipe.scale[0], 1.0f / (good.recipe.scale[0] * 0.0f), SKIFF_ERR_ARGUMENT);
#undef REFUSED
  CHECK(bytes == 77 && engine == NULL); /* untouched on error */
}

static void check_init_errors(const block *weights, const block *memory) {
  skiff_config config = default_config();
  skiff_weights_error error = {0, NULL};
  size_t bytes = 77;
  skiff_engine *engine = NULL;
  const void *w = weights->data;
  void *m = memory->data;
  config.weights_error = &error;
  CHECK_STATUS(skiff_memory_required(NULL, weights->bytes, &config, &bytes), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_memory_required(w, weights->bytes, NULL, &bytes), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_memory_required(w, weights->bytes, &config, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_memory_required(weights->data + 8, weights->bytes - 8, &config, &bytes), SKIFF_ERR_MEMORY_ALIGNMENT);
  CHECK_STATUS(skiff_init(NULL, weights->bytes, &config, m, memory->bytes, &engine), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_init(w, weights->bytes, NULL, m, memory->bytes, &engine), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_init(w, weights->bytes, &config, NULL, memory->bytes, &engine), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_init(w, weights->bytes, &config, m, memory->bytes, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_init(w, weights->bytes, &config, memory->data + 32, memory->bytes, &engine), SKIFF_ERR_MEMORY_ALIGNMENT);
  CHECK_STATUS(skiff_init(weights->data + 1, weights->bytes - 1, &config, m, memory->bytes, &engine), SKIFF_ERR_MEMORY_ALIGNMENT);
  CHECK_STATUS(skiff_init(w, weights->bytes, &config, m, memory->bytes - 1, &engine), SKIFF_ERR_MEMORY_TOO_SMALL);
  CHECK_STATUS(skiff_init(w, weights->bytes, &config, m, 0, &engine), SKIFF_ERR_MEMORY_TOO_SMALL);
  CHECK(error.reason == NULL); /* no weights error so far */
  CHECK_STATUS(skiff_init(w, weights->bytes - 1, &config, m, memory->bytes, &engine), SKIFF_ERR_WEIGHTS_TRUNCATED);
  CHECK(error.reason != NULL && error.offset > 0);
  CHECK_STATUS(skiff_memory_required(w, 0, &config, &bytes), SKIFF_ERR_WEIGHTS_MAGIC);
  CHECK_STATUS(skiff_memory_required(m, 64, &config, &bytes), SKIFF_ERR_WEIGHTS_MAGIC);
  CHECK(bytes == 77 && engine == NULL);
}

static void check_image_errors(skiff_engine *engine) {
  static const unsigned char pixels[3 * 4 * 3];
  const skiff_image good = {pixels, 4, 3, 12, SKIFF_PIXEL_RGB};
  static float tensor[32 * 32 * 3];
  skiff_image image;
  skiff_box boxes[4];
  int32_t count = 77;
#define REFUSED(field, value, expected)                                   \
  image = good;                                                           \
  image.field = (value);                                                  \
  CHECK_STATUS(skiff_detect(engine, &image, boxes, 4, &count), expected); \
  CHECK_STATUS(skiff_preprocess(engine, &image, tensor), expected)
  REFUSED(pixels, NULL, SKIFF_ERR_ARGUMENT);
  REFUSED(width_px, 0, SKIFF_ERR_ARGUMENT);
  REFUSED(width_px, -1, SKIFF_ERR_ARGUMENT);
  REFUSED(height_px, 0, SKIFF_ERR_ARGUMENT);
  REFUSED(height_px, -2147483647 - 1, SKIFF_ERR_ARGUMENT);
  REFUSED(stride_bytes, 11, SKIFF_ERR_ARGUMENT);
  REFUSED(stride_bytes, -12, SKIFF_ERR_ARGUMENT);
  REFUSED(format, SKIFF_PIXEL_YUV420, SKIFF_ERR_ARGUMENT); /* a frame's, not an image's */
  REFUSED(format, (skiff_pixel_format)6, SKIFF_ERR_ARGUMENT);
  REFUSED(format, SKIFF_PIXEL_RGBA, SKIFF_ERR_ARGUMENT); /* four bytes a pixel need a wider stride */
  REFUSED(width_px, 4097, SKIFF_ERR_IMAGE_TOO_LARGE);
  REFUSED(height_px, 2147483647, SKIFF_ERR_IMAGE_TOO_LARGE);
#undef REFUSED
  CHECK_STATUS(skiff_detect(engine, NULL, boxes, 4, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_detect(NULL, &good, boxes, 4, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_detect(engine, &good, NULL, 4, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_detect(engine, &good, boxes, -1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_detect(engine, &good, boxes, 4, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_preprocess(NULL, &good, tensor), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_preprocess(engine, &good, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_preprocess(engine, NULL, tensor), SKIFF_ERR_ARGUMENT);
  CHECK(count == 77);
  CHECK_STATUS(skiff_detect(engine, &good, boxes, 4, &count), SKIFF_OK); /* still usable */
  CHECK(count >= 0 && count != 77);
  CHECK_STATUS(skiff_detect(engine, &good, NULL, 0, &count), SKIFF_OK);
}

/* Frames need no struct to be filled by hand; test_frame.cpp has all that can be wrong with one. */
static void check_frames(skiff_engine *engine) {
  static const unsigned char bytes[5 * 3 + 2 * 3 * 2];
  skiff_frame frame = skiff_frame_nv21(bytes, 5, 3);
  skiff_box boxes[4];
  int32_t count = 77;
  frame.rotation_degrees = 90;
  CHECK_STATUS(skiff_detect_frame(engine, &frame, boxes, 4, &count), SKIFF_OK);
  CHECK(count >= 0 && count != 77);
  frame = skiff_frame_packed(SKIFF_PIXEL_RGB, bytes, 5, 1, 15);
  CHECK_STATUS(skiff_detect_frame(engine, &frame, boxes, 4, &count), SKIFF_OK);
  frame = skiff_frame_yuv420(bytes, bytes + 15, bytes + 21, 5, 3, 5, 3, 1);
  CHECK_STATUS(skiff_detect_frame(engine, &frame, boxes, 4, &count), SKIFF_OK);
  memset(&frame, 0, sizeof frame);
  CHECK_STATUS(skiff_detect_frame(engine, &frame, boxes, 4, &count), SKIFF_ERR_ARGUMENT);
}

static void check_stage_errors(skiff_engine *engine) {
  skiff_info info;
  skiff_box box;
  int32_t count = 77;
  float x[1] = {0.0f};
  CHECK_STATUS(skiff_network(NULL, x, x, x), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_network(engine, NULL, x, x), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_network(engine, x, NULL, x), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_network(engine, x, x, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(NULL, x, x, &box, 1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(engine, NULL, x, &box, 1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(engine, x, NULL, &box, 1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(engine, x, x, NULL, 1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(engine, x, x, &box, -1, &count), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_postprocess(engine, x, x, &box, 1, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_selftest(NULL, NULL), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_get_info(NULL, &info), SKIFF_ERR_ARGUMENT);
  CHECK_STATUS(skiff_get_info(engine, NULL), SKIFF_ERR_ARGUMENT);
  CHECK(count == 77);
  CHECK(skiff_label(NULL, 0) == NULL);
  CHECK(skiff_label(engine, -1) == NULL && skiff_label(engine, 5) == NULL && skiff_label(engine, 4) != NULL);
  CHECK_STATUS(skiff_selftest(engine, NULL), SKIFF_OK);
  CHECK_STATUS(skiff_get_info(engine, &info), SKIFF_OK);
  CHECK(info.input_width_px == 32 && info.input_height_px == 32 && info.class_count == 5);
}

static void check_pixel_boxes(void) {
  const skiff_box box = {1, 0.5f, -0.25f, 0.5f, 0.75f, 1.5f};
  const skiff_pixel_box pixels = skiff_box_to_pixels(&box, 200, 100), none = skiff_box_to_pixels(NULL, 200, 100);
  CHECK(pixels.x_min == 0.0f && pixels.y_min == 50.0f && pixels.x_max == 150.0f && pixels.y_max == 100.0f);
  CHECK(none.x_min == 0.0f && none.x_max == 0.0f);
}

int main(int argc, char **argv) {
  const skiff_config config = default_config();
  skiff_engine *engine = NULL;
  size_t bytes = 0;
  block weights, memory;
  if (argc != 2) return 2;
  weights = read_block(argv[1]);
  CHECK_STATUS(skiff_memory_required(weights.data, weights.bytes, &config, &bytes), SKIFF_OK);
  memory = take_block(bytes);
  memset(memory.data, 0, bytes);
  check_defaults();
  check_names();
  check_config_errors(&weights, &memory);
  check_init_errors(&weights, &memory);
  CHECK_STATUS(skiff_init(weights.data, weights.bytes, &config, memory.data, memory.bytes, &engine), SKIFF_OK);
  if (engine != NULL) {
    check_image_errors(engine);
    check_frames(engine);
    check_stage_errors(engine);
  }
  check_pixel_boxes();
  free(memory.allocated);
  free(weights.allocated);
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
