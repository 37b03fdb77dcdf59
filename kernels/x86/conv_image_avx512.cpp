// SPDX-License-Identifier: MIT
//
// Tiles of up to 14 pixels by two blocks of 16 channels, as in pw_avx512.cpp.
#include "kernels/x86/avx512.h"

#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
constexpr int kTile = 14;

#include "kernels/simd/conv_image.inc"

namespace {

#define SKIFF_MADD(p)                           \
  if (kPixels > p) {                            \
    const Vec x = broadcast(in + p * 6 + k);    \
    lo##p = madd(x, w0, lo##p);                 \
    if (kHasSecond) hi##p = madd(x, w1, hi##p); \
  }
#define SKIFF_SUMS(p) Vec lo##p = b0, hi##p = b1;
#define SKIFF_STORE(p)                                                                         \
  if (kPixels > p) {                                                                           \
    store(out + p * 16, min(max(lo##p, zero()), most));                                        \
    if (kHasSecond) store(out + taps.args->out_block + p * 16, min(max(hi##p, zero()), most)); \
  }

template <int kPixels, bool kHasSecond>
void block_tile(const Taps &taps, const float *weights, const float *bias, float *out) {
  const Vec b0 = load(bias), b1 = kHasSecond ? load(bias + 16) : zero();
  SKIFF_PIXELS(SKIFF_SUMS)
  for (int32_t kh = taps.row_begin; kh < taps.row_end; ++kh) {
    const float *in = taps.row[kh], *w = weights + kh * 144;
    for (int32_t k = taps.k_begin; k < taps.k_end; ++k) {
      const Vec w0 = load(w + k * 16), w1 = kHasSecond ? load(w + 432 + k * 16) : zero();
      SKIFF_PIXELS(SKIFF_MADD)
    }
  }
  const Vec most = fill(taps.args->act_max);
  SKIFF_PIXELS(SKIFF_STORE)
}

using TileFn = void (*)(const Taps &, const float *, const float *, float *);
#define SKIFF_TILE_FN(p) {block_tile<p + 1, false>, block_tile<p + 1, true>},
constexpr TileFn kTiles[kTile][2] = {SKIFF_PIXELS(SKIFF_TILE_FN)};

void tile(int32_t pixels, const Taps &taps, float *out) {
  const skiff::ConvImageArgs &a = *taps.args;
  for (int32_t block = 0; block < a.blocks; block += 2)
    kTiles[pixels - 1][block + 1 < a.blocks](taps, a.weights + block * 432, a.bias + block * 16, out + block * a.out_block);
}

}  // namespace

void skiff_conv_image_avx512(const skiff::ConvImageArgs *args) { conv_image(*args); }
