// SPDX-License-Identifier: MIT
//
// One XNNPACK operator a layer, over activations [h][w][c]. All of a backend's tensors are its own, so that operators are set up
// once, at create, and a run only runs them: the image is copied in, because XNNPACK may read XNN_EXTRA_BYTES past the end of
// what it reads, and heads are scattered out.
//
// The layers before the heads are a chain, so two maps take turns. A head runs right after the layer that it reads, before the
// next but one writes over it.
#include "kernels/xnnpack/backend.h"

#include <math.h>
#include <pthreadpool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xnnpack.h>

#include "engine/weights_read.h"
#include "kernels/xnnpack/unpack.h"

namespace skiff {
namespace {

// Where a head's output goes.
struct HeadOut {
  uint64_t pixels, loc_c, conf_c;
  uint64_t loc_begin, conf_begin;  // of the map, in floats
};

}  // namespace

struct XnnpackBackend {
  xnn_operator_t ops[kLayerCount];
  pthreadpool_t pool;  // null for one thread
  uint64_t image_elems;
  float *image, *maps[2], *head;  // head: [pixels][loc_c + conf_c], of one map at a time
  HeadOut heads[kMapCount];
  bool is_initialized;  // XNNPACK, for this backend
};

namespace {

__attribute__((format(printf, 2, 3))) bool fail(XnnpackError *error, const char *format, ...) {
  if (error == nullptr) return false;
  va_list args;
  va_start(args, format);
  vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  return false;
}

const char *meaning(xnn_status status) {
  switch (status) {
    case xnn_status_success:
      return "success";
    case xnn_status_uninitialized:
      return "not initialized";
    case xnn_status_invalid_parameter:
      return "a parameter is not valid";
    case xnn_status_invalid_state:
      return "the operator is not set up";
    case xnn_status_unsupported_parameter:
      return "a parameter is not supported";
    case xnn_status_unsupported_hardware:
      return "this CPU is not supported";
    case xnn_status_out_of_memory:
      return "out of memory";
  }
  return "unknown status";
}

bool is_layer_done(xnn_status status, uint32_t layer, const char *verb, XnnpackError *error) {
  return status == xnn_status_success || fail(error, "XNNPACK cannot %s layer %s: %s", verb, kGraph[layer].name, meaning(status));
}

bool open_weights(const void *weights, uint64_t bytes, WeightsView *view, XnnpackError *error) {
  if (weights == nullptr) return fail(error, "no weights");
  skiff_weights_error why = {};
  skiff_status status = SKIFF_ERR_MEMORY_ALIGNMENT;
  if (reinterpret_cast<uintptr_t>(weights) % kWeightsAlignment == 0) status = weights_open(weights, bytes, view, &why);
  if (status == SKIFF_OK) status = weights_verify(*view, &why);
  if (status == SKIFF_OK) return true;
  if (why.reason == nullptr) return fail(error, "%s", skiff_status_message(status));
  return fail(error, "%s (%s, at byte %llu)", skiff_status_message(status), why.reason,
              static_cast<unsigned long long>(why.offset));
}

// Zeroed, with room for what XNNPACK reads past the end. Null where there is no memory.
float *make_tensor(uint64_t elems) {
  if (elems > (SIZE_MAX - XNN_EXTRA_BYTES - kWeightsAlignment) / sizeof(float)) return nullptr;
  const uint64_t bytes = round_up(elems * sizeof(float) + XNN_EXTRA_BYTES, kWeightsAlignment);
  void *tensor = aligned_alloc(kWeightsAlignment, size_t(bytes));
  return static_cast<float *>(tensor == nullptr ? nullptr : memset(tensor, 0, size_t(bytes)));
}

uint64_t output_pixels(const WeightsView &view, uint32_t layer) {
  return uint64_t(view.shapes[layer].out_h) * view.shapes[layer].out_w;
}

bool make_tensors(const WeightsView &view, XnnpackBackend *b, XnnpackError *error) {
  uint64_t map_elems[2] = {}, head_elems = 0;
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    uint64_t &largest = i < kFirstHead ? map_elems[i % 2] : head_elems;
    const uint64_t elems = output_pixels(view, i) * view.layers[i].out_c;
    if (largest < elems) largest = elems;
  }
  b->image_elems = uint64_t(view.model->input_h) * view.model->input_w * 3;
  b->image = make_tensor(b->image_elems);
  b->head = make_tensor(head_elems);
  for (uint32_t i = 0; i < 2; ++i) b->maps[i] = make_tensor(map_elems[i]);
  return (b->image && b->head && b->maps[0] && b->maps[1]) || fail(error, "not enough memory for activations");
}

void place_heads(const WeightsView &view, XnnpackBackend *b) {
  uint64_t loc_begin = 0, conf_begin = 0;
  for (uint32_t m = 0; m < kMapCount; ++m) {
    const LayerRecord &layer = view.layers[kFirstHead + m];
    HeadOut &head = b->heads[m];
    head = {output_pixels(view, kFirstHead + m), layer.loc_c, layer.out_c - layer.loc_c, loc_begin, conf_begin};
    loc_begin += head.pixels * head.loc_c;
    conf_begin += head.pixels * head.conf_c;
  }
}

// Channels as XNNPACK counts them: a depthwise layer is a group a channel.
struct Groups {
  uint32_t groups, in_c, out_c, k;
};

Groups groups_of(const LayerRecord &layer) {
  switch (LayerOp(layer.op)) {
    case LayerOp::kDepthwise:
      return {layer.in_c, 1, 1, 3};
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return {1, layer.in_c, layer.out_c, 3};
    case LayerOp::kPointwise:
    case LayerOp::kHead:
      break;
  }
  return {1, layer.in_c, layer.out_c, 1};
}

void unpack_filter(const WeightsView &view, const LayerRecord &layer, const Groups &g, float *filter) {
  const float *packed = weights_floats(view, layer.weights_offset);
  if (LayerOp(layer.op) == LayerOp::kDepthwise) return unpack_depthwise(packed, layer.in_c, filter);
  unpack_panels(packed, layer.out_c, layer.in_c, g.k * g.k, padded_k(layer.in_c, LayerOp(layer.op) == LayerOp::kConvImage),
                filter);
}

// `filter` has room for the layer's weights. XNNPACK keeps a copy of its own.
bool make_operator(const WeightsView &view, uint32_t index, float *filter, XnnpackBackend *b, XnnpackError *error) {
  const LayerRecord &layer = view.layers[index];
  const LayerShape &shape = view.shapes[index];
  const int32_t input = kGraph[index].input;
  const bool is_head = LayerOp(layer.op) == LayerOp::kHead;
  const float act_min = is_head ? -INFINITY : 0.0f, act_max = is_head ? INFINITY : layer.act_max;
  const Groups g = groups_of(layer);
  const uint32_t pad = g.k / 2;
  unpack_filter(view, layer, g, filter);
  xnn_status status = xnn_create_convolution2d_nhwc_f32(
      pad, pad, pad, pad, g.k, g.k, layer.stride, layer.stride, 1, 1, g.groups, g.in_c, g.out_c, layer.in_c, layer.out_c, filter,
      weights_floats(view, layer.bias_offset), act_min, act_max, 0, &b->ops[index]);
  if (!is_layer_done(status, index, "make", error)) return false;
  const float *in = input == kImage ? b->image : b->maps[input % 2];
  float *out = is_head ? b->head : b->maps[index % 2];
  status = xnn_setup_convolution2d_nhwc_f32(b->ops[index], 1, shape.in_h, shape.in_w, in, out, b->pool);
  return is_layer_done(status, index, "set up", error);
}

bool make_operators(const WeightsView &view, XnnpackBackend *b, XnnpackError *error) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    const uint64_t elems = layer_weight_elems(view.layers[i]);
    if (most < elems) most = elems;
  }
  float *filter = make_tensor(most);
  bool is_made = filter != nullptr || fail(error, "not enough memory for weights");
  for (uint32_t i = 0; is_made && i < kLayerCount; ++i) is_made = make_operator(view, i, filter, b, error);
  free(filter);
  return is_made;
}

