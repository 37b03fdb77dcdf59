// SPDX-License-Identifier: MIT
//
// Matrix product, tiles of up to 14 pixels by two panels of 16 channels: 28 sums, 2 weights and 1 input fill 31 of 32 registers,
// and a pixel's input is read once for two products. A last odd panel goes alone. Sums have names: gcc keeps no array of vectors
// in registers.
#include "kernels/x86/avx512.h"

// The 14 pixels of a tile, by name.
#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
constexpr int kTile = 14, kTilePanels = 2;

#include "kernels/simd/pw_tiles.inc"

namespace {

// One k: x * (w0, w1) into the sums of pixel p.
#define SKIFF_MADD(p)                           \
  if (kPixels > p) {                            \
    const Vec x = broadcast(in + p * 16 + k);   \
    lo##p = madd(x, w0, lo##p);                 \
    if (kHasSecond) hi##p = madd(x, w1, hi##p); \
  }
#define SKIFF_SUMS(p) Vec lo##p = b0, hi##p = b1;
#define SKIFF_STORE(p)                                                               \
  if (kPixels > p) {                                                                 \
    store(out + p * 16, min(max(lo##p, least), most));                               \
    if (kHasSecond) store(out + a.out_block + p * 16, min(max(hi##p, least), most)); \
  }

template <int kPixels, bool kHasSecond, bool kFetches>
void tile(const skiff::PointwiseArgs &a, const float *in, const float *weights, const float *bias, float *out, const float *ahead,
          int32_t ahead_lines) {
  const float *second = weights + int64_t{a.in_blocks} * 256;
  const Vec b0 = load(bias), b1 = kHasSecond ? load(bias + 16) : zero();
  SKIFF_PIXELS(SKIFF_SUMS)
  int32_t due = 0;
  for (int32_t block = 0; block < a.in_blocks; ++block, in += a.in_block) {
    if (kFetches)
      for (due += ahead_lines; due >= a.in_blocks; due -= a.in_blocks, ahead += 16) _mm_prefetch(ahead, _MM_HINT_T1);
    for (int k = 0; k < 16; ++k, weights += 16, second += 16) {
      const Vec w0 = load(weights), w1 = kHasSecond ? load(second) : zero();
      SKIFF_PIXELS(SKIFF_MADD)
    }
  }
  const Vec least = fill(a.act_min), most = fill(a.act_max);
  SKIFF_PIXELS(SKIFF_STORE)
}

using TileFn = void (*)(const skiff::PointwiseArgs &, const float *, const float *, const float *, float *, const float *,
                        int32_t);
#define SKIFF_TILE_FN(p) \
  {{tile<p + 1, false, false>, tile<p + 1, false, true>}, {tile<p + 1, true, false>, tile<p + 1, true, true>}},
constexpr TileFn kTiles[kTile][2][2] = {SKIFF_PIXELS(SKIFF_TILE_FN)};

void run_tile(const skiff::PointwiseArgs &a, int32_t pixels, int32_t panels, const float *in, const float *weights,
              const float *bias, float *out, const float *ahead, int32_t ahead_lines) {
  kTiles[pixels - 1][panels - 1][ahead_lines > 0](a, in, weights, bias, out, ahead, ahead_lines);
}

}  // namespace

void skiff_pw_avx512(const skiff::PointwiseArgs *args) { pw_tiles(*args); }
