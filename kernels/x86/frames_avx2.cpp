// SPDX-License-Identifier: MIT
//
// Frames on their way to be resampled: 16 pixels of YUV at a time in 16-bit numbers, and columns to rows by shuffles.
//
// Chroma is spread over its two pixels and moved up by 8 bits in the one shuffle that also tells U from V; vpmulhrsw is the
// rounded product of the contract. Saturating sums leave 16 bits only where the answer is 255.
#include "kernels/x86/avx2.h"

#include "kernels/simd/frames.inc"

namespace {

using Ints = __m256i;

static inline __m128i load_half(const void *p) { return _mm_loadu_si128(static_cast<const __m128i *>(p)); }
static inline __m128i load_quarter(const void *p) { return _mm_loadl_epi64(static_cast<const __m128i *>(p)); }
static inline void store_all(void *p, Ints v) { _mm256_storeu_si256(static_cast<Ints *>(p), v); }
static inline void store_quarter(void *p, __m128i v) { _mm_storel_epi64(static_cast<__m128i *>(p), v); }
static inline Ints fill16(int32_t x) { return _mm256_set1_epi16(static_cast<int16_t>(x)); }

// Bytes first, first + step, ... of 16, each twice, as the upper halves of 16-bit numbers.
Ints spread_from(int32_t first, int32_t step) {
  alignas(32) uint8_t bytes[32];
  for (int32_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(i % 2 == 0 ? 0x80 : first + i / 4 * step);
  return _mm256_load_si256(reinterpret_cast<const Ints *>(bytes));
}

template <bool kIsPaired>
class Yuv16 {
 public:
  explicit Yuv16(const skiff::YuvRowsArgs &a)
      : spread_u_(spread_from(kIsPaired && a.v < a.u ? 1 : 0, kIsPaired ? 2 : 1)),
        spread_v_(spread_from(kIsPaired && a.u < a.v ? 1 : 0, kIsPaired ? 2 : 1)),
        y_scale_(fill16(a.colours.y_scale)),
        y_offset_(fill16(a.colours.y_offset)),
        v_to_r_(fill16(a.colours.v_to_r)),
        u_to_g_(fill16(a.colours.u_to_g)),
        v_to_g_(fill16(a.colours.v_to_g)),
        u_to_b_(fill16(a.colours.u_to_b)) {}

  void run(const uint8_t *y, const uint8_t *first, const uint8_t *second, uint8_t *out) const {
    const __m128i first_bytes = kIsPaired ? load_half(first) : load_quarter(first);
    const __m128i second_bytes = kIsPaired ? first_bytes : load_quarter(second);
    const Ints u = centred(first_bytes, spread_u_), v = centred(second_bytes, spread_v_);
    const Ints scaled_y = _mm256_mulhi_epu16(_mm256_slli_epi16(_mm256_cvtepu8_epi16(load_half(y)), 8), y_scale_);
    const Ints luma = _mm256_add_epi16(scaled_y, y_offset_);
    const Ints to_g = _mm256_add_epi16(_mm256_mulhrs_epi16(u, u_to_g_), _mm256_mulhrs_epi16(v, v_to_g_));
    const Ints r = colour(luma, _mm256_mulhrs_epi16(v, v_to_r_)), g = colour(luma, to_g);
    const Ints b = colour(luma, _mm256_mulhrs_epi16(u, u_to_b_));
    const Ints rb = _mm256_packus_epi16(r, b), g0 = _mm256_packus_epi16(g, _mm256_setzero_si256());
    const Ints rg = _mm256_unpacklo_epi8(rb, g0), b0 = _mm256_unpackhi_epi8(rb, g0);
    const Ints even = _mm256_unpacklo_epi16(rg, b0), odd = _mm256_unpackhi_epi16(rg, b0);  // pixels 0-3, 8-11; 4-7, 12-15
    store_all(out, _mm256_permute2x128_si256(even, odd, 0x20));
    store_all(out + 32, _mm256_permute2x128_si256(even, odd, 0x31));
  }

 private:
  static Ints centred(__m128i bytes, Ints spread) {
    return _mm256_xor_si256(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), spread), fill16(-0x8000));
  }
  static Ints colour(Ints luma, Ints chroma) { return _mm256_srai_epi16(_mm256_adds_epi16(luma, chroma), 6); }

