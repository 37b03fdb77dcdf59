/* SPDX-License-Identifier: MIT
 *
 * What a program that uses Skiff looks like, for the tests of everything that it may link with: C99 and C++, installed headers
 * alone; WITH_POOL asks for threads. Prints a picture's rows as `skiff detect --format rows --score 0.01` does.
 *
 * usage: rows WEIGHTS RGB WIDTH HEIGHT [CPU_MASK]
 *
 * RGB is a file of WIDTH * HEIGHT * 3 bytes.
 */
#include <skiff.h>
#ifdef WITH_POOL
#include <skiff_latest.h>
#include <skiff_pool.h>
#endif
#include <stdio.h>
#include <stdlib.h>

enum { kMostBoxes = 400 };

/* Memory as skiff.h wants it; lives until the program ends. */
static void *take(size_t bytes) {
  char *block = (char *)malloc(bytes + SKIFF_MEMORY_ALIGNMENT);
  if (block == NULL) exit(3);
  return block + SKIFF_MEMORY_ALIGNMENT - (uintptr_t)block % SKIFF_MEMORY_ALIGNMENT;
}

static void *read_file(const char *path, size_t *bytes) {
  const size_t most = (size_t)1 << 24;
  void *data = take(most);
  FILE *file = fopen(path, "rb");
  if (file == NULL) exit(3);
  *bytes = fread(data, 1, most, file);
  fclose(file);
  return data;
}

int main(int argc, char **argv) {
  static skiff_box boxes[kMostBoxes];
  skiff_config config;
  skiff_engine *engine = NULL;
  skiff_image image;
  skiff_status status;
  void *weights;
  size_t weights_bytes, picture_bytes, bytes = 0;
  int32_t count = 0, i;
#ifdef WITH_POOL
  skiff_pool *pool = NULL;
#endif
  if (argc < 5) return 2;
  weights = read_file(argv[1], &weights_bytes);
  image.pixels = (const uint8_t *)read_file(argv[2], &picture_bytes);
  image.width_px = atoi(argv[3]);
  image.height_px = atoi(argv[4]);
  image.stride_bytes = image.width_px * 3;
  image.format = SKIFF_PIXEL_RGB;
  if (picture_bytes != (size_t)image.stride_bytes * (size_t)image.height_px) return 2;
  skiff_config_default(&config);
  config.score_threshold = 0.01f;
  if (argc > 5) config.cpu_mask = (uint32_t)strtoul(argv[5], NULL, 0);
#ifdef WITH_POOL
  if (skiff_pool_create(2, NULL, &pool) != SKIFF_POOL_OK) return 1;
  config.parallel_for = skiff_pool_parallel_for;
  config.parallel_ctx = pool;
  config.lanes = skiff_pool_threads(pool);
#endif
  status = skiff_memory_required(weights, weights_bytes, &config, &bytes);
  if (status == SKIFF_OK) status = skiff_init(weights, weights_bytes, &config, take(bytes), bytes, &engine);
  if (status == SKIFF_OK) status = skiff_detect(engine, &image, boxes, kMostBoxes, &count);
  if (status != SKIFF_OK) {
    fprintf(stderr, "%s: %s\n", skiff_status_name(status), skiff_status_message(status));
    return 1;
  }
  for (i = 0; i < count; ++i)
    printf("%d %.9g %.9g %.9g %.9g %.9g\n", (int)boxes[i].class_id, boxes[i].score, boxes[i].x_min, boxes[i].y_min,
           boxes[i].x_max, boxes[i].y_max);
#ifdef WITH_POOL
  skiff_pool_destroy(pool);
#endif
  return 0;
}