bool fill(const WeightsView &view, int32_t threads, XnnpackBackend *b, XnnpackError *error) {
  const xnn_status status = xnn_initialize(nullptr);
  b->is_initialized = status == xnn_status_success;
  if (!b->is_initialized) return fail(error, "XNNPACK cannot start: %s", meaning(status));
  if (threads > 1) b->pool = pthreadpool_create(size_t(threads));
  if (threads > 1 && b->pool == nullptr) return fail(error, "cannot start %d threads", threads);
  place_heads(view, b);
  return make_tensors(view, b, error) && make_operators(view, b, error);
}

// Source: multi_box_head: a cell's channels are its priors one after another.
void scatter(const HeadOut &head, const float *in, float *loc, float *conf) {
  loc += head.loc_begin;
  conf += head.conf_begin;
  for (uint64_t p = 0; p < head.pixels; ++p) {
    memcpy(loc + p * head.loc_c, in, head.loc_c * sizeof(float));
    memcpy(conf + p * head.conf_c, in + head.loc_c, head.conf_c * sizeof(float));
    in += head.loc_c + head.conf_c;
  }
}

bool run_layer(const XnnpackBackend &b, uint32_t index, XnnpackError *error) {
  return is_layer_done(xnn_run_operator(b.ops[index], b.pool), index, "run", error);
}

}  // namespace

XnnpackBackend *xnnpack_create(const void *weights, uint64_t weights_bytes, int32_t threads, XnnpackError *error) {
  WeightsView view;
  if (threads < 1 || threads > kXnnpackMaxThreads) {
    fail(error, "%d threads: not between 1 and %d", threads, kXnnpackMaxThreads);
    return nullptr;
  }
  if (!open_weights(weights, weights_bytes, &view, error)) return nullptr;
  XnnpackBackend *backend = static_cast<XnnpackBackend *>(calloc(1, sizeof(XnnpackBackend)));
  if (backend == nullptr) {
    fail(error, "not enough memory");
    return nullptr;
  }
  if (fill(view, threads, backend, error)) return backend;
  xnnpack_destroy(backend);
  return nullptr;
}

bool xnnpack_run(XnnpackBackend *backend, const float *image, float *loc, float *conf, XnnpackError *error) {
  if (backend == nullptr || image == nullptr || loc == nullptr || conf == nullptr) return fail(error, "a null pointer");
  memcpy(backend->image, image, backend->image_elems * sizeof(float));
  for (uint32_t i = 0; i < kFirstHead; ++i) {
    if (!run_layer(*backend, i, error)) return false;
    for (uint32_t m = 0; m < kMapCount; ++m) {
      if (kGraph[kFirstHead + m].input != int32_t(i)) continue;
      if (!run_layer(*backend, kFirstHead + m, error)) return false;
      scatter(backend->heads[m], backend->head, loc, conf);
    }
  }
  return true;
}

void xnnpack_destroy(XnnpackBackend *backend) {
  if (backend == nullptr) return;
  for (xnn_operator_t op : backend->ops)
    if (op != nullptr) xnn_delete_operator(op);
  if (backend->pool != nullptr) pthreadpool_destroy(backend->pool);
  for (float *map : backend->maps) free(map);
  free(backend->image);
  free(backend->head);
  if (backend->is_initialized) xnn_deinitialize();
  free(backend);
}

}  // namespace skiff
