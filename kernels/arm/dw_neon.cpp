// SPDX-License-Identifier: MIT
//
// Depthwise 3x3, a row of 8 channels at a time: 32 registers hold the nine taps of two vectors and their sums all the way, and
// every load, store and product comes in pairs. What is multiplied was loaded some products before, and six products go into
// different sums before one of them takes another: CPUs that work in order wait for neither. The order of sums is that of
// simd/dw3x3.inc, which does two rows of one vector and waits for both (kernels/README.md has the cycles).
//
// Stride 1: a column of three inputs feeds the outputs to its left, under it and to its right. Register plan: 18 taps, 6 sums, 4
// inputs, the limit and 0; biases are loaded anew, which costs no more than to copy them. The three pairs of sums change roles
// from column to column, which is written out three times. Stride 2: of two new columns the even one feeds the output under it, the odd one that output and the next.
#include "kernels/arm/neon.h"

#include "kernels/simd/dw_rows.inc"

namespace {

// 8 channels.
struct Pair {
  Vec low, high;
};

static inline Pair load_pair(const float *p) { return {load(p), load(p + 4)}; }
static inline Pair madd(Pair x, Pair w, Pair sum) { return {madd(x.low, w.low, sum.low), madd(x.high, w.high, sum.high)}; }

template <bool kHasLimit>
inline void store_clamped(float *p, Pair v, Vec limit) {
  Vec low = max(v.low, zero()), high = max(v.high, zero());
  if (kHasLimit) low = min(low, limit), high = min(high, limit);
  store(p, low);
  store(p + 4, high);
}

struct Inputs {
  const float *row[3];  // of one output row, at one group of channels
};

inline Inputs inputs(const skiff::DepthwiseArgs &a, int32_t block, int32_t y, int32_t c) {
  return {{input_row(a, block, y) + c, input_row(a, block, y + 1) + c, input_row(a, block, y + 2) + c}};
}

#define SKIFF_LOAD_TAPS                                                                                                       \
  const Pair w00 = load_pair(taps), w01 = load_pair(taps + 16), w02 = load_pair(taps + 32), w10 = load_pair(taps + 48),       \
             w11 = load_pair(taps + 64), w12 = load_pair(taps + 80), w20 = load_pair(taps + 96), w21 = load_pair(taps + 112), \
             w22 = load_pair(taps + 128)

// A column, of which x and y hold the upper two inputs: finishes l, goes on with m and begins r. Then x and y belong to the
// column behind it.
#define SKIFF_COLUMN(l, m, r)                                    \
  r = load_pair(bias);                                           \
  l = madd(x, w02, l), m = madd(x, w01, m), r = madd(x, w00, r); \
  x = load_pair(p2);                                             \
  l = madd(y, w12, l), m = madd(y, w11, m), r = madd(y, w10, r); \
  p0 += 16, p1 += 16, p2 += 16;                                  \
  y = load_pair(p1);                                             \
  l = madd(x, w22, l), m = madd(x, w21, m), r = madd(x, w20, r); \
  x = load_pair(p0);                                             \
  store_clamped<kHasLimit>(out, l, limit);                       \
  out += 16;

template <bool kHasLimit>
inline void dw_s1_row(const Inputs &in, const float *taps, const float *bias, float act_max, int32_t width, float *out) {
  SKIFF_LOAD_TAPS;
  const Vec limit = fill(act_max);
  const float *p0 = in.row[0], *p1 = in.row[1], *p2 = in.row[2];
  Pair x = load_pair(p0), y = load_pair(p1), b = load_pair(bias);
  Pair s = madd(x, w01, b), t = madd(x, w00, b), u;
  x = load_pair(p2);
  s = madd(y, w11, s), t = madd(y, w10, t);
  s = madd(x, w21, s), t = madd(x, w20, t);
  if (width > 1) {
    p0 += 16, p1 += 16, p2 += 16;
    x = load_pair(p0), y = load_pair(p1);
    int32_t left = width - 2;  // columns with one behind them
    for (; left >= 3; left -= 3) {
      SKIFF_COLUMN(s, t, u)
      SKIFF_COLUMN(t, u, s)
      SKIFF_COLUMN(u, s, t)
    }
    for (; left > 0; --left) {
      SKIFF_COLUMN(s, t, u)
      s = t, t = u;
    }
    s = madd(x, w02, s), t = madd(x, w01, t);
    x = load_pair(p2);
    s = madd(y, w12, s), t = madd(y, w11, t);
    s = madd(x, w22, s), t = madd(x, w21, t);
    store_clamped<kHasLimit>(out, s, limit);
    out += 16;
    s = t;
  }
  store_clamped<kHasLimit>(out, s, limit);
}

// An output, for which m holds what the column to its left gave; r begins the one to its right.
#define SKIFF_OUTPUT(m, r)                                          \
  x = load_pair(p0), y = load_pair(p1), z = load_pair(p2);          \
  m = madd(x, w01, m), x = load_pair(p0 + 16), r = load_pair(bias); \
  m = madd(y, w11, m), y = load_pair(p1 + 16);                      \
  m = madd(z, w21, m), z = load_pair(p2 + 16);                      \
  r = madd(x, w00, r), m = madd(x, w02, m);                         \
  r = madd(y, w10, r), m = madd(y, w12, m);                         \
  r = madd(z, w20, r), m = madd(z, w22, m);                         \
  store_clamped<kHasLimit>(out, m, limit);                          \
  p0 += 32, p1 += 32, p2 += 32, out += 16;

template <bool kHasLimit>
inline void dw_s2_row(const Inputs &in, const float *taps, const float *bias, float act_max, int32_t in_w, int32_t width,
                      float *out) {
  SKIFF_LOAD_TAPS;
  const Vec limit = fill(act_max);
  const float *p0 = in.row[0], *p1 = in.row[1], *p2 = in.row[2];
  Pair m = load_pair(bias), r, x, y, z;
  int32_t left = in_w / 2;  // outputs with a column to their right
  for (; left >= 2; left -= 2) {
    SKIFF_OUTPUT(m, r)
    SKIFF_OUTPUT(r, m)
  }
  if (left > 0) {
    SKIFF_OUTPUT(m, r)
    m = r;
  }
  if (in_w / 2 == width) return;
  m = madd(load_pair(p0), w01, m), m = madd(load_pair(p1), w11, m), m = madd(load_pair(p2), w21, m);
  store_clamped<kHasLimit>(out, m, limit);
}

template <bool kHasLimit>
void dw3x3s1(const skiff::DepthwiseArgs &a) {
  for (int32_t block = 0; block < a.blocks; ++block) {
    const float *taps = a.taps + static_cast<int64_t>(block) * 144, *bias = a.bias + block * 16;
    for (int32_t y = a.row_begin; y < a.row_end; ++y)
      for (int32_t c = 0; c < 16; c += 8)
        dw_s1_row<kHasLimit>(inputs(a, block, y - 1, c), taps + c, bias + c, a.act_max, a.out_w, output_row(a, block, y) + c);
  }
}

template <bool kHasLimit>
void dw3x3s2(const skiff::DepthwiseArgs &a) {
  for (int32_t block = 0; block < a.blocks; ++block) {
    const float *taps = a.taps + static_cast<int64_t>(block) * 144, *bias = a.bias + block * 16;
    for (int32_t y = a.row_begin; y < a.row_end; ++y)
      for (int32_t c = 0; c < 16; c += 8)
        dw_s2_row<kHasLimit>(inputs(a, block, 2 * y - 1, c), taps + c, bias + c, a.act_max, a.in_w, a.out_w,
                             output_row(a, block, y) + c);
  }
}

}  // namespace

void skiff_dw3x3s1_neon(const skiff::DepthwiseArgs *args) { (has_limit(args->act_max) ? dw3x3s1<true> : dw3x3s1<false>)(*args); }

void skiff_dw3x3s2_neon(const skiff::DepthwiseArgs *args) { (has_limit(args->act_max) ? dw3x3s2<true> : dw3x3s2<false>)(*args); }
