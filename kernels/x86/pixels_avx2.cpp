// SPDX-License-Identifier: MIT
//
// Resampling by 16-bit multiply-adds, two taps at a time, high and low halves of the weights side by side. A 32-bit product a tap
// (vpmulld) needs every byte widened to 32 bits and is two instructions' worth of work on many CPUs; floats do not hold the sums.
//
// Horizontally a register holds two rows, [R G B -] of the one in its lower half and of the other in its upper, so that a pixel's
// colours stay in place and one byte shuffle takes two taps of both rows apart. Nothing is read outside the rows: where 16 bytes
// would pass a row's end, the last 16 are taken and moved down.
#include "kernels/x86/avx2.h"

#include "kernels/simd/pixels.inc"

namespace {

using Ints = __m256i;

static inline Ints load_bytes(const void *p) { return _mm256_loadu_si256(static_cast<const Ints *>(p)); }
static inline __m128i load_half(const void *p) { return _mm_loadu_si128(static_cast<const __m128i *>(p)); }
static inline void store_quarter(void *p, __m128i v) { _mm_storel_epi64(static_cast<__m128i *>(p), v); }

// Two neighbouring 16-bit weights in every 32 bits.
static inline Ints two_weights(const int16_t *p) {
  int32_t pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return _mm256_set1_epi32(pair);
}

// sum + a[2i] * b[2i] + a[2i + 1] * b[2i + 1]
static inline Ints add_products(Ints sum, Ints a, Ints b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }

// The whole sum of one whose halves of the weights went apart.
static inline Ints join(Ints high, Ints low) { return _mm256_add_epi32(_mm256_slli_epi32(high, skiff::kWeightLowBits), low); }

// How source bytes become 16-bit numbers.
struct Shuffles {
  Ints taps01, taps23;  // [R0 R1 G0 G1 B0 B1 0 0] of 4 pixels, and the same of taps 2 and 3
};

Ints shuffle_of(const skiff::ResampleRowsArgs &a, int32_t first_tap) {
  alignas(16) uint8_t bytes[16];
  for (int32_t i = 0; i < 16; ++i) {
    const int32_t c = i / 4, tap = first_tap + i % 4 / 2;
    bytes[i] = static_cast<uint8_t>(c < 3 && i % 2 == 0 ? tap * a.pixel_bytes + a.channel[c] : 0x80);
  }
  return _mm256_broadcastsi128_si256(load_half(bytes));
}

// 16 bytes from `p`; `over` of them lie behind the row's end and are 0.
template <bool kIsEnd>
inline __m128i load_pixels(const uint8_t *p, int32_t over) {
  alignas(16) static const uint8_t kDown[32] = {0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
                                                11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                                0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
  if (!kIsEnd || over <= 0) return load_half(p);
  return _mm_shuffle_epi8(load_half(p - over), load_half(kDown + over));
}

template <bool kIsEnd>
inline Ints load_two_rows(const uint8_t *upper, const uint8_t *lower, int64_t offset, int32_t over) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load_pixels<kIsEnd>(upper + offset, over)),
                                 load_pixels<kIsEnd>(lower + offset, over), 1);
}

// The rows of a call; those that it lacks are its last one again.
struct Rows {
  const uint8_t *in[4];
  uint8_t *out[4];
  Shuffles shuffles;
  int32_t row_bytes;
};

Rows rows_of(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  Rows rows;
  for (int32_t r = 0; r < 4; ++r) {
    const int32_t from = r < a.rows ? r : a.rows - 1;
    rows.in[r] = a.in + from * a.in_stride;
    rows.out[r] = static_cast<uint8_t *>(a.out[from]);
  }
  rows.shuffles = {shuffle_of(a, 0), shuffle_of(a, 2)};
  rows.row_bytes = row_bytes;
  return rows;
}

