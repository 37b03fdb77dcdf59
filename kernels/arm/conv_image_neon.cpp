// SPDX-License-Identifier: MIT
//
// Tiles of up to 6 pixels by one block of 16 channels, registers as in pw_neon.cpp; each pixel's input is spread over a register
// of its own.
#include "kernels/arm/neon.h"

#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4) X(5)
constexpr int kTile = 6;

#include "kernels/simd/conv_image.inc"

namespace {

#define SKIFF_SUMS(p) Vec a##p = bias_a, b##p = bias_b, c##p = bias_c, d##p = bias_d;
#define SKIFF_INPUT(p) const Vec x##p = kPixels > p ? vld1q_dup_f32(in + p * 6 + k) : zero();

// Every pixel's input times a quarter of a panel row, into that quarter's sums.
#define SKIFF_MADD(sum, p) \
  if (kPixels > p) sum##p = madd(w, x##p, sum##p);
#define SKIFF_QUARTER(sum, at) \
  w = load(row + k * 16 + at); \
  SKIFF_MADD(sum, 0) SKIFF_MADD(sum, 1) SKIFF_MADD(sum, 2) SKIFF_MADD(sum, 3) SKIFF_MADD(sum, 4) SKIFF_MADD(sum, 5)

#define SKIFF_STORE(p)                                      \
  if (kPixels > p) {                                        \
    store(out + p * 16, min(max(a##p, zero()), most));      \
    store(out + p * 16 + 4, min(max(b##p, zero()), most));  \
    store(out + p * 16 + 8, min(max(c##p, zero()), most));  \
    store(out + p * 16 + 12, min(max(d##p, zero()), most)); \
  }

template <int kPixels>
void block_tile(const Taps &taps, const float *weights, const float *bias, float *out) {
  const Vec bias_a = load(bias), bias_b = load(bias + 4), bias_c = load(bias + 8), bias_d = load(bias + 12);
  SKIFF_PIXELS(SKIFF_SUMS)
  for (int32_t kh = taps.row_begin; kh < taps.row_end; ++kh) {
    const float *in = taps.row[kh], *row = weights + kh * 144;
    for (int32_t k = taps.k_begin; k < taps.k_end; ++k) {
      SKIFF_PIXELS(SKIFF_INPUT)
      Vec w;
      SKIFF_QUARTER(a, 0)
      SKIFF_QUARTER(b, 4)
      SKIFF_QUARTER(c, 8)
      SKIFF_QUARTER(d, 12)
    }
  }
  const Vec most = fill(taps.args->act_max);
  SKIFF_PIXELS(SKIFF_STORE)
}

using TileFn = void (*)(const Taps &, const float *, const float *, float *);
constexpr TileFn kTiles[kTile + 1] = {nullptr,       block_tile<1>, block_tile<2>, block_tile<3>,
                                      block_tile<4>, block_tile<5>, block_tile<6>};

void tile(int32_t pixels, const Taps &taps, float *out) {
  const skiff::ConvImageArgs &a = *taps.args;
  for (int32_t block = 0; block < a.blocks; ++block)
    kTiles[pixels](taps, a.weights + block * 432, a.bias + block * 16, out + block * a.out_block);
}

}  // namespace

void skiff_conv_image_neon(const skiff::ConvImageArgs *args) { conv_image(*args); }
