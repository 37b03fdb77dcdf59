/* SPDX-License-Identifier: MIT
 *
 * A firmware that detects objects: the model and a photo lie in flash, the engine in RAM, rows leave by the serial line. Then it
 * says what that took. check_firmware.py reads it all. */
#include "engine/skiff.h"
#include "tests/firmware/board.h"
#include "weights.h"

#define MAX_BOXES 200
#define STACK_PAINT 0xA5u

extern const uint8_t photo[]; /* RGB, PHOTO_WIDTH x PHOTO_HEIGHT */
static skiff_box boxes[MAX_BOXES];

static void put_text(const char *text) {
  while (*text != '\0') board_put(*text++);
}

static void put_number(int64_t value) {
  char digits[24], *at = digits + sizeof digits - 1;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  *at = '\0';
  do *--at = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (value < 0) *--at = '-';
  put_text(at);
}

static void put_line(const char *name, uint64_t value) {
  put_text(name);
  board_put(' ');
  put_number((int64_t)value);
  board_put('\n');
}

/* Nine digits behind the point, of numbers that are not large. */
static void put_fraction(float value) {
  const int64_t billionths = (int64_t)((double)value * 1e9 + (value < 0 ? -0.5 : 0.5));
  const uint64_t size = (uint64_t)(billionths < 0 ? -billionths : billionths);
  uint64_t unit;
  put_text(billionths < 0 ? " -" : " ");
  put_number((int64_t)(size / 1000000000u));
  board_put('.');
  for (unit = 100000000u; unit > 0; unit /= 10) board_put((char)('0' + size / unit % 10));
}

static void put_row(const skiff_box *box) {
  put_text("row ");
  put_number(box->class_id);
  put_fraction(box->score);
  put_fraction(box->x_min);
  put_fraction(box->y_min);
  put_fraction(box->x_max);
  put_fraction(box->y_max);
  board_put('\n');
}

/* How deep calls go: what is below the stack pointer is painted before them, and looked for after them. */
static __attribute__((noinline)) void paint_stack(void) {
  volatile uint8_t *at = board_stack_begin, *own;
  BOARD_STACK_POINTER(own);
  while (at < own - 256) *at++ = STACK_PAINT; /* some ABIs let a function use what lies below its stack pointer */
}

static void put_stack(const char *name, const uint8_t *caller) {
  const volatile uint8_t *at = board_stack_begin;
  while (*at == STACK_PAINT) ++at;
  if (at == board_stack_begin) put_text("error: the stack is too small\n");
  put_line(name, (uint64_t)(caller - (const uint8_t *)at));
}

static void require(skiff_status status, const char *call) {
  if (status == SKIFF_OK) return;
  put_text("error: ");
  put_text(call);
  put_text(": ");
  put_text(skiff_status_message(status));
  board_put('\n');
  board_exit(1);
}

void firmware_main(void) {
  const skiff_image image = {photo, PHOTO_WIDTH, PHOTO_HEIGHT, PHOTO_WIDTH * 3, SKIFF_PIXEL_RGB};
  skiff_config config;
  skiff_engine *engine = NULL;
  skiff_info info;
  size_t bytes = 0;
  int32_t count = 0, i;
  uint8_t *own;
  BOARD_STACK_POINTER(own);
  skiff_config_default(&config);
  config.score_threshold = 0.01f;
  config.max_width_px = PHOTO_WIDTH;
  config.max_height_px = PHOTO_HEIGHT;
  require(skiff_memory_required(skiff_weights, skiff_weights_size, &config, &bytes), "skiff_memory_required");
  paint_stack();
  require(skiff_init(skiff_weights, skiff_weights_size, &config, board_free_begin, (size_t)(board_free_end - board_free_begin),
                     &engine),
          "skiff_init");
  put_stack("stack_init", own);
  paint_stack();
  require(skiff_detect(engine, &image, boxes, MAX_BOXES, &count), "skiff_detect");
  put_stack("stack_detect", own);
  for (i = 0; i < count && i < MAX_BOXES; ++i) put_row(&boxes[i]);
  require(skiff_get_info(engine, &info), "skiff_get_info");
  put_text("isa ");
  put_text(info.isa);
  board_put('\n');
  put_line("memory", bytes);
  put_line("activations", info.arena_bytes);
  put_text("done\n");
  board_exit(0);
}
