// SPDX-License-Identifier: MIT
//
// Matrix product, a block of K, 16 values, at a time and written out: beside its 320 products the loop around it is nothing.
#include "kernels/arm/tile.h"

constexpr int kTilePanels = 1;

#include "kernels/simd/pw_tiles.inc"

namespace {

template <int kPixels, bool kFetches>
void tile(const skiff::PointwiseArgs &a, const float *in, const float *weights, const float *bias, float *out, const float *ahead,
          int32_t ahead_lines) {
  constexpr int kStride = 16;
  SKIFF_PIXELS(SKIFF_SUMS)
  SKIFF_PIXELS(SKIFF_INPUT)
  Vec wa = load(weights), wb = load(weights + 4), wc, wd;
  // One fetch a block, of the same line again where there are fewer lines than blocks.
  const char *fetched = reinterpret_cast<const char *>(ahead);
  const int32_t fetch_step = kFetches ? ahead_lines * 64 / a.in_blocks : 0;
  int32_t left = a.in_blocks;
  do {
    if (kFetches) __builtin_prefetch(fetched, 0, 2), fetched += fetch_step;
    const float *next = in + a.in_block, *next_weights = weights + 256;
    if (--left == 0) next = in, next_weights = weights;  // nothing follows: the same again
    SKIFF_FOUR(0, load, in + 4)
    SKIFF_FOUR(4, load, in + 8)
    SKIFF_FOUR(8, load, in + 12)
    SKIFF_THREE(12)
    in = next, weights = next_weights;
    SKIFF_LAST_LOWERS(3, 0, load, in)
  } while (left != 0);
  SKIFF_STORE(a.act_min, a.act_max)
}

using TileFn = void (*)(const skiff::PointwiseArgs &, const float *, const float *, const float *, float *, const float *,
                        int32_t);
#define SKIFF_TILE_FN(p) {tile<p + 1, false>, tile<p + 1, true>},
constexpr TileFn kTiles[kTile][2] = {SKIFF_PIXELS(SKIFF_TILE_FN)};

void run_tile(const skiff::PointwiseArgs &a, int32_t pixels, int32_t, const float *in, const float *weights, const float *bias,
              float *out, const float *ahead, int32_t ahead_lines) {
  for (; ahead_lines > a.in_blocks; --ahead_lines, ahead += 16) __builtin_prefetch(ahead, 0, 2);
  kTiles[pixels - 1][ahead_lines > 0](a, in, weights, bias, out, ahead, ahead_lines);
}

}  // namespace

void skiff_pw_neon(const skiff::PointwiseArgs *args) { pw_tiles(*args); }
