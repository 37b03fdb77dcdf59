// SPDX-License-Identifier: MIT
//
// The tiles of matrix products on runs of nine floats, 4 + 4 + 1. Where the padding cuts a run, there is one pixel, and a value
// at a time does.
#include "kernels/arm/tile.h"

#include "kernels/simd/conv_image.inc"

namespace {

static inline Vec spread(const float *p) { return vld1q_dup_f32(p); }

template <int kPixels>
void block_tile(const Taps &taps, const float *weights, const float *bias, float *out) {
  constexpr int kStride = 6;
  const float *in = taps.row[taps.row_begin];
  weights += taps.row_begin * 144;
  SKIFF_PIXELS(SKIFF_SUMS)
  SKIFF_PIXELS(SKIFF_INPUT)
  Vec wa = load(weights), wb = load(weights + 4), wc, wd;
  int32_t kh = taps.row_begin;
  do {
    const float *next = in, *next_weights = weights;  // nothing follows: the same again
    if (++kh < taps.row_end) next = taps.row[kh], next_weights += 144;
    SKIFF_FOUR(0, load, in + 4)
    SKIFF_FOUR(4, spread, in + 8)
    SKIFF_UPPERS(8, 0)
    in = next, weights = next_weights;
    SKIFF_LAST_LOWERS(0, 0, load, in)
  } while (kh < taps.row_end);
  SKIFF_STORE(0.0f, taps.args->act_max)
}

void cut_pixel(const Taps &taps, const float *weights, const float *bias, float *out) {
  Vec a = load(bias), b = load(bias + 4), c = load(bias + 8), d = load(bias + 12);
  for (int32_t kh = taps.row_begin; kh < taps.row_end; ++kh)
    for (int32_t k = taps.k_begin; k < taps.k_end; ++k) {
      const float *row = weights + kh * 144 + k * 16;
      const Vec x = spread(taps.row[kh] + k);
      a = madd(load(row), x, a), b = madd(load(row + 4), x, b);
      c = madd(load(row + 8), x, c), d = madd(load(row + 12), x, d);
    }
  const Vec most = fill(taps.args->act_max);
  store(out, min(max(a, zero()), most));
  store(out + 4, min(max(b, zero()), most));
  store(out + 8, min(max(c, zero()), most));
  store(out + 12, min(max(d, zero()), most));
}

using TileFn = void (*)(const Taps &, const float *, const float *, float *);
#define SKIFF_TILE_FN(p) block_tile<p + 1>,
constexpr TileFn kTiles[kTile] = {SKIFF_PIXELS(SKIFF_TILE_FN)};

void tile(int32_t pixels, const Taps &taps, float *out) {
  const skiff::ConvImageArgs &a = *taps.args;
  const TileFn run = taps.k_end - taps.k_begin < 9 ? cut_pixel : kTiles[pixels - 1];
  for (int32_t block = 0; block < a.blocks; ++block)
    run(taps, a.weights + block * 432, a.bias + block * 16, out + block * a.out_block);
}

}  // namespace

void skiff_conv_image_neon(const skiff::ConvImageArgs *args) { conv_image(*args); }
