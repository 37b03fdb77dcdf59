// SPDX-License-Identifier: MIT
//
// Frames on their way to be resampled: 16 pixels of YUV at a time in 16-bit numbers, and columns to rows.
//
// sqrdmulh is the rounded product of the contract, sqdmulh of twice a half the one without rounding; each chroma product is made
// once and spread over its two pixels. Saturating sums leave 16 bits only where the answer is 255.
#include "kernels/arm/neon.h"

#include "kernels/simd/frames.inc"

namespace {

template <bool kIsPaired>
class Yuv16 {
 public:
  explicit Yuv16(const skiff::YuvRowsArgs &a) : k_(a.colours), is_v_first_(kIsPaired && a.v < a.u) {}

  void run(const uint8_t *y, const uint8_t *first, const uint8_t *second, uint8_t *out) const {
    uint8x8_t u, v;
    if (kIsPaired) {
      const uint8x8x2_t pairs = vld2_u8(first);
      u = is_v_first_ ? pairs.val[1] : pairs.val[0];
      v = is_v_first_ ? pairs.val[0] : pairs.val[1];
    } else {
      u = vld1_u8(first);
      v = vld1_u8(second);
    }
    const int16x8_t cu = centred(u), cv = centred(v);
    const int16x8_t to_r = vqrdmulhq_n_s16(cv, k_.v_to_r), to_b = vqrdmulhq_n_s16(cu, k_.u_to_b);
    const int16x8_t to_g = vaddq_s16(vqrdmulhq_n_s16(cu, k_.u_to_g), vqrdmulhq_n_s16(cv, k_.v_to_g));
    const uint8x16_t lumas = vld1q_u8(y);
    const int16x8_t left = luma(vget_low_u8(lumas)), right = luma(vget_high_u8(lumas));
    const uint8x16x4_t pixels = {
        {colour(left, right, to_r), colour(left, right, to_g), colour(left, right, to_b), vdupq_n_u8(0)}};
    vst4q_u8(out, pixels);
  }

 private:
  // (x - 128) * 256
  static int16x8_t centred(uint8x8_t x) { return vreinterpretq_s16_u16(vshlq_n_u16(vmovl_u8(veor_u8(x, vdup_n_u8(0x80))), 8)); }
  int16x8_t luma(uint8x8_t y) const {
    const int16x8_t halved = vreinterpretq_s16_u16(vshll_n_u8(y, 7));
    return vaddq_s16(vqdmulhq_n_s16(halved, k_.y_scale), vdupq_n_s16(k_.y_offset));
  }
  static uint8x16_t colour(int16x8_t left, int16x8_t right, int16x8_t chroma) {
    const int16x8_t low = vqaddq_s16(left, vzip1q_s16(chroma, chroma)), high = vqaddq_s16(right, vzip2q_s16(chroma, chroma));
    return vcombine_u8(vqshrun_n_s16(low, 6), vqshrun_n_s16(high, 6));
  }

  skiff::YuvColours k_;
  bool is_v_first_;
};

// 4 pixels from `p`, of 4 bytes each. Of 3-byte pixels 16 bytes are read; `over` of them would lie behind the row's end.
template <int kPixelBytes>
inline uint32x4_t load_4(const uint8_t *p, int32_t over) {
  static const uint8_t kApart[16] = {0, 1, 2, 0x80, 3, 4, 5, 0x80, 6, 7, 8, 0x80, 9, 10, 11, 0x80};
  if (kPixelBytes == 4) return vreinterpretq_u32_u8(vld1q_u8(p));
  return vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(p - over), vaddq_u8(vld1q_u8(kApart), vdupq_n_u8(static_cast<uint8_t>(over)))));
}

template <int kPixelBytes>
inline void transpose_4x4(const uint8_t *in, int64_t in_stride, int32_t over, uint8_t *out, int64_t out_stride) {
  const uint32x4_t row0 = load_4<kPixelBytes>(in, over), row1 = load_4<kPixelBytes>(in + in_stride, over);
  const uint32x4_t row2 = load_4<kPixelBytes>(in + 2 * in_stride, over), row3 = load_4<kPixelBytes>(in + 3 * in_stride, over);
  const uint64x2_t even01 = vreinterpretq_u64_u32(vtrn1q_u32(row0, row1)), odd01 = vreinterpretq_u64_u32(vtrn2q_u32(row0, row1));
  const uint64x2_t even23 = vreinterpretq_u64_u32(vtrn1q_u32(row2, row3)), odd23 = vreinterpretq_u64_u32(vtrn2q_u32(row2, row3));
  vst1q_u8(out, vreinterpretq_u8_u64(vtrn1q_u64(even01, even23)));
  vst1q_u8(out + out_stride, vreinterpretq_u8_u64(vtrn1q_u64(odd01, odd23)));
  vst1q_u8(out + 2 * out_stride, vreinterpretq_u8_u64(vtrn2q_u64(even01, even23)));
  vst1q_u8(out + 3 * out_stride, vreinterpretq_u8_u64(vtrn2q_u64(odd01, odd23)));
}

template <int kPixelBytes>
inline void transpose_4x8(const uint8_t *in, int64_t in_stride, int32_t over, uint8_t *out, int64_t out_stride) {
  transpose_4x4<kPixelBytes>(in, in_stride, over, out, out_stride);
  transpose_4x4<kPixelBytes>(in + 4 * in_stride, in_stride, over, out + 16, out_stride);
}

inline void transpose_8x8(const uint8_t *in, int64_t in_stride, uint8_t *out, int64_t out_stride) {
  const auto two_rows = [&](int32_t r) {
    const uint8x8x2_t zipped = vzip_u8(vld1_u8(in + r * in_stride), vld1_u8(in + (r + 1) * in_stride));
    return vreinterpretq_u16_u8(vcombine_u8(zipped.val[0], zipped.val[1]));
  };
  const auto store_two = [&](int32_t x, uint32x4_t columns) {
    vst1_u8(out + x * out_stride, vreinterpret_u8_u32(vget_low_u32(columns)));
    vst1_u8(out + (x + 1) * out_stride, vreinterpret_u8_u32(vget_high_u32(columns)));
  };
  const uint16x8_t rows01 = two_rows(0), rows23 = two_rows(2), rows45 = two_rows(4), rows67 = two_rows(6);
  const uint32x4_t left0 = vreinterpretq_u32_u16(vzip1q_u16(rows01, rows23));
  const uint32x4_t right0 = vreinterpretq_u32_u16(vzip2q_u16(rows01, rows23));
  const uint32x4_t left4 = vreinterpretq_u32_u16(vzip1q_u16(rows45, rows67));
  const uint32x4_t right4 = vreinterpretq_u32_u16(vzip2q_u16(rows45, rows67));
  store_two(0, vzip1q_u32(left0, left4));
  store_two(2, vzip2q_u32(left0, left4));
  store_two(4, vzip1q_u32(right0, right4));
  store_two(6, vzip2q_u32(right0, right4));
}

}  // namespace

void skiff_yuv_rows_neon(const skiff::YuvRowsArgs *args) {
  args->chroma_step == 2 ? yuv_rows<Yuv16<true>>(*args) : yuv_rows<Yuv16<false>>(*args);
}

void skiff_transpose_neon(const skiff::TransposeArgs *args) { transpose(*args); }
