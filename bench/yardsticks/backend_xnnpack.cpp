// SPDX-License-Identifier: MIT
//
// Skiff's own XNNPACK backend, as a module: XNNPACK's pages are not the business of who measures Skiff's kernels.
#include "kernels/xnnpack/backend.h"

#include <cstdio>

#include "bench/yardsticks/yardstick.h"

namespace skiff::bench {
namespace {

void *create(const WeightsView *view, int threads, char *error, size_t capacity) {
  XnnpackError reason = {};
  XnnpackBackend *backend = xnnpack_create(view->bytes, view->size, threads, &reason);
  if (backend == nullptr) std::snprintf(error, capacity, "%s", reason.text);
  return backend;
}

bool run(void *self, const float *tensor, float *loc, float *conf) {
  return xnnpack_run(static_cast<XnnpackBackend *>(self), tensor, loc, conf, nullptr);
}

void destroy(void *self) { xnnpack_destroy(static_cast<XnnpackBackend *>(self)); }

}  // namespace
}  // namespace skiff::bench

extern "C" __attribute__((visibility("default"))) const skiff::bench::YardstickApi skiff_yardstick;
const skiff::bench::YardstickApi skiff_yardstick = {"xnnpack", "", skiff::bench::create, skiff::bench::run,
                                                    skiff::bench::destroy};
