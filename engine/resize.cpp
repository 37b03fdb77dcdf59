// SPDX-License-Identifier: MIT
//
// Both families of rules are separable, horizontal pass first. Pillow rounds to u8 between the passes and has as many taps as the
// shrinking asks for; OpenCV's bilinear keeps 32 bits between the passes and always has two taps. The tables hide the difference
// from the row loop.
#include "engine/resize.h"

#include <math.h>

namespace skiff {
namespace {

constexpr int32_t kPillowOne = 1 << 22;
constexpr double kPi = 3.14159265358979323846;

bool is_pillow(ResizeRule rule) { return rule != ResizeRule::kCvBilinear; }

double pillow_support(ResizeRule rule) { return rule == ResizeRule::kPillowLanczos ? 3.0 : 1.0; }

double sinc(double x) { return x == 0.0 ? 1.0 : sin(x * kPi) / (x * kPi); }

double pillow_filter(ResizeRule rule, double x) {
  if (rule == ResizeRule::kPillowLanczos) return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
  const double distance = x < 0.0 ? -x : x;
  return distance < 1.0 ? 1.0 - distance : 0.0;
}

// Taps that shrinking in_px to out_px can need.
int32_t taps_needed(ResizeRule rule, int32_t in_px, int32_t out_px) {
  if (!is_pillow(rule)) return 2;
  const double scale = double(in_px) / out_px;
  return 2 * (int32_t(pillow_support(rule) * (scale > 1.0 ? scale : 1.0)) + 1) + 1;
}

// Source: Pillow src/libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc.
void pillow_pixel(ResizeRule rule, ResizeAxis *axis, int32_t i, double *exact) {
  const double scale = double(axis->in_px) / axis->out_px;
  const double filter_scale = scale > 1.0 ? scale : 1.0;
  const double support = pillow_support(rule) * filter_scale, center = (i + 0.5) * scale;
  const int32_t first = int32_t(center - support + 0.5), end = int32_t(center + support + 0.5);
  const int32_t lo = first < 0 ? 0 : first;
  const int32_t taps = (end > axis->in_px ? axis->in_px : end) - lo;
  double sum = 0.0;
  for (int32_t t = 0; t < taps; ++t) {
    exact[t] = pillow_filter(rule, (t + lo - center + 0.5) * (1.0 / filter_scale));
    sum += exact[t];
  }
  int32_t *weights = axis->weights + int64_t(i) * axis->max_taps;
  for (int32_t t = 0; t < taps; ++t) {
    const double weight = (sum != 0.0 ? exact[t] / sum : exact[t]) * kPillowOne;
    weights[t] = int32_t(weight < 0.0 ? weight - 0.5 : weight + 0.5);
  }
  axis->lo[i] = lo;
  axis->taps[i] = taps;
}

// Rounds to the nearest integer, halves to even, for 0 <= x < 2^31.
int32_t round_half_even(float x) {
  const int32_t down = int32_t(x);
  const float rest = x - float(down);
  return rest > 0.5f || (rest == 0.5f && (down & 1)) ? down + 1 : down;
}

// Source: OpenCV modules/imgproc/src/resize.cpp, the 8-bit INTER_LINEAR path. Horizontally a tap outside the image takes its
// weight along; vertically the edge row stands in for it. The two round differently, which is why both are kept.
void cv_pixel(ResizeAxis *axis, int32_t i, bool is_vertical) {
  const double scale = 1.0 / (double(axis->out_px) / axis->in_px);
  float fraction = float((i + 0.5) * scale - 0.5);
  int32_t lo = fraction < 0.0f ? -1 : int32_t(fraction);  // floor: fraction > -1
  fraction -= float(lo);
  if (!is_vertical && (lo < 0 || lo >= axis->in_px - 1)) {
    lo = lo < 0 ? 0 : axis->in_px - 1;
    fraction = 0.0f;
  }
  axis->lo[i] = lo;
  axis->taps[i] = is_vertical || lo + 1 < axis->in_px ? 2 : 1;
  axis->weights[i * 2] = round_half_even((1.0f - fraction) * 2048.0f);
  axis->weights[i * 2 + 1] = round_half_even(fraction * 2048.0f);
}

// An axis whose size does not change: Pillow skips the pass.
void identity_pixel(ResizeAxis *axis, int32_t i) {
  axis->lo[i] = i;
  axis->taps[i] = 1;
  axis->weights[int64_t(i) * axis->max_taps] = kPillowOne;
}

void set_axis(ResizeRule rule, int32_t in_px, bool is_vertical, double *exact, ResizeAxis *axis) {
  if (axis->in_px == in_px) return;
  axis->in_px = in_px;
  for (int32_t i = 0; i < axis->out_px; ++i) {
    if (!is_pillow(rule))
      cv_pixel(axis, i, is_vertical);
    else if (in_px == axis->out_px)
      identity_pixel(axis, i);
    else
      pillow_pixel(rule, axis, i, exact);
  }
}

void plan_axis(ResizeRule rule, int32_t out_px, int32_t max_px, Arena *arena, ResizeAxis *axis) {
  axis->out_px = out_px;
  axis->max_taps = taps_needed(rule, max_px, out_px);
  axis->in_px = 0;
  axis->lo = arena->take<int32_t>(uint64_t(out_px));
  axis->taps = arena->take<int32_t>(uint64_t(out_px));
  axis->weights = arena->take<int32_t>(uint64_t(out_px) * uint64_t(axis->max_taps));
}

uint8_t *ring_row(const Resizer &r, int32_t row) { return r.ring + row % r.y.max_taps * r.row_bytes; }

void resample_source_row(const Resizer &r, const KernelTable &kernels, const skiff_image &image, int32_t row) {
  const bool is_grey = image.format == SKIFF_PIXEL_GREY;
  const bool is_bgr = image.format == SKIFF_PIXEL_BGR || image.format == SKIFF_PIXEL_BGRA;
  ResampleRowArgs args;
  args.in = image.pixels + int64_t(row) * image.stride_bytes;
  args.pixel_bytes = pixel_bytes(image.format);
  for (int32_t c = 0; c < 3; ++c) args.channel[c] = is_grey ? 0 : is_bgr ? 2 - c : c;
  args.lo = r.x.lo;
  args.taps = r.x.taps;
  args.weights = r.x.weights;
  args.weight_stride = r.x.max_taps;
  args.out_width = r.x.out_px;
  args.out = ring_row(r, row);
  (is_pillow(r.rule) ? kernels.resample_row : kernels.bilinear_row)(&args);
}

int32_t clamp_row(int32_t row, int32_t rows) { return row < 0 ? 0 : row < rows ? row : rows - 1; }

}  // namespace

int32_t pixel_bytes(skiff_pixel_format format) {
  switch (format) {
    case SKIFF_PIXEL_RGB:
    case SKIFF_PIXEL_BGR:
      return 3;
    case SKIFF_PIXEL_RGBA:
    case SKIFF_PIXEL_BGRA:
      return 4;
    case SKIFF_PIXEL_GREY:
      return 1;
  }
  return 0;
}

void resizer_plan(ResizeRule rule, int32_t out_w, int32_t out_h, int32_t max_w, int32_t max_h, Arena *arena, Resizer *resizer) {
  resizer->rule = rule;
  plan_axis(rule, out_w, max_w, arena, &resizer->x);
  plan_axis(rule, out_h, max_h, arena, &resizer->y);
  const int32_t x_taps = resizer->x.max_taps, y_taps = resizer->y.max_taps;
  resizer->exact = arena->take<double>(uint64_t(x_taps > y_taps ? x_taps : y_taps));
  resizer->row_bytes = int64_t(out_w) * 3 * (is_pillow(rule) ? 1 : int64_t(sizeof(int32_t)));
  resizer->ring = arena->take<uint8_t>(uint64_t(y_taps) * uint64_t(resizer->row_bytes));
  resizer->window = arena->take<const void *>(uint64_t(y_taps));
  resizer->ring_end = 0;
}

void resizer_begin(Resizer *resizer, const skiff_image &image) {
  set_axis(resizer->rule, image.width_px, false, resizer->exact, &resizer->x);
  set_axis(resizer->rule, image.height_px, true, resizer->exact, &resizer->y);
  resizer->ring_end = 0;
}

void resizer_row(Resizer *resizer, const KernelTable &kernels, const skiff_image &image, int32_t y, uint8_t *out) {
  Resizer &r = *resizer;
  const int32_t lo = r.y.lo[y], taps = r.y.taps[y];
  const int32_t first = clamp_row(lo, image.height_px), last = clamp_row(lo + taps - 1, image.height_px);
  if (r.ring_end < first) r.ring_end = first;  // rows that no output row reads
  for (; r.ring_end <= last; ++r.ring_end) resample_source_row(r, kernels, image, r.ring_end);
  for (int32_t t = 0; t < taps; ++t) r.window[t] = ring_row(r, clamp_row(lo + t, image.height_px));
  ResampleColumnArgs args;
  args.rows = r.window;
  args.weights = r.y.weights + int64_t(y) * r.y.max_taps;
  args.taps = taps;
  args.elems = r.x.out_px * 3;
  args.out = out;
  (is_pillow(r.rule) ? kernels.resample_column : kernels.bilinear_column)(&args);
}

}  // namespace skiff
