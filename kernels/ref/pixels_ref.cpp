// SPDX-License-Identifier: MIT
//
// Work on u8 pixel rows: the resampling passes of Pillow and OpenCV and the step to floats. Integer arithmetic throughout, so
// every version of these kernels gives the same bytes.
#include "kernels/ref/ref.h"

namespace {

constexpr int32_t kFractionBits = 22;  // Pillow's PRECISION_BITS: 32 - 8 bits of a pixel - 2 for weights above 1 and their sums
constexpr int32_t kHalf = 1 << (kFractionBits - 1);

inline uint8_t round_pixel(int32_t fixed) {
  const int32_t value = fixed >> kFractionBits;
  return uint8_t(value < 0 ? 0 : value > 255 ? 255 : value);
}

// sum[c] += the weighted source pixels of output pixel x.
inline void weigh_pixels(const skiff::ResampleRowArgs &args, int32_t x, int32_t (&sum)[3]) {
  const uint8_t *in = args.in + int64_t(args.lo[x]) * args.pixel_bytes;
  const int32_t *weights = args.weights + int64_t(x) * args.weight_stride;
  for (int32_t t = 0; t < args.taps[x]; ++t, in += args.pixel_bytes)
    for (int32_t c = 0; c < 3; ++c) sum[c] += in[args.channel[c]] * weights[t];
}

}  // namespace

void skiff_normalise_ref(const skiff::NormaliseArgs *args) {
  for (int32_t x = 0; x < args->width; ++x)
    for (int32_t c = 0; c < 3; ++c) {
      const int32_t source = args->is_bgr ? 2 - c : c;
      args->out[x * 3 + c] = args->table[c * 256 + args->pixels[x * 3 + source]];
    }
}

void skiff_resample_row_ref(const skiff::ResampleRowArgs *args) {
  uint8_t *out = static_cast<uint8_t *>(args->out);
  for (int32_t x = 0; x < args->out_width; ++x) {
    int32_t sum[3] = {kHalf, kHalf, kHalf};
    weigh_pixels(*args, x, sum);
    for (int32_t c = 0; c < 3; ++c) out[x * 3 + c] = round_pixel(sum[c]);
  }
}

void skiff_resample_column_ref(const skiff::ResampleColumnArgs *args) {
  const uint8_t *const *rows = reinterpret_cast<const uint8_t *const *>(args->rows);
  for (int32_t i = 0; i < args->elems; ++i) {
    int32_t sum = kHalf;
    for (int32_t t = 0; t < args->taps; ++t) sum += rows[t][i] * args->weights[t];
    args->out[i] = round_pixel(sum);
  }
}

void skiff_bilinear_row_ref(const skiff::ResampleRowArgs *args) {
  int32_t *out = static_cast<int32_t *>(args->out);
  for (int32_t x = 0; x < args->out_width; ++x) {
    int32_t sum[3] = {0, 0, 0};
    weigh_pixels(*args, x, sum);
    for (int32_t c = 0; c < 3; ++c) out[x * 3 + c] = sum[c];
  }
}

void skiff_bilinear_column_ref(const skiff::ResampleColumnArgs *args) {
  const int32_t *upper = static_cast<const int32_t *>(args->rows[0]), *lower = static_cast<const int32_t *>(args->rows[1]);
  for (int32_t i = 0; i < args->elems; ++i) {
    const int32_t sum = ((upper[i] >> 4) * args->weights[0] >> 16) + ((lower[i] >> 4) * args->weights[1] >> 16);
    args->out[i] = uint8_t((sum + 2) >> 2);
  }
}
