// SPDX-License-Identifier: MIT
//
// Resampling by 32-bit multiply-adds with whole weights, which four high and four low halves make in two instructions: NEON
// before its dot products has no sum of neighbouring 16-bit products, and halves would double the multiplications.
//
// Horizontally a register holds one output pixel of one row, [R G B -]; a table look-up takes a tap's bytes apart and widens them
// at once. Nothing is read outside the rows: where 16 bytes would pass a row's end, the last 16 are taken and moved down.
#include "kernels/arm/neon.h"

#include "kernels/simd/pixels.inc"

namespace {

// Four weights, whole.
static inline int32x4_t four_weights(const int16_t *high, int32_t stride) {
  return vaddw_s16(vshll_n_s16(vld1_s16(high), skiff::kWeightLowBits), vld1_s16(high + stride));
}

// Where the bytes of a tap lie in 16 bytes of pixels; 0x80 makes a zero.
inline uint8x16_t tap_bytes(const skiff::ResampleRowsArgs &a, int32_t tap) {
  uint8_t bytes[16];
  for (int32_t i = 0; i < 16; ++i)
    bytes[i] = static_cast<uint8_t>(i < 12 && i % 4 == 0 ? tap * a.pixel_bytes + a.channel[i / 4] : 0x80);
  return vld1q_u8(bytes);
}

static inline int32x4_t look_up(uint8x16_t pixels, uint8x16_t bytes) { return vreinterpretq_s32_u8(vqtbl1q_u8(pixels, bytes)); }

// 16 bytes from `p`; `over` of them lie behind the row's end and are 0.
template <bool kIsEnd>
inline uint8x16_t load_pixels(const uint8_t *p, int32_t over) {
  static const uint8_t kCount[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  if (!kIsEnd || over <= 0) return vld1q_u8(p);
  return vqtbl1q_u8(vld1q_u8(p - over), vaddq_u8(vld1q_u8(kCount), vdupq_n_u8(static_cast<uint8_t>(over))));
}

// The rows of a call; those that it lacks are its last one again.
struct Rows {
  const uint8_t *in[4];
  uint8_t *out[4];
  uint8x16_t tap0, tap1, tap2, tap3;
  int32_t row_bytes;
};

Rows rows_of(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  Rows rows;
  for (int32_t r = 0; r < 4; ++r) {
    const int32_t from = r < a.rows ? r : a.rows - 1;
    rows.in[r] = a.in + from * a.in_stride;
    rows.out[r] = static_cast<uint8_t *>(a.out[from]);
  }
  rows.tap0 = tap_bytes(a, 0), rows.tap1 = tap_bytes(a, 1), rows.tap2 = tap_bytes(a, 2), rows.tap3 = tap_bytes(a, 3);
  rows.row_bytes = row_bytes;
  return rows;
}

// Output pixel x of four rows.
struct Pixel {
  int32x4_t row0, row1, row2, row3;
};

// sum + the four taps in `pixels` times their weights
inline int32x4_t add_taps(int32x4_t sum, const Rows &rows, uint8x16_t pixels, int32x4_t weights) {
  sum = vmlaq_laneq_s32(sum, look_up(pixels, rows.tap0), weights, 0);
  sum = vmlaq_laneq_s32(sum, look_up(pixels, rows.tap1), weights, 1);
  sum = vmlaq_laneq_s32(sum, look_up(pixels, rows.tap2), weights, 2);
  return vmlaq_laneq_s32(sum, look_up(pixels, rows.tap3), weights, 3);
}

template <bool kIsEnd>
inline Pixel pillow_pixel(const skiff::ResampleRowsArgs &a, const Rows &rows, int32_t x) {
  const int16_t *halves = a.weights + static_cast<int64_t>(x) * 2 * a.weight_stride;
  const int32_t taps = a.taps[x], group_bytes = 4 * a.pixel_bytes;
  int64_t offset = static_cast<int64_t>(a.lo[x]) * a.pixel_bytes;
  Pixel sum = {vdupq_n_s32(kHalf), vdupq_n_s32(kHalf), vdupq_n_s32(kHalf), vdupq_n_s32(kHalf)};
  for (int32_t t = 0; t < taps; t += 4, halves += 4, offset += group_bytes) {
    const int32_t over = kIsEnd ? static_cast<int32_t>(offset) + kLoadBytes - rows.row_bytes : 0;
    const int32x4_t weights = four_weights(halves, a.weight_stride);
    sum.row0 = add_taps(sum.row0, rows, load_pixels<kIsEnd>(rows.in[0] + offset, over), weights);
    sum.row1 = add_taps(sum.row1, rows, load_pixels<kIsEnd>(rows.in[1] + offset, over), weights);
    sum.row2 = add_taps(sum.row2, rows, load_pixels<kIsEnd>(rows.in[2] + offset, over), weights);
    sum.row3 = add_taps(sum.row3, rows, load_pixels<kIsEnd>(rows.in[3] + offset, over), weights);
  }
  return sum;
}

// The same by OpenCV's rule: two taps, low halves only.
template <bool kIsEnd>
inline Pixel bilinear_pixel(const skiff::ResampleRowsArgs &a, const Rows &rows, int32_t x) {
  const int64_t offset = static_cast<int64_t>(a.lo[x]) * a.pixel_bytes;
  const int32_t over = kIsEnd ? static_cast<int32_t>(offset) + kLoadBytes - rows.row_bytes : 0;
  const int16_t *low = a.weights + (static_cast<int64_t>(x) * 2 + 1) * a.weight_stride;
  const auto sum = [&](const uint8_t *row) {
    const uint8x16_t pixels = load_pixels<kIsEnd>(row + offset, over);
    return vmlaq_n_s32(vmulq_n_s32(look_up(pixels, rows.tap0), low[0]), look_up(pixels, rows.tap1), low[1]);
  };
  return {sum(rows.in[0]), sum(rows.in[1]), sum(rows.in[2]), sum(rows.in[3])};
}

// Stores the first `bytes` of `v`; a number known where this is compiled makes it one instruction or two.
inline void store_bytes(uint8_t *p, uint64_t v, uint32_t bytes) { __builtin_memcpy(p, &v, bytes); }

// Pixel x of each row: 3 bytes, or 4 of which the next pixel overwrites the last.
inline void store_pillow(const Rows &rows, int32_t x, const Pixel &sum, uint32_t bytes) {
  const auto two_rows = [](int32x4_t upper, int32x4_t lower) {
    return vcombine_s16(vqmovn_s32(vshrq_n_s32(upper, kFractionBits)), vqmovn_s32(vshrq_n_s32(lower, kFractionBits)));
  };
  const uint64_t rows01 = vget_lane_u64(vreinterpret_u64_u8(vqmovun_s16(two_rows(sum.row0, sum.row1))), 0);
  const uint64_t rows23 = vget_lane_u64(vreinterpret_u64_u8(vqmovun_s16(two_rows(sum.row2, sum.row3))), 0);
  store_bytes(rows.out[0] + x * 3, rows01, bytes);
  store_bytes(rows.out[1] + x * 3, rows01 >> 32, bytes);
  store_bytes(rows.out[2] + x * 3, rows23, bytes);
  store_bytes(rows.out[3] + x * 3, rows23 >> 32, bytes);
}

// Pixel x of each row: 6 bytes, or 8 of which the next pixel overwrites the last two.
inline void store_bilinear(const Rows &rows, int32_t x, const Pixel &sum, uint32_t bytes) {
  const auto narrow = [](int32x4_t v) { return vget_lane_u64(vreinterpret_u64_s16(vshrn_n_s32(v, kCvShift)), 0); };
  store_bytes(rows.out[0] + x * 6, narrow(sum.row0), bytes);
  store_bytes(rows.out[1] + x * 6, narrow(sum.row1), bytes);
  store_bytes(rows.out[2] + x * 6, narrow(sum.row2), bytes);
  store_bytes(rows.out[3] + x * 6, narrow(sum.row3), bytes);
}

// Output pixels before this one read no 16 bytes that pass their row's end.
int32_t inner_pixels(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  int32_t x = a.out_width;
  while (x > 0 && (a.lo[x - 1] + a.taps[x - 1] - 1) * a.pixel_bytes + kLoadBytes > row_bytes) --x;
  return x;
}

void resample_rows(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  const Rows rows = rows_of(a, row_bytes);
  const int32_t inner = inner_pixels(a, row_bytes), last = a.out_width - 1;
  int32_t x = 0;
  for (; x < inner && x < last; ++x) store_pillow(rows, x, pillow_pixel<false>(a, rows, x), 4);
  for (; x < last; ++x) store_pillow(rows, x, pillow_pixel<true>(a, rows, x), 4);
  store_pillow(rows, last, pillow_pixel<true>(a, rows, last), 3);
}

void bilinear_rows(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  const Rows rows = rows_of(a, row_bytes);
  const int32_t inner = inner_pixels(a, row_bytes), last = a.out_width - 1;
  int32_t x = 0;
  for (; x < inner && x < last; ++x) store_bilinear(rows, x, bilinear_pixel<false>(a, rows, x), 8);
  for (; x < last; ++x) store_bilinear(rows, x, bilinear_pixel<true>(a, rows, x), 8);
  store_bilinear(rows, last, bilinear_pixel<true>(a, rows, last), 6);
}

// 16 values of a column.
inline uint8x16_t resample_16(const skiff::ResampleColumnArgs &a, int32_t i) {
  int32x4_t sum0 = vdupq_n_s32(kHalf), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (int32_t t = 0; t < a.taps; ++t) {
    const uint8x16_t pixels = vld1q_u8(static_cast<const uint8_t *>(a.rows[t]) + i);
    const uint16x8_t left = vmovl_u8(vget_low_u8(pixels)), right = vmovl_high_u8(pixels);
    const int32_t weight = whole_weight(a, t);
    sum0 = vmlaq_n_s32(sum0, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(left))), weight);
    sum1 = vmlaq_n_s32(sum1, vreinterpretq_s32_u32(vmovl_high_u16(left)), weight);
    sum2 = vmlaq_n_s32(sum2, vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(right))), weight);
    sum3 = vmlaq_n_s32(sum3, vreinterpretq_s32_u32(vmovl_high_u16(right)), weight);
  }
  const auto narrow = [](int32x4_t low, int32x4_t high) {
    const int16x4_t first = vqmovn_s32(vshrq_n_s32(low, kFractionBits));
    return vqmovun_s16(vcombine_s16(first, vqmovn_s32(vshrq_n_s32(high, kFractionBits))));
  };
  return vcombine_u8(narrow(sum0, sum1), narrow(sum2, sum3));
}

