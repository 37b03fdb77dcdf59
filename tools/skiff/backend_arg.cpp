// SPDX-License-Identifier: MIT
#include "tools/skiff/backend_arg.h"

#include "tools/support/error.h"

#ifndef SKIFF_HAS_XNNPACK
#define SKIFF_HAS_XNNPACK 0
#endif

namespace skiff {
namespace {

constexpr char kXnnpack[] = "xnnpack";

}  // namespace

void add_backend_option(CLI::App *command, std::string *name) {
  *name = kNativeBackend;
  command->add_option("--backend", *name, "what runs the network: native, xnnpack (default native)")
      ->type_name("B")
      ->check(CLI::IsMember({kNativeBackend, kXnnpack}));
}

#if SKIFF_HAS_XNNPACK

void Backend::Free::operator()(XnnpackBackend *backend) const { xnnpack_destroy(backend); }

Backend::Backend(const std::string &name, const Weights &weights, int threads) : path_(weights.path) {
  if (name != kXnnpack) return;
  XnnpackError error;
  xnnpack_.reset(xnnpack_create(weights.file.data(), weights.file.size(), threads, &error));
  if (!xnnpack_) throw Error(path_ + ": " + error.text);
}

void Backend::run(const float *image, float *loc, float *conf) {
  XnnpackError error;
  if (!xnnpack_run(xnnpack_.get(), image, loc, conf, &error)) throw Error(path_ + ": " + error.text);
}

#else

void Backend::Free::operator()(XnnpackBackend *) const {}

Backend::Backend(const std::string &name, const Weights &, int) {
  if (name == kXnnpack)
    throw UsageError(
        "--backend xnnpack: this skiff is built without XNNPACK; install libxnnpack-dev and libpthreadpool-dev, then build with "
        "-Dxnnpack=enabled");
}

void Backend::run(const float *, float *, float *) { throw Error("no backend is built in"); }

#endif

}  // namespace skiff
