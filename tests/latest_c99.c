/* SPDX-License-Identifier: MIT
 *
 * The header of the newest frame's helper is C99 and nothing more, and a C program links it without a C++ runtime.
 * usage: latest_c99 TINY.skiff */
#include <stdio.h>
#include <stdlib.h>

#include "engine/pool/latest.h"

static int told = 0;

static void on_result(void *ctx, const skiff_latest_result *result) {
  (void)ctx;
  told += result->status == SKIFF_OK && result->id == 1 && result->timestamp == 40;
}

static long read_all(const char *path, unsigned char *bytes, long capacity) {
  FILE *file = fopen(path, "rb");
  long size = file ? (long)fread(bytes, 1, (size_t)capacity, file) : 0;
  if (file) fclose(file);
  return size;
}

static unsigned char *aligned(unsigned char *block) {
  return block + (SKIFF_MEMORY_ALIGNMENT - (uintptr_t)block % SKIFF_MEMORY_ALIGNMENT) % SKIFF_MEMORY_ALIGNMENT;
}

int main(int argc, char **argv) {
  enum { kMaxBytes = 1 << 24, kSide = 32 };
  unsigned char *weights_block = malloc(kMaxBytes + SKIFF_MEMORY_ALIGNMENT), *memory_block = NULL, *weights = NULL;
  unsigned char *pixels = calloc(kSide * kSide, 3);
  long size = 0;
  size_t bytes = 0;
  skiff_config config;
  skiff_engine *engine = NULL;
  skiff_latest_options options;
  skiff_latest_counts counts;
  skiff_latest *latest = NULL;
  skiff_frame frame;
  if (argc != 2 || !weights_block || !pixels) return 1;
  weights = aligned(weights_block);
  size = read_all(argv[1], weights, kMaxBytes);
  skiff_config_default(&config);
  if (skiff_memory_required(weights, (size_t)size, &config, &bytes) != SKIFF_OK) return 1;
  memory_block = malloc(bytes + SKIFF_MEMORY_ALIGNMENT);
  if (!memory_block) return 1;
  if (skiff_init(weights, (size_t)size, &config, aligned(memory_block), bytes, &engine) != SKIFF_OK) return 1;
  skiff_latest_options_default(&options);
  options.engine = engine;
  options.on_result = on_result;
  if (skiff_latest_open(&options, &latest) != SKIFF_LATEST_OK) return 1;
  frame = skiff_frame_packed(SKIFF_PIXEL_RGB, pixels, kSide, kSide, 3 * kSide);
  if (skiff_latest_submit(latest, &frame, 40, NULL) != SKIFF_LATEST_OK) return 1;
  if (skiff_latest_close(latest, SKIFF_LATEST_FINISH, &counts) != SKIFF_LATEST_OK) return 1;
  free(memory_block);
  free(weights_block);
  free(pixels);
  printf("%d result of %d frame\n", told, (int)counts.submitted);
  return told != 1 || counts.detected != 1;
}
