// SPDX-License-Identifier: MIT
//
// The network's layers by XNNPACK instead of Skiff's own kernels: for CPUs that have none, and as a yardstick. A library of its
// own (libskiff_xnnpack), hosted, beside libskiff.a, whose weights reader it uses. No other header of the project is needed.
//
// Use:
//
//     skiff::XnnpackError error;
//     skiff::XnnpackBackend *backend = skiff::xnnpack_create(weights, weights_bytes, 2, &error);
//     ... skiff::xnnpack_run(backend, image, loc, conf, &error) wherever skiff_network would stand ...
//     skiff::xnnpack_destroy(backend);
//
// Backends are independent of each other. One backend is used by one thread at a time.
#pragma once
#include <stdint.h>

namespace skiff {

constexpr int32_t kXnnpackMaxThreads = 256;

struct XnnpackBackend;

// What went wrong: one line in English, zero-terminated.
struct XnnpackError {
  char text[192];
};

// Unpacks the weights and makes an operator of every layer, to be run by `threads` threads, [1, kXnnpackMaxThreads], the caller
// among them.
// Alignment: `weights` to 64 bytes. Ownership: the file is checked as skiff_init does and may go when this returns; the result is
// for xnnpack_destroy. Errors: null, and why in `*error` (may be null): threads out of range, a file that skiff_init refuses, a
// CPU that XNNPACK does not support, no memory. Cost: a copy of the weights, the two largest activations, an image.
XnnpackBackend *xnnpack_create(const void *weights, uint64_t weights_bytes, int32_t threads, XnnpackError *error);

// Runs the network, as skiff_network does: image f32 [h][w][3] to loc f32 [priors][4] and conf f32 [priors][classes].
// Aliasing: none of the three overlap. Errors: false, and why in `*error` (may be null); then loc and conf are unspecified.
// Cost: allocates nothing.
bool xnnpack_run(XnnpackBackend *backend, const float *image, float *loc, float *conf, XnnpackError *error);

// Ends the threads and frees everything. Null is fine.
void xnnpack_destroy(XnnpackBackend *backend);

}  // namespace skiff