  Ints spread_u_, spread_v_, y_scale_, y_offset_, v_to_r_, u_to_g_, v_to_g_, u_to_b_;
};

// 4 pixels from `p`, of 4 bytes each. Of 3-byte pixels 16 bytes are read; `over` of them would lie behind the row's end.
template <int kPixelBytes>
inline __m128i load_4(const uint8_t *p, int32_t over) {
  if (kPixelBytes == 4) return load_half(p);
  const __m128i apart = _mm_setr_epi8(0, 1, 2, -128, 3, 4, 5, -128, 6, 7, 8, -128, 9, 10, 11, -128);
  return _mm_shuffle_epi8(load_half(p - over), _mm_add_epi8(apart, _mm_set1_epi8(static_cast<int8_t>(over))));
}

// Rows 0-3 in lower halves, rows 4-7 in upper ones.
template <int kPixelBytes>
inline void transpose_4x8(const uint8_t *in, int64_t in_stride, int32_t over, uint8_t *out, int64_t out_stride) {
  const auto rows = [&](int32_t r) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load_4<kPixelBytes>(in + r * in_stride, over)),
                                   load_4<kPixelBytes>(in + (r + 4) * in_stride, over), 1);
  };
  const Ints row0 = rows(0), row1 = rows(1), row2 = rows(2), row3 = rows(3);
  const Ints left01 = _mm256_unpacklo_epi32(row0, row1), right01 = _mm256_unpackhi_epi32(row0, row1);
  const Ints left23 = _mm256_unpacklo_epi32(row2, row3), right23 = _mm256_unpackhi_epi32(row2, row3);
  store_all(out, _mm256_unpacklo_epi64(left01, left23));
  store_all(out + out_stride, _mm256_unpackhi_epi64(left01, left23));
  store_all(out + 2 * out_stride, _mm256_unpacklo_epi64(right01, right23));
  store_all(out + 3 * out_stride, _mm256_unpackhi_epi64(right01, right23));
}

inline void transpose_8x8(const uint8_t *in, int64_t in_stride, uint8_t *out, int64_t out_stride) {
  const auto two_rows = [&](int32_t r) {
    return _mm_unpacklo_epi8(load_quarter(in + r * in_stride), load_quarter(in + (r + 1) * in_stride));
  };
  const auto store_two = [&](int32_t x, __m128i columns) {
    store_quarter(out + x * out_stride, columns);
    store_quarter(out + (x + 1) * out_stride, _mm_unpackhi_epi64(columns, columns));
  };
  const __m128i rows01 = two_rows(0), rows23 = two_rows(2), rows45 = two_rows(4), rows67 = two_rows(6);
  const __m128i left0 = _mm_unpacklo_epi16(rows01, rows23), right0 = _mm_unpackhi_epi16(rows01, rows23);
  const __m128i left4 = _mm_unpacklo_epi16(rows45, rows67), right4 = _mm_unpackhi_epi16(rows45, rows67);
  store_two(0, _mm_unpacklo_epi32(left0, left4));
  store_two(2, _mm_unpackhi_epi32(left0, left4));
  store_two(4, _mm_unpacklo_epi32(right0, right4));
  store_two(6, _mm_unpackhi_epi32(right0, right4));
}

}  // namespace

void skiff_yuv_rows_avx2(const skiff::YuvRowsArgs *args) {
  args->chroma_step == 2 ? yuv_rows<Yuv16<true>>(*args) : yuv_rows<Yuv16<false>>(*args);
}

void skiff_transpose_avx2(const skiff::TransposeArgs *args) { transpose(*args); }