// Output pixel x of four rows as 16-bit numbers: [R G B - of row 0 and of row 2 | of row 1 and of row 3].
template <bool kIsEnd>
inline Ints pillow_pixel(const skiff::ResampleRowsArgs &a, const Rows &rows, int32_t x) {
  const int16_t *weights = a.weights + static_cast<int64_t>(x) * 2 * a.weight_stride;
  const int32_t taps = a.taps[x], group_bytes = 4 * a.pixel_bytes;
  int64_t offset = static_cast<int64_t>(a.lo[x]) * a.pixel_bytes;
  Ints high01 = _mm256_setzero_si256(), high23 = high01, low01 = _mm256_set1_epi32(kHalf), low23 = low01;
  for (int32_t t = 0; t < taps; t += 4, weights += 4, offset += group_bytes) {
    const int32_t over = kIsEnd ? static_cast<int32_t>(offset) + kLoadBytes - rows.row_bytes : 0;
    const Ints pixels01 = load_two_rows<kIsEnd>(rows.in[0], rows.in[1], offset, over);
    const Ints pixels23 = load_two_rows<kIsEnd>(rows.in[2], rows.in[3], offset, over);
    const Ints first01 = _mm256_shuffle_epi8(pixels01, rows.shuffles.taps01);
    const Ints first23 = _mm256_shuffle_epi8(pixels23, rows.shuffles.taps01);
    const Ints second01 = _mm256_shuffle_epi8(pixels01, rows.shuffles.taps23);
    const Ints second23 = _mm256_shuffle_epi8(pixels23, rows.shuffles.taps23);
    const Ints high_first = two_weights(weights), high_second = two_weights(weights + 2);
    const Ints low_first = two_weights(weights + a.weight_stride), low_second = two_weights(weights + a.weight_stride + 2);
    high01 = add_products(add_products(high01, first01, high_first), second01, high_second);
    high23 = add_products(add_products(high23, first23, high_first), second23, high_second);
    low01 = add_products(add_products(low01, first01, low_first), second01, low_second);
    low23 = add_products(add_products(low23, first23, low_first), second23, low_second);
  }
  return _mm256_packs_epi32(_mm256_srai_epi32(join(high01, low01), kFractionBits),
                            _mm256_srai_epi32(join(high23, low23), kFractionBits));
}

// The same by OpenCV's rule: two taps, low halves only.
template <bool kIsEnd>
inline Ints bilinear_pixel(const skiff::ResampleRowsArgs &a, const Rows &rows, int32_t x) {
  const int64_t offset = static_cast<int64_t>(a.lo[x]) * a.pixel_bytes;
  const int32_t over = kIsEnd ? static_cast<int32_t>(offset) + kLoadBytes - rows.row_bytes : 0;
  const Ints weights = two_weights(a.weights + (static_cast<int64_t>(x) * 2 + 1) * a.weight_stride);
  const Ints pixels01 = load_two_rows<kIsEnd>(rows.in[0], rows.in[1], offset, over);
  const Ints pixels23 = load_two_rows<kIsEnd>(rows.in[2], rows.in[3], offset, over);
  const Ints sum01 = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels01, rows.shuffles.taps01), weights);
  const Ints sum23 = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels23, rows.shuffles.taps01), weights);
  return _mm256_packs_epi32(_mm256_srai_epi32(sum01, kCvShift), _mm256_srai_epi32(sum23, kCvShift));
}

// Stores the quarters of `v` at `offset` of rows 0 and 2 | 1 and 3: six bytes, and two that the next store overwrites.
inline void store_rows(const Rows &rows, int64_t offset, Ints v) {
  const __m128i even = _mm256_castsi256_si128(v), odd = _mm256_extracti128_si256(v, 1);
  store_quarter(rows.out[0] + offset, even);
  store_quarter(rows.out[1] + offset, odd);
  store_quarter(rows.out[2] + offset, _mm_unpackhi_epi64(even, even));
  store_quarter(rows.out[3] + offset, _mm_unpackhi_epi64(odd, odd));
}

// The same where nothing may be written behind the first `bytes`.
void store_rows_end(const Rows &rows, int64_t offset, Ints v, int32_t bytes) {
  alignas(32) uint8_t quarters[32];
  _mm256_store_si256(reinterpret_cast<Ints *>(quarters), v);
  constexpr int32_t kQuarterOfRow[4] = {0, 2, 1, 3};
  for (int32_t r = 0; r < 4; ++r)
    for (int32_t i = 0; i < bytes; ++i) rows.out[r][offset + i] = quarters[kQuarterOfRow[r] * 8 + i];
}

// Output pixels before this one read no 16 bytes that pass their row's end.
int32_t inner_pixels(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  int32_t x = a.out_width;
  while (x > 0 && (a.lo[x - 1] + a.taps[x - 1] - 1) * a.pixel_bytes + kLoadBytes > row_bytes) --x;
  return x;
}

