// SPDX-License-Identifier: MIT
//
// Matrix product, tiles of up to 6 pixels by one panel of 16 channels. Four values of K at a time: each pixel's four lie in one
// register and are multiplied by lane. Register plan: 24 sums, 6 inputs, and the weights of one k pass through the last 2, a
// quarter of a panel row at a time. Sums have names: gcc keeps no array of vectors in registers.
#include "kernels/arm/neon.h"

// The 6 pixels of a tile, by name.
#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4) X(5)
constexpr int kTile = 6, kTilePanels = 1;

#include "kernels/simd/pw_tiles.inc"

namespace {

#define SKIFF_SUMS(p) Vec a##p = bias_a, b##p = bias_b, c##p = bias_c, d##p = bias_d;
#define SKIFF_INPUT(p) const Vec x##p = kPixels > p ? load(in + p * 16 + k) : zero();

// Lane `lane` of every pixel's input times a quarter of a panel row, into that quarter's sums.
#define SKIFF_MADD(sum, p, lane) \
  if (kPixels > p) sum##p = vfmaq_laneq_f32(sum##p, w, x##p, lane);
#define SKIFF_QUARTER(sum, at, lane)  \
  w = load(weights + lane * 16 + at); \
  SKIFF_MADD(sum, 0, lane)            \
  SKIFF_MADD(sum, 1, lane) SKIFF_MADD(sum, 2, lane) SKIFF_MADD(sum, 3, lane) SKIFF_MADD(sum, 4, lane) SKIFF_MADD(sum, 5, lane)
#define SKIFF_K(lane) SKIFF_QUARTER(a, 0, lane) SKIFF_QUARTER(b, 4, lane) SKIFF_QUARTER(c, 8, lane) SKIFF_QUARTER(d, 12, lane)

#define SKIFF_STORE(p)                                     \
  if (kPixels > p) {                                       \
    store(out + p * 16, min(max(a##p, least), most));      \
    store(out + p * 16 + 4, min(max(b##p, least), most));  \
    store(out + p * 16 + 8, min(max(c##p, least), most));  \
    store(out + p * 16 + 12, min(max(d##p, least), most)); \
  }

template <int kPixels, bool kFetches>
void tile(const skiff::PointwiseArgs &a, const float *in, const float *weights, const float *bias, float *out, const float *ahead,
          int32_t ahead_lines) {
  const Vec bias_a = load(bias), bias_b = load(bias + 4), bias_c = load(bias + 8), bias_d = load(bias + 12);
  SKIFF_PIXELS(SKIFF_SUMS)
  for (int32_t block = 0; block < a.in_blocks; ++block, in += a.in_block) {
    if (kFetches)
      for (int32_t i = 0; i < ahead_lines; ++i, ahead += 16) __builtin_prefetch(ahead, 0, 2);
    for (int k = 0; k < 16; k += 4, weights += 64) {
      SKIFF_PIXELS(SKIFF_INPUT)
      Vec w;
      SKIFF_K(0)
      SKIFF_K(1)
      SKIFF_K(2)
      SKIFF_K(3)
    }
  }
  const Vec least = fill(a.act_min), most = fill(a.act_max);
  SKIFF_PIXELS(SKIFF_STORE)
}

using TileFn = void (*)(const skiff::PointwiseArgs &, const float *, const float *, const float *, float *, const float *,
                        int32_t);
#define SKIFF_TILE_FN(p) {tile<p + 1, false>, tile<p + 1, true>},
constexpr TileFn kTiles[kTile][2] = {SKIFF_PIXELS(SKIFF_TILE_FN)};

void run_tile(const skiff::PointwiseArgs &a, int32_t pixels, int32_t, const float *in, const float *weights, const float *bias,
              float *out, const float *ahead, int32_t ahead_lines) {
  kTiles[pixels - 1][ahead_lines > 0](a, in, weights, bias, out, ahead, ahead_lines);
}

}  // namespace

void skiff_pw_neon(const skiff::PointwiseArgs *args) { pw_tiles(*args); }