// 8 values of a column by OpenCV's rule.
inline uint8x8_t bilinear_8(const skiff::ResampleColumnArgs &a, int32_t i) {
  const int16_t *weights = a.weights + a.weight_stride;
  const auto high = [](int16x8_t v, int16_t weight) {
    return vshrn_high_n_s32(vshrn_n_s32(vmull_n_s16(vget_low_s16(v), weight), 16), vmull_high_n_s16(v, weight), 16);
  };
  const int16x8_t upper = high(vld1q_s16(static_cast<const int16_t *>(a.rows[0]) + i), weights[0]);
  const int16x8_t lower = high(vld1q_s16(static_cast<const int16_t *>(a.rows[1]) + i), weights[1]);
  return vqrshrun_n_s16(vaddq_s16(upper, lower), 2);
}

inline uint8x16_t bilinear_16(const skiff::ResampleColumnArgs &a, int32_t i) {
  return vcombine_u8(bilinear_8(a, i), bilinear_8(a, i + 8));
}

// A column in blocks of 16, the last of which ends where the column does; values one by one where there are fewer.
template <typename Block, typename Single>
inline void column(const skiff::ResampleColumnArgs &a, Block block, Single single) {
  if (a.elems < 16) {
    for (int32_t i = 0; i < a.elems; ++i) a.out[i] = single(a, i);
    return;
  }
  for (int32_t i = 0; i + 16 <= a.elems; i += 16) vst1q_u8(a.out + i, block(a, i));
  if (a.elems % 16 != 0) vst1q_u8(a.out + a.elems - 16, block(a, a.elems - 16));
}