// Two output pixels of four rows, six bytes in each quarter.
template <bool kIsEnd>
inline Ints pillow_pair(const skiff::ResampleRowsArgs &a, const Rows &rows, int32_t x, int32_t next) {
  const Ints packed = _mm256_packus_epi16(pillow_pixel<kIsEnd>(a, rows, x), pillow_pixel<kIsEnd>(a, rows, next));
  const __m128i without_gaps = _mm_setr_epi8(0, 1, 2, 8, 9, 10, -1, -1, 4, 5, 6, 12, 13, 14, -1, -1);
  return _mm256_shuffle_epi8(packed, _mm256_broadcastsi128_si256(without_gaps));
}

void resample_rows(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  const Rows rows = rows_of(a, row_bytes);
  const int32_t inner = inner_pixels(a, row_bytes);
  int32_t x = 0;
  for (; x + 2 <= inner && x + 3 <= a.out_width; x += 2) store_rows(rows, x * 3, pillow_pair<false>(a, rows, x, x + 1));
  for (; x + 3 <= a.out_width; x += 2) store_rows(rows, x * 3, pillow_pair<true>(a, rows, x, x + 1));
  store_rows_end(rows, x * 3, pillow_pair<true>(a, rows, x, a.out_width - 1), (a.out_width - x) * 3);
}

void bilinear_rows(const skiff::ResampleRowsArgs &a, int32_t row_bytes) {
  const Rows rows = rows_of(a, row_bytes);
  const int32_t inner = inner_pixels(a, row_bytes), last = a.out_width - 1;
  int32_t x = 0;
  for (; x < inner && x < last; ++x) store_rows(rows, x * 6, bilinear_pixel<false>(a, rows, x));
  for (; x < last; ++x) store_rows(rows, x * 6, bilinear_pixel<true>(a, rows, x));
  store_rows_end(rows, last * 6, bilinear_pixel<true>(a, rows, last), 6);
}

// 32 values of a column: sums of the high and the low halves' products.
inline Ints resample_32(const skiff::ResampleColumnArgs &a, int32_t i) {
  const Ints none = _mm256_setzero_si256(), half = _mm256_set1_epi32(kHalf);
  Ints high0 = none, high1 = none, high2 = none, high3 = none, low0 = half, low1 = half, low2 = half, low3 = half;
  for (int32_t t = 0; t < a.taps; t += 2) {
    const Ints upper = load_bytes(static_cast<const uint8_t *>(a.rows[t]) + i);
    const Ints lower = load_bytes(static_cast<const uint8_t *>(a.rows[t + 1 < a.taps ? t + 1 : t]) + i);  // its weight is 0
    const Ints high = two_weights(a.weights + t), low = two_weights(a.weights + a.weight_stride + t);
    const Ints left = _mm256_unpacklo_epi8(upper, lower), right = _mm256_unpackhi_epi8(upper, lower);
    const Ints pairs0 = _mm256_unpacklo_epi8(left, none), pairs1 = _mm256_unpackhi_epi8(left, none);
    const Ints pairs2 = _mm256_unpacklo_epi8(right, none), pairs3 = _mm256_unpackhi_epi8(right, none);
    high0 = add_products(high0, pairs0, high);
    high1 = add_products(high1, pairs1, high);
    high2 = add_products(high2, pairs2, high);
    high3 = add_products(high3, pairs3, high);
    low0 = add_products(low0, pairs0, low);
    low1 = add_products(low1, pairs1, low);
    low2 = add_products(low2, pairs2, low);
    low3 = add_products(low3, pairs3, low);
  }
  const auto value = [](Ints h, Ints l) { return _mm256_srai_epi32(join(h, l), kFractionBits); };
  return _mm256_packus_epi16(_mm256_packs_epi32(value(high0, low0), value(high1, low1)),
                             _mm256_packs_epi32(value(high2, low2), value(high3, low3)));
}

// 16 values of a column by OpenCV's rule, as 16-bit numbers.
inline Ints bilinear_16(const skiff::ResampleColumnArgs &a, int32_t i) {
  const int16_t *weights = a.weights + a.weight_stride;
  const Ints upper = load_bytes(static_cast<const int16_t *>(a.rows[0]) + i);
  const Ints lower = load_bytes(static_cast<const int16_t *>(a.rows[1]) + i);
  const Ints sum = _mm256_add_epi16(_mm256_mulhi_epi16(upper, _mm256_set1_epi16(weights[0])),
                                    _mm256_mulhi_epi16(lower, _mm256_set1_epi16(weights[1])));
  return _mm256_srai_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
}

