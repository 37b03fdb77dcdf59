// SPDX-License-Identifier: MIT
//
// The tables of Pillow's rules against Pillow's own arithmetic, written down once more: for every size of photo, since the engine
// takes a shortcut through the sines.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/resize_axis.h"
#include "kernels/kernels.h"

using namespace skiff;

namespace {

// An axis in memory of its own.
struct PlannedAxis {
  PlannedAxis(ResizeRule rule, int32_t out_px, int32_t max_px) {
    Arena counting;
    plan_axis(rule, out_px, max_px, &counting, &axis);
    memory.resize(counting.used_bytes() + Arena::kAlignment);
    const uintptr_t begin = reinterpret_cast<uintptr_t>(memory.data());
    Arena arena(memory.data() + (Arena::kAlignment - begin % Arena::kAlignment));
    plan_axis(rule, out_px, max_px, &arena, &axis);
  }
  std::vector<unsigned char> memory;
  ResizeAxis axis;
};

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * 3.14159265358979323846) / (x * 3.14159265358979323846); }
double lanczos(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }
double triangle(double x) { return std::abs(x) < 1.0 ? 1.0 - std::abs(x) : 0.0; }

// One output pixel's weights. Source: Pillow 9.4 src/libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc.
struct Weights {
  int32_t lo;
  std::vector<int32_t> of_tap;
};

Weights pillow_weights(double (*filter)(double), double support, int32_t in_px, int32_t out_px, int32_t i) {
  const double scale = double(in_px) / out_px, filter_scale = std::max(scale, 1.0), inverse = 1.0 / filter_scale;
  const double center = (i + 0.5) * scale;
  const int32_t lo = std::max(0, int32_t(center - support * filter_scale + 0.5));
  const int32_t end = std::min(in_px, int32_t(center + support * filter_scale + 0.5));
  std::vector<double> exact;
  double sum = 0.0;
  for (int32_t x = 0; x < end - lo; ++x) {
    exact.push_back(filter((x + lo - center + 0.5) * inverse));
    sum += exact.back();
  }
  Weights weights = {lo, {}};
  for (double w : exact) {
    if (sum != 0.0) w /= sum;
    weights.of_tap.push_back(int32_t(w < 0 ? -0.5 + w * (1 << 22) : 0.5 + w * (1 << 22)));
  }
  return weights;
}

// How many output pixels differ from Pillow's, or have a half that is out of range or not cleared.
int32_t wrong_pixels(const ResizeAxis &axis, double (*filter)(double), double support) {
  int32_t wrong = 0;
  for (int32_t i = 0; i < axis.out_px; ++i) {
    const Weights expected = pillow_weights(filter, support, axis.in_px, axis.out_px, i);
    const int32_t taps = int32_t(expected.of_tap.size());
    bool is_right = axis.lo[i] == expected.lo && axis.taps[i] == taps;
    const int16_t *high = axis.weights + int64_t(i) * 2 * axis.stride, *low = high + axis.stride;
    for (int32_t t = 0; is_right && t < (taps + 3) / 4 * 4; ++t) {
      const int32_t weight = t < taps ? expected.of_tap[size_t(t)] : 0;
      is_right = high[t] * (1 << kWeightLowBits) + low[t] == weight && low[t] >= -(1 << 14) && low[t] < 1 << 14;
    }
    wrong += !is_right;
  }
  return wrong;
}

}  // namespace

TEST_CASE("Lanczos for every size up to 1100 and some larger ones") {
  for (const int32_t out_px : {300, 224, 7}) {
    PlannedAxis planned(ResizeRule::kPillowLanczos, out_px, 9001);
    for (int32_t in_px = 1; in_px <= 9001; in_px += in_px < 1100 ? 1 : 79) {
      if (in_px == out_px) continue;
      CAPTURE(in_px);
      CAPTURE(out_px);
      set_axis(ResizeRule::kPillowLanczos, in_px, false, false, &planned.axis);
      CHECK(wrong_pixels(planned.axis, lanczos, 3.0) == 0);
    }
  }
}

TEST_CASE("bilinear for every size up to 1100") {
  PlannedAxis planned(ResizeRule::kPillowBilinear, 300, 1100);
  for (int32_t in_px = 1; in_px <= 1100; ++in_px) {
    if (in_px == 300) continue;
    CAPTURE(in_px);
    set_axis(ResizeRule::kPillowBilinear, in_px, true, false, &planned.axis);
    CHECK(wrong_pixels(planned.axis, triangle, 1.0) == 0);
  }
}
