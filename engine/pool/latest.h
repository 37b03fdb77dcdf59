/* SPDX-License-Identifier: MIT
 *
 * Detection on the newest frame of a camera, on hosted Linux. Part of libskiff_pool; C99, needs skiff.h.
 *
 * Use:
 *
 *     static void show(void *ctx, const skiff_latest_result *result) { ... }     (on a thread of its own)
 *
 *     skiff_latest_options options;
 *     skiff_latest_options_default(&options);
 *     options.engine = engine;
 *     options.on_result = show;
 *     skiff_latest_open(&options, &latest);
 *     skiff_latest_submit(latest, &frame, timestamp, NULL);      (for every frame that the camera delivers)
 *     ...
 *     skiff_latest_close(latest, SKIFF_LATEST_ABANDON, NULL);    (before the engine goes)
 *
 * What it does. One thread detects. A frame that comes while it is at work waits, in the one place that there is for it; a newer
 * one takes that place, and the older is dropped. So what is looked at next is always the newest frame, and a slow detector makes
 * results rare but never old.
 *
 * Frames are copied. When skiff_latest_submit returns, the pixels are the caller's again; it never waits for a detection, only
 * for a copy.
 *
 * Memory. skiff_latest_open allocates, afterwards nothing does. Pages of its two buffers that no frame has reached take no
 * memory.
 *
 * Threads. skiff_latest_submit and skiff_latest_get_counts may be called from any thread, also from within a callback. The engine
 * is the helper's until skiff_latest_close has returned: nobody else may use it.
 */
#ifndef SKIFF_LATEST_H
#define SKIFF_LATEST_H

#include "skiff.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Enumerations are ints on both sides, as in skiff.h. */

/* What a call came to. The numbers are frozen: a new code gets a new number. */
typedef enum skiff_latest_status SKIFF_INT_ENUM {
  SKIFF_LATEST_OK = 0,
  SKIFF_LATEST_ERR_ARGUMENT =
      1, /* a null pointer, a value outside its stated range, a frame that skiff_detect_frame would refuse */
  SKIFF_LATEST_ERR_STRUCT_SIZE = 2, /* struct_size is not that of this header: call skiff_latest_options_default first */
  SKIFF_LATEST_ERR_MEMORY = 3,      /* out of memory */
  SKIFF_LATEST_ERR_THREAD = 4,      /* the system does not give another thread */
  SKIFF_LATEST_ERR_FRAME_BYTES = 5, /* the frame is larger than skiff_latest_options.max_frame_bytes */
  SKIFF_LATEST_ERR_CALLBACK = 6     /* skiff_latest_close was called from within a callback, which would wait for itself */
} skiff_latest_status;

/* What skiff_latest_close does with frames that have no result yet. */
typedef enum skiff_latest_end SKIFF_INT_ENUM {
  SKIFF_LATEST_ABANDON = 0, /* a detection in progress runs out and its result is not told; a waiting frame is dropped */
  SKIFF_LATEST_FINISH = 1   /* both are detected and told */
} skiff_latest_end;

/* What became of one frame. Pointers are good until the callback returns. */
typedef struct skiff_latest_result {
  uint64_t id;              /* that skiff_latest_submit gave the frame; results come in ascending order of it */
  int64_t timestamp;        /* as submitted */
  skiff_status status;      /* what detection came to */
  const skiff_box *boxes;   /* as skiff_detect_frame writes them; none unless status is SKIFF_OK */
  int32_t box_count;        /* of boxes, at most skiff_latest_options.max_boxes */
  int32_t found;            /* detections that there were */
  const skiff_frame *frame; /* the copy: the same picture, other pointers and perhaps other strides */
} skiff_latest_result;

