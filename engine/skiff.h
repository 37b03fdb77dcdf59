/* SPDX-License-Identifier: MIT
 *
 * Skiff: PaddlePaddle's MobileNet-SSD object detector as a small library.
 *
 * The whole of the public interface. C99, no other header of the project is needed.
 *
 * Use, in five calls:
 *
 *     skiff_config config;
 *     skiff_config_default(&config);
 *     skiff_memory_required(weights, weights_bytes, &config, &bytes);
 *     memory = ...                        (bytes of it, aligned to SKIFF_MEMORY_ALIGNMENT)
 *     skiff_init(weights, weights_bytes, &config, memory, bytes, &engine);
 *     skiff_detect(engine, &image, boxes, capacity, &count);
 *     ...
 *     give the memory back                (there is nothing else to destroy)
 *
 * Memory. The caller gives all of it. After skiff_init succeeded nothing allocates, nothing can run out and nothing needs
 * freeing. `weights` is borrowed and read in place (mmap or flash): it must stay readable and unchanged as long as an engine uses
 * it.
 *
 * Threads. Two engines are independent, also when they share one weights blob. One engine is used by one thread at a time; which
 * thread that is may change between calls. Functions without an engine argument may be called from any thread at any time.
 *
 * Errors. Every call that can fail returns a skiff_status and nothing else; results come through the last parameters, which are
 * untouched on error. An engine stays usable after a failed call. Nothing that a caller or a file can do aborts the process.
 */
#ifndef SKIFF_H
#define SKIFF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SKIFF_API __attribute__((visibility("default")))
#else
#define SKIFF_API
#endif

/* Enumerations are ints on both sides: a C caller may pass any number, and C++ must be able to read it before it can refuse it.
 */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define SKIFF_INT_ENUM : int
#define SKIFF_INT_ENUM_END(name)
#else
#define SKIFF_INT_ENUM
#define SKIFF_INT_ENUM_END(name) name = 0x7FFFFFFF /* no value: makes the type an int where compilers shorten them (arm-none-eabi) */
#endif

/* Version of this interface: major * 10000 + minor * 100 + patch. */
#define SKIFF_VERSION 100

/* Required alignment, in bytes, of the memory given to skiff_init and of the weights. */
#define SKIFF_MEMORY_ALIGNMENT 64

/* Bits of skiff_config.cpu_mask: instruction sets with kernels of their own. All that the CPU offers, or only the portable
 * kernels. */
#define SKIFF_CPU_ALL 0xFFFFFFFFu
#define SKIFF_CPU_PORTABLE 0u
#define SKIFF_CPU_AVX2 1u   /* with FMA */
#define SKIFF_CPU_AVX512 2u /* AVX-512F; needs SKIFF_CPU_AVX2 too */
#define SKIFF_CPU_NEON 4u   /* arm64 */

/* Values of skiff_config fields that mean "as the weights file says". */
#define SKIFF_FROM_MODEL (-2147483647 - 1) /* integer fields */
#define SKIFF_FROM_MODEL_F (-1.0f)         /* float fields: any negative value */

/* What a call came to. The numbers are frozen: a new code gets a new number. */
typedef enum skiff_status SKIFF_INT_ENUM {
  SKIFF_OK = 0,
  SKIFF_ERR_ARGUMENT = 1,            /* a null pointer, a size or a value outside its stated range */
  SKIFF_ERR_STRUCT_SIZE = 2,         /* struct_size is not that of this header: call skiff_config_default first */
  SKIFF_ERR_MEMORY_TOO_SMALL = 3,    /* fewer bytes than skiff_memory_required asks for */
  SKIFF_ERR_MEMORY_ALIGNMENT = 4,    /* memory or weights not aligned to SKIFF_MEMORY_ALIGNMENT */
  SKIFF_ERR_WEIGHTS_MAGIC = 5,       /* not a Skiff weights file */
  SKIFF_ERR_WEIGHTS_VERSION = 6,     /* written for another version of the format: convert the model again */
  SKIFF_ERR_WEIGHTS_TRUNCATED = 7,   /* shorter or longer than its header says */
  SKIFF_ERR_WEIGHTS_CHECKSUM = 8,    /* damaged: the checksum does not match the bytes */
  SKIFF_ERR_WEIGHTS_INVALID = 9,     /* intact, but what it describes is not a network that this library runs */
  SKIFF_ERR_WEIGHTS_NOT_FINITE = 10, /* a parameter is infinite or not a number */
  SKIFF_ERR_IMAGE_TOO_LARGE = 11,    /* wider or higher than skiff_config.max_width_px, max_height_px */
  SKIFF_ERR_SELFTEST = 12,            /* the network's answer to the golden input differs from the stored one */
  SKIFF_INT_ENUM_END(SKIFF_STATUS_INT)
} skiff_status;

