// SPDX-License-Identifier: MIT
//
// Work on u8 pixel rows: the resampling passes of Pillow and OpenCV and the step to floats. Integers and single float operations
// throughout, so every version of these kernels gives the same bytes.
//
// And what brings frames into a form that can be resampled: YUV to RGB, columns to rows.
#include "kernels/ref/ref.h"

namespace {

constexpr int32_t kFractionBits = 22;  // Pillow's PRECISION_BITS: 32 - 8 bits of a pixel - 2 for weights above 1 and their sums
constexpr int32_t kHalf = 1 << (kFractionBits - 1);

inline uint8_t round_pixel(int32_t fixed) {
  const int32_t value = fixed >> kFractionBits;
  return uint8_t(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Tap t's weight, from the halves of one output pixel.
inline int32_t whole_weight(const int16_t *halves, int32_t stride, int32_t t) {
  return halves[t] * (1 << skiff::kWeightLowBits) + halves[stride + t];
}

// sum[r][c] += the weighted source pixels of output pixel x of row r.
inline void weigh_pixels(const skiff::ResampleRowsArgs &args, int32_t x, int32_t (&sum)[skiff::kResampleRows][3]) {
  const uint8_t *in = args.in + int64_t(args.lo[x]) * args.pixel_bytes;
  const int16_t *halves = args.weights + int64_t(x) * 2 * args.weight_stride;
  for (int32_t t = 0; t < args.taps[x]; ++t, in += args.pixel_bytes) {
    const int32_t weight = whole_weight(halves, args.weight_stride, t);
    for (int32_t r = 0; r < args.rows; ++r)
      for (int32_t c = 0; c < 3; ++c) sum[r][c] += in[r * args.in_stride + args.channel[c]] * weight;
  }
}

// x / 2^15 rounded to the nearest
inline int32_t scaled(int32_t x, int32_t factor) { return (x * factor + (1 << 14)) >> 15; }

inline uint8_t byte_of(int32_t sum) {
  const int32_t value = sum >> 6;
  return uint8_t(value < 0 ? 0 : value > 255 ? 255 : value);
}

inline void copy_pixel(const uint8_t *in, int32_t bytes, uint8_t *out) {
  out[0] = in[0];
  if (bytes == 1) return;
  out[1] = in[1];
  out[2] = in[2];
  out[3] = bytes == 4 ? in[3] : 0;
}

}  // namespace

void skiff_normalise_ref(const skiff::NormaliseArgs *args) {
  for (int32_t x = 0; x < args->width; ++x)
    for (int32_t c = 0; c < 3; ++c) {
      const float value = args->pixels[x * 3 + (args->is_bgr ? 2 - c : c)];
      args->out[x * 3 + c] = (value / args->divisor - args->mean[c]) * args->scale[c];
    }
}

void skiff_resample_rows_ref(const skiff::ResampleRowsArgs *args) {
  for (int32_t x = 0; x < args->out_width; ++x) {
    int32_t sum[skiff::kResampleRows][3] = {};
    weigh_pixels(*args, x, sum);
    for (int32_t r = 0; r < args->rows; ++r)
      for (int32_t c = 0; c < 3; ++c) static_cast<uint8_t *>(args->out[r])[x * 3 + c] = round_pixel(sum[r][c] + kHalf);
  }
}

void skiff_resample_column_ref(const skiff::ResampleColumnArgs *args) {
  constexpr int32_t kBlock = 16;  // values at once, so that a weight is put together once for all of them
  for (int32_t begin = 0; begin < args->elems; begin += kBlock) {
    const int32_t count = args->elems - begin < kBlock ? args->elems - begin : kBlock;
    int32_t sum[kBlock] = {};
    for (int32_t t = 0; t < args->taps; ++t) {
      const uint8_t *row = static_cast<const uint8_t *>(args->rows[t]) + begin;
      const int32_t weight = whole_weight(args->weights, args->weight_stride, t);
      for (int32_t i = 0; i < count; ++i) sum[i] += row[i] * weight;
    }
    for (int32_t i = 0; i < count; ++i) args->out[begin + i] = round_pixel(sum[i] + kHalf);
  }
}

void skiff_bilinear_rows_ref(const skiff::ResampleRowsArgs *args) {
  for (int32_t x = 0; x < args->out_width; ++x) {
    int32_t sum[skiff::kResampleRows][3] = {};
    weigh_pixels(*args, x, sum);
    for (int32_t r = 0; r < args->rows; ++r)
      for (int32_t c = 0; c < 3; ++c) static_cast<int16_t *>(args->out[r])[x * 3 + c] = int16_t(sum[r][c] >> 4);
  }
}

void skiff_bilinear_column_ref(const skiff::ResampleColumnArgs *args) {
  const int16_t *upper = static_cast<const int16_t *>(args->rows[0]), *lower = static_cast<const int16_t *>(args->rows[1]);
  const int16_t *weights = args->weights + args->weight_stride;  // the low halves
  for (int32_t i = 0; i < args->elems; ++i) {
    const int32_t sum = (upper[i] * weights[0] >> 16) + (lower[i] * weights[1] >> 16);
    args->out[i] = uint8_t((sum + 2) >> 2);
  }
}

void skiff_yuv_rows_ref(const skiff::YuvRowsArgs *args) {
  const skiff::YuvColours &k = args->colours;
  for (int32_t r = 0; r < args->rows; ++r) {
    const int64_t chroma_row = (args->phase + r) / 2 * args->chroma_stride;
    const uint8_t *y = args->y + r * args->y_stride, *u = args->u + chroma_row, *v = args->v + chroma_row;
    uint8_t *out = args->out + r * args->out_stride;
    int32_t to_r = 0, to_g = 0, to_b = 0;
    for (int32_t x = 0; x < args->width; ++x, out += 4) {
      if (x % 2 == 0) {
        const int32_t cu = (u[x / 2 * args->chroma_step] - 128) * 256, cv = (v[x / 2 * args->chroma_step] - 128) * 256;
        to_r = scaled(cv, k.v_to_r);
        to_g = scaled(cu, k.u_to_g) + scaled(cv, k.v_to_g);
        to_b = scaled(cu, k.u_to_b);
      }
      const int32_t luma = (y[x] * 256 * k.y_scale >> 16) + k.y_offset;
      out[0] = byte_of(luma + to_r);
      out[1] = byte_of(luma + to_g);
      out[2] = byte_of(luma + to_b);
      out[3] = 0;
    }
  }
}

void skiff_transpose_ref(const skiff::TransposeArgs *args) {
  const int32_t out_bytes = args->pixel_bytes == 1 ? 1 : 4;
  for (int32_t x = 0; x < args->width; ++x)
    for (int32_t y = 0; y < args->rows; ++y)
      copy_pixel(args->in + y * args->in_stride + x * args->pixel_bytes, args->pixel_bytes,
                 args->out + x * args->out_stride + y * out_bytes);
}
