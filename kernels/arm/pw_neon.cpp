// SPDX-License-Identifier: MIT
//
// Matrix product, tiles of up to 6 pixels by one panel of 16 channels. Four values of K at a time: each pixel's four lie in one
// register and are multiplied by lane. Register plan: 24 sums, 6 inputs, and a panel row passes through the last 2, a quarter at
// a time: while one is multiplied the other is loaded, for a CPU that works in order waits for a load that is used at once. The
// quarters go in the order c a d b so that no two loads in a row are neighbours in memory: compilers would join those into one
// load of a pair, which both registers would have to be free for. Sums have names: gcc keeps no array of vectors in registers.
// kernels/README.md has what this is worth.
#include "kernels/arm/neon.h"

// The 6 pixels of a tile, by name.
#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4) X(5)
constexpr int kTile = 6, kTilePanels = 1;

#include "kernels/simd/pw_tiles.inc"

namespace {

#define SKIFF_SUMS(p) Vec a##p = bias_a, b##p = bias_b, c##p = bias_c, d##p = bias_d;
#define SKIFF_INPUT(p) Vec x##p = kPixels > p ? load(in + p * 16) : zero();
#define SKIFF_NEXT_INPUT(p) \
  if (kPixels > p) x##p = load(next + p * 16);

// Lane `lane` of every pixel's input times a quarter of a panel row, into that quarter's sums; the quarter after it is on its
// way.
#define SKIFF_MADD(sum, p, w, lane) \
  if (kPixels > p) sum##p = vfmaq_laneq_f32(sum##p, w, x##p, lane);
#define SKIFF_QUARTER(sum, w, lane, coming, from)                                                                 \
  coming = load(from);                                                                                            \
  SKIFF_MADD(sum, 0, w, lane)                                                                                     \
  SKIFF_MADD(sum, 1, w, lane) SKIFF_MADD(sum, 2, w, lane) SKIFF_MADD(sum, 3, w, lane) SKIFF_MADD(sum, 4, w, lane) \
      SKIFF_MADD(sum, 5, w, lane)
#define SKIFF_K(lane, coming)                                                                                  \
  SKIFF_QUARTER(c, u, lane, v, weights + lane * 16)                                                            \
  SKIFF_QUARTER(a, v, lane, u, weights + lane * 16 + 12) SKIFF_QUARTER(d, u, lane, v, weights + lane * 16 + 4) \
      SKIFF_QUARTER(b, v, lane, u, coming)

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
  SKIFF_PIXELS(SKIFF_INPUT)
  Vec u = load(weights + 8), v;
  const int32_t steps = a.in_blocks * 4;
  const int64_t next_block = a.in_block - 12;
  const float *next = in;
  int32_t due = 0;
  for (int32_t step = 1; step <= steps; ++step) {
    if (kFetches && step % 4 == 1)
      for (due += ahead_lines; due >= a.in_blocks; due -= a.in_blocks, ahead += 16) __builtin_prefetch(ahead, 0, 2);
    next += step % 4 == 0 ? next_block : 4;
    const float *next_weights = weights + 64;
    if (step == steps) next = in, next_weights = weights;
    SKIFF_K(0, weights + 16 + 8)
    SKIFF_K(1, weights + 32 + 8)
    SKIFF_K(2, weights + 48 + 8)
    SKIFF_K(3, next_weights + 8)
    SKIFF_PIXELS(SKIFF_NEXT_INPUT)
    weights = next_weights;
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