/* Where and why a weights file was refused. `reason` is a static English sentence part; `offset` counts bytes from the file's
 * start. */
typedef struct skiff_weights_error {
  uint64_t offset;
  const char *reason;
} skiff_weights_error;

/* Runs fn(arg, i) for every i in [0, count), in any order, on any threads, and returns when all have returned. `ctx` is
 * skiff_config.parallel_ctx, `count` is skiff_config.lanes. Results do not depend on how the calls are spread. */
typedef void (*skiff_parallel_for)(void *ctx, int32_t count, void (*fn)(void *arg, int32_t index), void *arg);

/* Called with the tensors that the network produces, in execution order, as data[h][w][c]. Names: "input"; of the layers of
 * engine/graph.cpp those that end a step, as the others never exist in memory as a whole; then "loc" [p][1][4], "conf" [p][1][k]
 * (logits), "scores" [k][1][p] and "boxes" [p][1][4] (normalised corners), p priors and k classes. For tests; slows detection
 * down. */
typedef void (*skiff_tap)(void *ctx, const char *name, const float *data, int32_t h, int32_t w, int32_t c);

/* Called on the calling thread whenever a step has ended: of the network with the name that the tap has for its output, of
 * postprocessing with "decode" (softmax and boxes) and "nms". For who asks where the time goes; it costs a call a step. */
typedef void (*skiff_step_done)(void *ctx, const char *name);

/* How a picture is brought to the size of the network's input. Every one gives the bytes that the named library gives. */
typedef enum skiff_resize SKIFF_INT_ENUM {
  SKIFF_RESIZE_FROM_MODEL = 0,
  SKIFF_RESIZE_LANCZOS = 1,    /* Pillow's LANCZOS */
  SKIFF_RESIZE_BILINEAR = 2,   /* Pillow's BILINEAR, which averages where it makes smaller */
  SKIFF_RESIZE_CV_BILINEAR = 3, /* OpenCV's INTER_LINEAR: 2x2 pixels; Android's filtered scaling samples the same points */
  SKIFF_INT_ENUM_END(SKIFF_RESIZE_INT)
} skiff_resize;

/* Order of the channels of the network's input. */
typedef enum skiff_channel_order SKIFF_INT_ENUM {
  SKIFF_ORDER_FROM_MODEL = 0,
  SKIFF_ORDER_RGB = 1,
  SKIFF_ORDER_BGR = 2,
  SKIFF_INT_ENUM_END(SKIFF_CHANNEL_ORDER_INT)
} skiff_channel_order;

/* How a picture becomes the network's input, for networks that were trained otherwise than their weights file says. All zero
 * (default) = as the weights file says. The value of channel c of the input, in its order of channels, is, from byte x,
 *
 *     (x / pixel_divisor - mean[c]) * scale[c]        every step rounded to f32
 *
 * A mean and a standard deviation for values in 0..1 are a pixel_divisor of 255, the mean, and scales of 1 / deviation. */
typedef struct skiff_recipe {
  skiff_resize resize;
  skiff_channel_order order;
  float pixel_divisor; /* above 0; or 0 = divisor, mean and scale as the weights file says, which stand or fall together */
  float mean[3], scale[3];
} skiff_recipe;

