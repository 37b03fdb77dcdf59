// SPDX-License-Identifier: MIT
//
// A tile of up to 5 pixels by one panel of 16 channels, for matrix products. A pixel's values of K lie in one register, four at a
// time, and are multiplied by lane. Register plan: 20 sums, 5 inputs, and a panel row in 2 + 2: while one half is multiplied the
// other is loaded, by one instruction, for a CPU that works in order waits for a load that is used at once. An input's register
// takes the next one right after its last product. Sums have names: gcc keeps no array of vectors in registers.
// kernels/README.md has what this is worth.
//
// Macros, for use where these are in scope: kPixels, of the tile; kStride, floats from pixel to pixel; weights, the panel rows;
// wa and wb, the upper half of the row that comes first, wc and wd; bias, out.
#pragma once
#include "kernels/arm/neon.h"

constexpr int kTile = 5;
#define SKIFF_PIXELS(X) X(0) X(1) X(2) X(3) X(4)

#define SKIFF_SUMS(p) Vec a##p = load(bias), b##p = load(bias + 4), c##p = load(bias + 8), d##p = load(bias + 12);
#define SKIFF_INPUT(p) Vec x##p = kPixels > p ? load(in + p * kStride) : zero();

// Lane `lane` of a pixel's input times half a panel row.
#define SKIFF_UPPER(p, lane) \
  if (kPixels > p) a##p = vfmaq_laneq_f32(a##p, wa, x##p, lane), b##p = vfmaq_laneq_f32(b##p, wb, x##p, lane);
#define SKIFF_LOWER(p, lane) \
  if (kPixels > p) c##p = vfmaq_laneq_f32(c##p, wc, x##p, lane), d##p = vfmaq_laneq_f32(d##p, wd, x##p, lane);
#define SKIFF_LAST_LOWER(p, lane, load_input, from) \
  SKIFF_LOWER(p, lane)                              \
  if (kPixels > p) x##p = load_input(from + p * kStride);

// The upper half of panel row k; its lower half is on its way.
#define SKIFF_UPPERS(k, lane)                                        \
  wc = load(weights + (k)*16 + 8), wd = load(weights + (k)*16 + 12); \
  SKIFF_UPPER(0, lane) SKIFF_UPPER(1, lane) SKIFF_UPPER(2, lane) SKIFF_UPPER(3, lane) SKIFF_UPPER(4, lane)

// The lower half of a panel row; the upper half of row k is on its way.
#define SKIFF_LOWERS(lane, k)                                   \
  wa = load(weights + (k)*16), wb = load(weights + (k)*16 + 4); \
  SKIFF_LOWER(0, lane) SKIFF_LOWER(1, lane) SKIFF_LOWER(2, lane) SKIFF_LOWER(3, lane) SKIFF_LOWER(4, lane)

// The same where these inputs are used up; the next ones come from `from`.
#define SKIFF_LAST_LOWERS(lane, k, load_input, from)                                      \
  wa = load(weights + (k)*16), wb = load(weights + (k)*16 + 4);                           \
  SKIFF_LAST_LOWER(0, lane, load_input, from) SKIFF_LAST_LOWER(1, lane, load_input, from) \
  SKIFF_LAST_LOWER(2, lane, load_input, from) SKIFF_LAST_LOWER(3, lane, load_input, from) \
  SKIFF_LAST_LOWER(4, lane, load_input, from)

// Three panel rows from k on, and the upper half of a fourth.
#define SKIFF_THREE(k)                            \
  SKIFF_UPPERS(k, 0) SKIFF_LOWERS(0, (k) + 1)     \
  SKIFF_UPPERS((k) + 1, 1) SKIFF_LOWERS(1, (k) + 2) \
  SKIFF_UPPERS((k) + 2, 2) SKIFF_LOWERS(2, (k) + 3) \
  SKIFF_UPPERS((k) + 3, 3)

// Four panel rows from k on, which use up a register of inputs.
#define SKIFF_FOUR(k, load_input, from) SKIFF_THREE(k) SKIFF_LAST_LOWERS(3, (k) + 4, load_input, from)

#define SKIFF_STORE_FLOORED(p)                                                       \
  if (kPixels > p) {                                                                 \
    a##p = max(a##p, least), b##p = max(b##p, least), store(out + p * 16, a##p);     \
    store(out + p * 16 + 4, b##p), c##p = max(c##p, least), d##p = max(d##p, least); \
    store(out + p * 16 + 8, c##p), store(out + p * 16 + 12, d##p);                   \
  }
#define SKIFF_LIMIT(p) \
  if (kPixels > p) a##p = min(a##p, most), b##p = min(b##p, most), c##p = min(c##p, most), d##p = min(d##p, most);

// Ends the function.
#define SKIFF_STORE(act_min, act_max) \
  const Vec least = fill(act_min);    \
  if (!has_limit(act_max)) {          \
    SKIFF_PIXELS(SKIFF_STORE_FLOORED) \
    return;                           \
  }                                   \
  const Vec most = fill(act_max);     \
  SKIFF_PIXELS(SKIFF_LIMIT)           \
  SKIFF_PIXELS(SKIFF_STORE_FLOORED)
