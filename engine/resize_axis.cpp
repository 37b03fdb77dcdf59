// SPDX-License-Identifier: MIT
//
// Weights have to be the libraries' own, and Pillow asks libm for two sines a tap: a tenth of a millisecond for a photo, which a
// stream of photos of changing sizes would pay each time. So Lanczos is first computed with one rotation a tap, whose error is
// bounded, and only an output pixel that has a weight too close to the middle between two integers is computed again as Pillow
// does it.
#include "engine/resize_axis.h"

#include <math.h>

#include "kernels/kernels.h"
#include "kernels/pack.h"

namespace skiff {
namespace {

constexpr int32_t kPillowOne = 1 << 22;
constexpr double kPi = 3.14159265358979323846;

double pillow_support(ResizeRule rule) { return rule == ResizeRule::kPillowLanczos ? 3.0 : 1.0; }

double sinc(double x) { return x == 0.0 ? 1.0 : sin(x * kPi) / (x * kPi); }

double pillow_filter(ResizeRule rule, double x) {
  if (rule == ResizeRule::kPillowLanczos) return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
  const double distance = x < 0.0 ? -x : x;
  return distance < 1.0 ? 1.0 - distance : 0.0;
}

// Taps that shrinking in_px to out_px can need, rounded up to whole groups of four.
int32_t taps_needed(ResizeRule rule, int32_t in_px, int32_t out_px) {
  if (!is_pillow(rule)) return 4;
  const double scale = double(in_px) / out_px;
  return int32_t(round_up(uint64_t(2 * (int32_t(pillow_support(rule) * (scale > 1.0 ? scale : 1.0)) + 1) + 1), 4));
}

int16_t *weights_of(const ResizeAxis &axis, int32_t i) { return axis.weights + int64_t(i) * 2 * axis.stride; }

// Stores a weight as its two halves.
void store_weight(int32_t weight, int32_t stride, int16_t *halves) {
  constexpr int32_t kLowOne = 1 << kWeightLowBits, kLowHalf = kLowOne / 2;
  const int32_t low = ((weight + kLowHalf) & (kLowOne - 1)) - kLowHalf;
  halves[0] = int16_t((weight - low) / kLowOne);
  halves[stride] = int16_t(low);
}

// The source pixels of one output pixel: tap t lies at x(t) of the filter.
struct PillowSpan {
  int32_t lo, taps;
  double center, shrink;
  double x(int32_t t) const { return (t + lo - center + 0.5) * shrink; }
};

// Source: Pillow src/libImaging/Resample.c, precompute_coeffs.
PillowSpan pillow_span(ResizeRule rule, const ResizeAxis &axis, int32_t i) {
  const double scale = double(axis.in_px) / axis.out_px;
  const double filter_scale = scale > 1.0 ? scale : 1.0;
  const double support = pillow_support(rule) * filter_scale, center = (i + 0.5) * scale;
  const int32_t first = int32_t(center - support + 0.5), end = int32_t(center + support + 0.5);
  const int32_t lo = first < 0 ? 0 : first;
  return {lo, (end > axis.in_px ? axis.in_px : end) - lo, center, 1.0 / filter_scale};
}

// Rounds axis.exact[taps] to weights of output pixel i. False, the weights unfinished, where one lies within `doubt` of the
// middle between two integers. Source: as above, normalize_coeffs_8bpc.
bool round_weights(const ResizeAxis &axis, int32_t i, int32_t taps, double doubt) {
  int16_t *halves = weights_of(axis, i);
  double sum = 0.0;
  for (int32_t t = 0; t < taps; ++t) sum += axis.exact[t];
  for (int32_t t = 0; t < taps; ++t) {
    const double weight = (sum != 0.0 ? axis.exact[t] / sum : axis.exact[t]) * kPillowOne;
    const double raised = (weight < 0.0 ? -weight : weight) + 0.5;
    const int32_t rounded = int32_t(raised);
    if (raised - rounded < doubt || raised - rounded > 1.0 - doubt) return false;
    store_weight(weight < 0.0 ? -rounded : rounded, axis.stride, halves + t);
  }
  return true;
}

// One step along the taps, as an angle of the narrower of Lanczos' sines.
struct Rotation {
  double sine, cosine;
};

Rotation lanczos_rotation(double shrink) { return {sin(shrink * kPi / 3.0), sin(shrink * kPi / 3.0 + kPi / 2.0)}; }

// Lanczos from the sine of phi = pi x / 3 alone: sin(3 phi) = sin(phi) (3 - 4 sin(phi)^2), so it is (sin(phi) / phi)^2 (1 - 4/3
// sin(phi)^2). Near 0 the quotient would magnify the sine's error, so libm is asked there.
//
// The error: a rotation adds less than 4 u (u = 2^-53) to sine and cosine, as does their start, so that after t taps they are off
// by less than 4 (t + 1) u, and the quotient's square, where |x| >= 1/64, by less than 2 * 64 * 4 (t + 1) u. Shrinking by f takes
// t + 1 < 8 f taps, whose sum is above f / 3: a weight of 22 bits, and the part of the sum in it, are off by less than 2 * 2^22 *
// 512 * 8 f u / (f / 3) < 2^-15.
constexpr double kNear = 1.0 / 64.0, kDoubt = 1.0 / 4096.0;

void fast_lanczos(const PillowSpan &span, const Rotation &step, double *out) {
  const double phi = span.x(0) * (kPi / 3.0);
  double sine = sin(phi), cosine = sin(phi + kPi / 2.0);
  for (int32_t t = 0; t < span.taps; ++t) {
    const double x = span.x(t), angle = x * (kPi / 3.0), square = sine * sine;
    if (x > -kNear && x < kNear)
      out[t] = pillow_filter(ResizeRule::kPillowLanczos, x);
    else
      out[t] = x >= -3.0 && x < 3.0 ? square / (angle * angle) * (1.0 - square * (4.0 / 3.0)) : 0.0;
    const double next = sine * step.cosine + cosine * step.sine;
    cosine = cosine * step.cosine - sine * step.sine;
    sine = next;
  }
}

void pillow_pixel(ResizeRule rule, ResizeAxis *axis, int32_t i, const Rotation &step) {
  const PillowSpan span = pillow_span(rule, *axis, i);
  axis->lo[i] = span.lo;
  axis->taps[i] = span.taps;
  if (rule == ResizeRule::kPillowLanczos) {
    fast_lanczos(span, step, axis->exact);
    if (round_weights(*axis, i, span.taps, kDoubt)) return;
  }
  for (int32_t t = 0; t < span.taps; ++t) axis->exact[t] = pillow_filter(rule, span.x(t));
  round_weights(*axis, i, span.taps, 0.0);
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
  store_weight(round_half_even((1.0f - fraction) * 2048.0f), axis->stride, weights_of(*axis, i));
  store_weight(round_half_even(fraction * 2048.0f), axis->stride, weights_of(*axis, i) + 1);
}

// An axis whose size does not change: Pillow skips the pass.
void identity_pixel(ResizeAxis *axis, int32_t i) {
  axis->lo[i] = i;
  axis->taps[i] = 1;
  store_weight(kPillowOne, axis->stride, weights_of(*axis, i));
}

void clear_rest_of_group(const ResizeAxis &axis, int32_t i) {
  int16_t *halves = weights_of(axis, i);
  for (int32_t t = axis.taps[i]; t % 4 != 0; ++t) halves[t] = halves[axis.stride + t] = 0;
}

template <typename T>
void swap(T *a, T *b) {
  const T kept = *a;
  *a = *b;
  *b = kept;
}

template <typename T>
void reverse(T *values, int32_t count) {
  for (int32_t i = 0, j = count - 1; i < j; ++i, --j) swap(values + i, values + j);
}

void mirror_axis(ResizeAxis *axis) {
  const int32_t elems = 2 * axis->stride;
  for (int32_t i = 0; i < axis->out_px; ++i) {
    axis->lo[i] = axis->in_px - axis->lo[i] - axis->taps[i];
    reverse(weights_of(*axis, i), axis->taps[i]);
    reverse(weights_of(*axis, i) + axis->stride, axis->taps[i]);
  }
  for (int32_t i = 0, j = axis->out_px - 1; i < j; ++i, --j)
    for (int32_t t = 0; t < elems; ++t) swap(weights_of(*axis, i) + t, weights_of(*axis, j) + t);
  reverse(axis->lo, axis->out_px);
  reverse(axis->taps, axis->out_px);
}

}  // namespace

bool is_pillow(ResizeRule rule) { return rule != ResizeRule::kCvBilinear; }

void plan_axis(ResizeRule rule, int32_t out_px, int32_t max_px, Arena *arena, ResizeAxis *axis) {
  axis->out_px = out_px;
  axis->max_taps = taps_needed(rule, max_px, out_px);
  axis->in_px = axis->stride = 0;
  axis->is_mirrored = false;
  axis->lo = arena->take<int32_t>(uint64_t(out_px));
  axis->taps = arena->take<int32_t>(uint64_t(out_px));
  axis->weights = arena->take<int16_t>(uint64_t(out_px) * 2 * uint64_t(axis->max_taps));
  axis->exact = arena->take<double>(uint64_t(axis->max_taps));
}

void set_axis(ResizeRule rule, int32_t in_px, bool is_vertical, bool is_mirrored, ResizeAxis *axis) {
  if (axis->in_px == in_px && axis->is_mirrored == is_mirrored) return;
  axis->in_px = in_px;
  axis->is_mirrored = is_mirrored;
  axis->stride = taps_needed(rule, in_px, axis->out_px);
  const Rotation step = lanczos_rotation(in_px > axis->out_px ? 1.0 / (double(in_px) / axis->out_px) : 1.0);
  for (int32_t i = 0; i < axis->out_px; ++i) {
    if (!is_pillow(rule))
      cv_pixel(axis, i, is_vertical);
    else if (in_px == axis->out_px)
      identity_pixel(axis, i);
    else
      pillow_pixel(rule, axis, i, step);
    clear_rest_of_group(*axis, i);
  }
  if (is_mirrored) mirror_axis(axis);
}

}  // namespace skiff