/* How an engine works. Fill it with skiff_config_default, then change what you need. */
typedef struct skiff_config {
  uint32_t struct_size;  /* sizeof(skiff_config), set by skiff_config_default */
  uint32_t cpu_mask;     /* instruction sets that may be used (SKIFF_CPU_*); default SKIFF_CPU_ALL. A library that was built
                            for one set (-Dtrim) uses that, whatever stands here */
  float score_threshold; /* detections need a score strictly above it; default SKIFF_FROM_MODEL_F */
  float nms_threshold;   /* a box overlapping a better one of its class by more (IoU) is dropped; default SKIFF_FROM_MODEL_F */
  int32_t nms_top_k;     /* candidates per class, -1 = all; default SKIFF_FROM_MODEL */
  int32_t keep_top_k;    /* detections per image, -1 = all; default SKIFF_FROM_MODEL */
  skiff_recipe recipe;   /* how pictures become the network's input; default: all as the weights file says */
  int32_t max_width_px;  /* the widest image, or region of a frame, that will be given; sizes the resize tables; default 4096 */
  int32_t max_height_px; /* the highest image; default 4096 */
  skiff_parallel_for parallel_for;    /* NULL = everything on the calling thread (default) */
  void *parallel_ctx;                 /* given to parallel_for, e.g. a thread pool; must outlive the engine */
  int32_t lanes;                      /* into how many parts work is cut for parallel_for, e.g. its threads; default 1 */
  skiff_tap tap;                      /* NULL = none (default) */
  void *tap_ctx;                      /* given to tap */
  skiff_step_done step_done;          /* NULL = none (default) */
  void *step_done_ctx;                /* given to step_done */
  skiff_weights_error *weights_error; /* NULL, or filled when a SKIFF_ERR_WEIGHTS_* status is returned */
} skiff_config;

/* An engine. It lies inside the memory given to skiff_init; free that memory and it is gone. */
typedef struct skiff_engine skiff_engine;

/* Order of the bytes of one pixel. */
typedef enum skiff_pixel_format SKIFF_INT_ENUM {
  SKIFF_PIXEL_RGB = 0,
  SKIFF_PIXEL_BGR = 1,
  SKIFF_PIXEL_RGBA = 2, /* alpha is ignored */
  SKIFF_PIXEL_BGRA = 3, /* alpha is ignored */
  SKIFF_PIXEL_GREY = 4,
  SKIFF_PIXEL_YUV420 = 5, /* only in a skiff_frame: planes Y, U, V; NV21, NV12, I420, Android's YUV_420_888 */
  SKIFF_INT_ENUM_END(SKIFF_PIXEL_FORMAT_INT)
} skiff_pixel_format;

/* An image, upright, top row first. Pixels are borrowed for the duration of the call. */
typedef struct skiff_image {
  const uint8_t *pixels;
  int32_t width_px, height_px; /* at least 1 */
  int32_t stride_bytes;        /* from one row to the next, at least width * bytes per pixel */
  skiff_pixel_format format;
} skiff_image;

/* What a camera delivers: pixels in any format, and how to look at them. Make one with a skiff_frame_* function, which looks at
 * the whole frame as it lies; then change what you need. Pixels are borrowed for the duration of the call.
 *
 * The network is shown the region, turned clockwise by rotation_degrees, then mirrored if is_mirrored: exactly as if all of that
 * had been done to a copy first, converted to RGB where it is YUV. No copy is made.
 *
 * Planes. Packed formats have one, and their pixel_strides_bytes are not looked at. SKIFF_PIXEL_YUV420 has three: Y with a value
 * for each pixel, then U and V with one for each 2x2 pixels, (width_px + 1) / 2 by (height_px + 1) / 2 of them. Colours are those
 * of BT.601 with the full range of values (JFIF), which is what Android's cameras deliver, or with the range of video (Y 16..235,
 * U and V 16..240), which is what most files and V4L2 devices hold.
 *
 * Detections are told in the frame as it lies in memory: corners are fractions of the whole frame's width and height, whatever
 * the rotation, mirror and region, so that they can be drawn into the buffer that was given. */
typedef struct skiff_frame {
  skiff_pixel_format format;
  int32_t width_px, height_px;      /* of the buffer, at least 1 */
  const uint8_t *planes[3];         /* first value of each plane: pixels, or Y, U, V */
  int32_t row_strides_bytes[3];     /* from one row of a plane to the next, no less than a row takes */
  int32_t pixel_strides_bytes[3];   /* YUV420: from one value of a row to the next: 1, or 2 where U and V lie in turn */
  int32_t is_video_range;           /* YUV420: 0 = full range (default) */
  int32_t rotation_degrees;         /* clockwise turn that makes the picture upright: 0 (default), 90, 180 or 270 */
  int32_t is_mirrored;              /* not 0: left and right of the upright picture change places, as in a selfie; default 0 */
  int32_t region_x_px, region_y_px; /* what to look at, in pixels of the buffer; inside it */
  int32_t region_width_px, region_height_px; /* all four 0 (default) = the whole frame */
} skiff_frame;