/* How many frames went where: submitted = detected + dropped + pending, at any time. */
typedef struct skiff_latest_counts {
  uint64_t submitted; /* accepted by skiff_latest_submit */
  uint64_t detected;  /* told to on_result, those whose detection failed and the one that is being told included */
  uint64_t failed;    /* of these, told with another status than SKIFF_OK */
  uint64_t dropped;   /* replaced by a newer one, or given up by skiff_latest_close */
  uint64_t pending;   /* waiting or being detected: 0 to 2 */
} skiff_latest_counts;

/* skiff_detect_frame, or something in its place that keeps its contract. */
typedef skiff_status (*skiff_latest_detect)(void *ctx, skiff_engine *engine, const skiff_frame *frame, skiff_box *boxes,
                                            int32_t capacity, int32_t *count);

/* How a helper works. Fill it with skiff_latest_options_default, then set engine and on_result. */
typedef struct skiff_latest_options {
  uint32_t struct_size;   /* sizeof(skiff_latest_options), set by skiff_latest_options_default */
  int32_t max_boxes;      /* most boxes a result has, 1 to 1000000; default 256 */
  size_t max_frame_bytes; /* room for the copy of a frame, 1 to 2^30: width * height * 3 / 2 in YUV, times the bytes of a pixel in
                             other formats, and 192 more; default enough for 1920x1080 in RGBA */
  skiff_engine *engine;   /* borrowed until skiff_latest_close; may be NULL if detect is not */
  void (*on_result)(void *ctx, const skiff_latest_result *result); /* called for each detected frame, on the helper's thread */
  void (*on_start)(void *ctx);                                     /* NULL (default), or called first on the helper's thread */
  void (*on_end)(void *ctx);  /* NULL (default), or called last on the helper's thread. Both for runtimes that want to know their
                                 threads (JNI) and for a thread's priority and CPUs (skiff_pool_bind_caller) */
  skiff_latest_detect detect; /* NULL = skiff_detect_frame on engine (default) */
  void *ctx;                  /* given to all callbacks; default NULL */
} skiff_latest_options;

/* A helper and its thread. */
typedef struct skiff_latest skiff_latest;

/* Fills `options` with the defaults named at each field. Null is ignored. */
SKIFF_API void skiff_latest_options_default(skiff_latest_options *options);

/* Makes a helper and starts its thread, on which all signals are blocked. `options` is not needed afterwards. Errors: ARGUMENT,
 * STRUCT_SIZE, MEMORY, THREAD; then nothing is left behind. */
SKIFF_API skiff_latest_status skiff_latest_open(const skiff_latest_options *options, skiff_latest **latest);

/* Hands over a frame: it is copied, waits for the detection in progress and takes the place of a frame that waits already.
 * `timestamp` is the caller's, in any unit, and comes back with the result. `*id` (may be NULL) becomes its number: 1, 2, ... in
 * the order of acceptance. Errors: ARGUMENT, FRAME_BYTES; then the frame counts as never given. Cost: one copy; two threads that
 * submit at once wait for each other's. */
SKIFF_API skiff_latest_status skiff_latest_submit(skiff_latest *latest, const skiff_frame *frame, int64_t timestamp,
                                                  uint64_t *id);

/* Fills `counts`, all of one moment. Errors: ARGUMENT. */
SKIFF_API skiff_latest_status skiff_latest_get_counts(skiff_latest *latest, skiff_latest_counts *counts);

/* Ends the thread and frees the helper; when it returns, no callback runs or will run, and the engine is the caller's. Null is
 * ignored. Waits for a detection in progress, and with SKIFF_LATEST_FINISH for one more. `counts` (may be NULL) becomes the last
 * counts, with nothing pending. No other call with `latest` may be in progress but one that a callback makes. Errors: ARGUMENT
 * for another `end`, CALLBACK; then the helper goes on. */
SKIFF_API skiff_latest_status skiff_latest_close(skiff_latest *latest, skiff_latest_end end, skiff_latest_counts *counts);

/* What a status means and what to do about it, one English sentence part. */
SKIFF_API const char *skiff_latest_status_message(skiff_latest_status status);

#ifdef __cplusplus
}
#endif
#endif