template <bool kHasDivisor>
void normalise(const skiff::NormaliseArgs &a) {
  const Vec divisor = fill(a.divisor);
  const auto floats = [&](uint16x4_t bytes, int c) {
    Vec value = vcvtq_f32_u32(vmovl_u16(bytes));
    if (kHasDivisor) value = vdivq_f32(value, divisor);
    return vmulq_f32(vsubq_f32(value, fill(a.mean[c])), fill(a.scale[c]));
  };
  const auto run = [&](int32_t x) {
    const uint8x8x3_t pixels = vld3_u8(a.pixels + x * 3);
    const uint16x8_t first = vmovl_u8(a.is_bgr ? pixels.val[2] : pixels.val[0]), second = vmovl_u8(pixels.val[1]);
    const uint16x8_t third = vmovl_u8(a.is_bgr ? pixels.val[0] : pixels.val[2]);
    const float32x4x3_t left = {
        {floats(vget_low_u16(first), 0), floats(vget_low_u16(second), 1), floats(vget_low_u16(third), 2)}};
    const float32x4x3_t right = {
        {floats(vget_high_u16(first), 0), floats(vget_high_u16(second), 1), floats(vget_high_u16(third), 2)}};
    vst3q_f32(a.out + x * 3, left);
    vst3q_f32(a.out + x * 3 + 12, right);
  };
  for (int32_t x = 0; x + 8 <= a.width; x += 8) run(x);
  if (a.width % 8 != 0) run(a.width - 8);
}

}  // namespace

void skiff_resample_rows_neon(const skiff::ResampleRowsArgs *args) { with_long_rows(*args, resample_rows); }
void skiff_bilinear_rows_neon(const skiff::ResampleRowsArgs *args) { with_long_rows(*args, bilinear_rows); }
void skiff_resample_column_neon(const skiff::ResampleColumnArgs *args) { column(*args, resample_16, resample_1); }
void skiff_bilinear_column_neon(const skiff::ResampleColumnArgs *args) { column(*args, bilinear_16, bilinear_1); }

void skiff_normalise_neon(const skiff::NormaliseArgs *args) {
  if (args->width < 8) return normalise_few(*args);
  args->divisor == 1.0f ? normalise<false>(*args) : normalise<true>(*args);
}