/* A detection. Corners are fractions of the image's width and height, as Paddle gives them: not clipped, so they may leave [0,1].
 */
typedef struct skiff_box {
  int32_t class_id; /* index into the model's labels */
  float score;      /* 0..1 */
  float x_min, y_min, x_max, y_max;
} skiff_box;

/* A detection's corners in pixels of the image, clipped to it. */
typedef struct skiff_pixel_box {
  float x_min, y_min, x_max, y_max;
} skiff_pixel_box;

/* Facts about an engine and its model. Strings belong to the weights and the library. */
typedef struct skiff_info {
  int32_t input_width_px, input_height_px; /* of the network's input tensor */
  int32_t class_count;                     /* background included */
  int32_t background_id;                   /* class that is never reported, -1 = none */
  int32_t prior_count;                     /* rows of loc and conf */
  float score_threshold, nms_threshold;    /* in force: the config's, else the model's */
  int32_t nms_top_k, keep_top_k;
  skiff_recipe preprocessing; /* in force: the config's, else the model's; nothing in it is FROM_MODEL or 0 */
  uint64_t arena_bytes;       /* activations */
  uint64_t memory_bytes;      /* all that the engine uses of the caller's memory */
  const char *isa;            /* strongest kernel set in use, e.g. "ref" */
  const char *recipe;         /* name of the model's preprocessing recipe */
  const char *origin;         /* what the weights were converted from */
} skiff_info;

/* Fills `config` with the defaults named at each field. Null is ignored. */
SKIFF_API void skiff_config_default(skiff_config *config);

/* Tells how many bytes skiff_init needs. Checks the weights' structure and every size in it, but not the checksum (skiff_init
 * does). Errors: ARGUMENT, STRUCT_SIZE, MEMORY_ALIGNMENT (weights), WEIGHTS_*. Cost: microseconds. */
SKIFF_API skiff_status skiff_memory_required(const void *weights, size_t weights_bytes, const skiff_config *config,
                                             size_t *bytes);

/* Makes an engine in `memory`. Verifies magic, version, sizes, the checksum over every byte and that every parameter is finite.
 * `config` is copied. Errors: as skiff_memory_required, and MEMORY_TOO_SMALL, MEMORY_ALIGNMENT; then the memory is the caller's
 * again. Cost: one pass over the weights. */
SKIFF_API skiff_status skiff_init(const void *weights, size_t weights_bytes, const skiff_config *config, void *memory,
                                  size_t memory_bytes, skiff_engine **engine);

/* Finds objects in an image: preprocess, network, softmax, decode, non-maximum suppression.
 * Writes at most `capacity` boxes in Paddle's order: class ascending, score descending inside a class. `*count` becomes the
 * number of detections; where it exceeds `capacity`, the highest-scoring `capacity` are those written. `boxes` may be NULL if
 * capacity is 0. No detection is SKIFF_OK with a count of 0. Errors: ARGUMENT, IMAGE_TOO_LARGE. Source: Paddle 1.7
 * detection_output (box_coder, multiclass_nms). */
SKIFF_API skiff_status skiff_detect(skiff_engine *engine, const skiff_image *image, skiff_box *boxes, int32_t capacity,
                                    int32_t *count);

/* First stage alone: image to the network's input tensor, f32 [height][width][3], by the model's recipe. `tensor` is the
 * caller's, input_width_px * input_height_px * 3 floats. Errors: ARGUMENT, IMAGE_TOO_LARGE. */
SKIFF_API skiff_status skiff_preprocess(skiff_engine *engine, const skiff_image *image, float *tensor);

/* A frame in a packed format, row_stride_bytes from one row to the next. */
SKIFF_API skiff_frame skiff_frame_packed(skiff_pixel_format format, const uint8_t *pixels, int32_t width_px, int32_t height_px,
                                         int32_t row_stride_bytes);

/* An NV21 frame in one piece, as Android's onPreviewFrame gives it: width_px * height_px bytes of Y, then (height_px + 1) / 2
 * rows of V and U in turn, 2 * ((width_px + 1) / 2) bytes each. With other strides: skiff_frame_yuv420. */
SKIFF_API skiff_frame skiff_frame_nv21(const uint8_t *bytes, int32_t width_px, int32_t height_px);