inline Ints bilinear_32(const skiff::ResampleColumnArgs &a, int32_t i) {
  return _mm256_permute4x64_epi64(_mm256_packus_epi16(bilinear_16(a, i), bilinear_16(a, i + 16)), 0xD8);
}

// A column in blocks of 32, the last of which ends where the column does; values one by one where there are fewer.
template <typename Block, typename Single>
inline void column(const skiff::ResampleColumnArgs &a, Block block, Single single) {
  if (a.elems < 32) {
    for (int32_t i = 0; i < a.elems; ++i) a.out[i] = single(a, i);
    return;
  }
  const auto run = [&](int32_t i) { _mm256_storeu_si256(reinterpret_cast<Ints *>(a.out + i), block(a, i)); };
  for (int32_t i = 0; i + 32 <= a.elems; i += 32) run(i);
  if (a.elems % 32 != 0) run(a.elems - 32);
}

// Where the bytes of 8 floats lie: of floats 0, 8 and 16 of a run of 8 pixels, in 16 bytes from byte 0, 4 and 8 of the run.
alignas(16) constexpr int8_t kFloatsOf[2][3][16] = {
    {{0, 1, 2, 3, 4, 5, 6, 7}, {4, 5, 6, 7, 8, 9, 10, 11}, {8, 9, 10, 11, 12, 13, 14, 15}},
    {{2, 1, 0, 5, 4, 3, 8, 7}, {2, 7, 6, 5, 10, 9, 8, 13}, {8, 7, 12, 11, 10, 15, 14, 13}},
};

// The recipe for 8 floats whose first has colour `first`.
struct FloatRecipe {
  Vec mean, scale;
};

FloatRecipe recipe_from(const skiff::NormaliseArgs &a, int32_t first) {
  alignas(32) float mean[kLanes], scale[kLanes];
  for (int32_t i = 0; i < kLanes; ++i) {
    mean[i] = a.mean[(first + i) % 3];
    scale[i] = a.scale[(first + i) % 3];
  }
  return {load(mean), load(scale)};
}

template <bool kHasDivisor>
void normalise(const skiff::NormaliseArgs &a) {
  const int8_t(*floats_of)[16] = kFloatsOf[a.is_bgr != 0];
  const __m128i shuffle0 = load_half(floats_of[0]), shuffle1 = load_half(floats_of[1]), shuffle2 = load_half(floats_of[2]);
  const FloatRecipe recipe0 = recipe_from(a, 0), recipe1 = recipe_from(a, 2), recipe2 = recipe_from(a, 1);
  const Vec divisor = fill(a.divisor);
  const auto floats = [&](const uint8_t *bytes, __m128i shuffle, const FloatRecipe &recipe) {
    Vec value = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_shuffle_epi8(load_half(bytes), shuffle)));
    if (kHasDivisor) value = _mm256_div_ps(value, divisor);
    return _mm256_mul_ps(_mm256_sub_ps(value, recipe.mean), recipe.scale);
  };
  const auto run = [&](int32_t x) {
    const uint8_t *in = a.pixels + x * 3;
    float *out = a.out + x * 3;
    store(out, floats(in, shuffle0, recipe0));
    store(out + 8, floats(in + 4, shuffle1, recipe1));
    store(out + 16, floats(in + 8, shuffle2, recipe2));
  };
  for (int32_t x = 0; x + 8 <= a.width; x += 8) run(x);
  if (a.width % 8 != 0) run(a.width - 8);
}

}  // namespace

void skiff_resample_rows_avx2(const skiff::ResampleRowsArgs *args) { with_long_rows(*args, resample_rows); }
void skiff_bilinear_rows_avx2(const skiff::ResampleRowsArgs *args) { with_long_rows(*args, bilinear_rows); }
void skiff_resample_column_avx2(const skiff::ResampleColumnArgs *args) { column(*args, resample_32, resample_1); }
void skiff_bilinear_column_avx2(const skiff::ResampleColumnArgs *args) { column(*args, bilinear_32, bilinear_1); }

void skiff_normalise_avx2(const skiff::NormaliseArgs *args) {
  if (args->width < 8) return normalise_few(*args);
  args->divisor == 1.0f ? normalise<false>(*args) : normalise<true>(*args);
}
