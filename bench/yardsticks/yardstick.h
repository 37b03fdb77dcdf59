// SPDX-License-Identifier: MIT
//
// The same network by another library, for skiff-bench --against and --backend. Each is a module of its own, loaded when it is
// asked for, so that it costs nothing when it is not.
#pragma once
#include <stddef.h>

#include "engine/weights_read.h"

namespace skiff::bench {

struct YardstickApi {
  const char *name;     // "xnnpack"
  const char *version;  // of the library, as far as it can tell

  // Makes the network of a weights file for `threads` threads. Null on failure; then `error` (capacity bytes) says why. `view`
  // must outlive it.
  void *(*create)(const WeightsView *view, int threads, char *error, size_t capacity);

  // tensor f32 [h][w][3] to loc f32 [priors][4] and conf f32 [priors][classes], as skiff_network does. False on failure. What
  // lies at `tensor` is the same each time the address is, so that it may be laid out otherwise once; kTensorSlack bytes behind
  // it may be read.
  bool (*run)(void *self, const float *tensor, float *loc, float *conf);

  void (*destroy)(void *self);
};

constexpr size_t kTensorSlack = 64;

// The symbol that a module exports, an extern "C" const YardstickApi.
constexpr char kYardstickSymbol[] = "skiff_yardstick";

}  // namespace skiff::bench