/* The same with U before V. */
SKIFF_API skiff_frame skiff_frame_nv12(const uint8_t *bytes, int32_t width_px, int32_t height_px);

/* An I420 frame in one piece: Y, then all of U, then all of V, rows without gaps. */
SKIFF_API skiff_frame skiff_frame_i420(const uint8_t *bytes, int32_t width_px, int32_t height_px);

/* A frame of three planes, with what Android's Image.Plane tells of them (getBuffer, getRowStride, getPixelStride; Y's pixel
 * stride is 1). Also NV12 and NV21 with strides: u and v are then neighbours, the pixel stride 2. */
SKIFF_API skiff_frame skiff_frame_yuv420(const uint8_t *y, const uint8_t *u, const uint8_t *v, int32_t width_px,
                                         int32_t height_px, int32_t y_row_stride_bytes, int32_t uv_row_stride_bytes,
                                         int32_t uv_pixel_stride_bytes);

/* skiff_detect on a frame. Detections and their order are those of the upright picture, their corners are in the frame as it
 * lies. Errors: ARGUMENT, also for a stride too small, a rotation that is none of the four, a region that leaves the frame;
 * IMAGE_TOO_LARGE where the region is wider than max_width_px or higher than max_height_px. Cost: as skiff_detect, and a
 * conversion or a rotation on the way, for which the engine has a few rows of memory. */
SKIFF_API skiff_status skiff_detect_frame(skiff_engine *engine, const skiff_frame *frame, skiff_box *boxes, int32_t capacity,
                                          int32_t *count);

/* skiff_preprocess on a frame: the tensor is upright. Errors: as skiff_detect_frame. */
SKIFF_API skiff_status skiff_preprocess_frame(skiff_engine *engine, const skiff_frame *frame, float *tensor);

/* Maps boxes of skiff_postprocess, which are fractions of the upright picture that skiff_preprocess_frame made, to the frame as
 * it lies, in place. Corners stay as they are, to the bit, where the frame is whole and upright; else they are rounded. Pointers
 * and strides of the frame are not looked at. Errors: ARGUMENT. */
SKIFF_API skiff_status skiff_boxes_to_frame(const skiff_frame *frame, skiff_box *boxes, int32_t count);

/* Second stage alone: input tensor to box offsets loc f32 [prior_count][4] and class logits conf f32 [prior_count][class_count].
 * All three are the caller's; input and outputs may not overlap. Errors: ARGUMENT. */
SKIFF_API skiff_status skiff_network(skiff_engine *engine, const float *tensor, float *loc, float *conf);

/* Last stage alone: loc and conf as skiff_network gives them to boxes, as skiff_detect writes them. Errors: ARGUMENT. */
SKIFF_API skiff_status skiff_postprocess(skiff_engine *engine, const float *loc, const float *conf, skiff_box *boxes,
                                         int32_t capacity, int32_t *count);

/* Runs the network on the weights file's golden input and compares loc and conf with the stored answer. `*max_error` (may be
 * NULL) is the largest |a-b| / (1+|b|), written also with SKIFF_ERR_SELFTEST, which is returned above 1e-4. Errors: ARGUMENT,
 * SELFTEST. */
SKIFF_API skiff_status skiff_selftest(skiff_engine *engine, float *max_error);

/* Fills `info`. Errors: ARGUMENT. */
SKIFF_API skiff_status skiff_get_info(const skiff_engine *engine, skiff_info *info);

/* Label of a class, UTF-8, or NULL outside [0, class_count). Lives in the weights. */
SKIFF_API const char *skiff_label(const skiff_engine *engine, int32_t class_id);

/* Box in pixels of an image of this size: clipped to [0,1], then multiplied, as Paddle's infer.py does. */
SKIFF_API skiff_pixel_box skiff_box_to_pixels(const skiff_box *box, int32_t width_px, int32_t height_px);

/* Name of a status, e.g. "SKIFF_ERR_MEMORY_TOO_SMALL"; "SKIFF_ERR_UNKNOWN" for any other number. */
SKIFF_API const char *skiff_status_name(skiff_status status);

/* What a status means and what to do about it, one English sentence part. */
SKIFF_API const char *skiff_status_message(skiff_status status);

#ifdef __cplusplus
}
#endif
#endif
