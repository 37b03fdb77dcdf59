// SPDX-License-Identifier: MIT
//
// Numbers for float kernels. Small integers make every sum exact in f32 whatever its order, so that the bound is 0 and a single
// lost product shows; fractions round as real data does.
#pragma once
#include "tests/kcheck/harness.h"

namespace skiff::kcheck {

enum class Numbers : uint8_t { kIntegers, kFractions };

inline float number(Random &random, Numbers numbers) {
  return numbers == Numbers::kIntegers ? float(random.between(-8, 8)) : random.uniform();
}

inline void fill(const Input<float> &a, int64_t begin, int64_t count, Random &random, Numbers numbers) {
  for (int64_t i = begin; i < begin + count; ++i) a[i] = number(random, numbers);
}

// What kernels must not use: a NaN that got into a sum shows in the output.
inline void fill_nan(const Input<float> &a, int64_t elems) {
  for (int64_t i = 0; i < elems; ++i) a[i] = __builtin_nanf("");
}

// Sums of 16 neighbouring channels, and of their terms' magnitudes, in double.
struct ExactSums {
  double sum[16], magnitude[16];
  void start(const float *bias) {
    for (int j = 0; j < 16; ++j) sum[j] = double(bias[j]), magnitude[j] = bias[j] < 0 ? -double(bias[j]) : double(bias[j]);
  }
  // += in * weights[j]
  void add(float in, const float *weights) {
    const double x = double(in), size = x < 0 ? -x : x;
    for (int j = 0; j < 16; ++j) {
      const double w = double(weights[j]);
      sum[j] += x * w;
      magnitude[j] += size * (w < 0 ? -w : w);
    }
  }
  // += in[j] * weights[j]
  void add_each(const float *in, const float *weights) {
    for (int j = 0; j < 16; ++j) {
      const double term = double(in[j]) * double(weights[j]);
      sum[j] += term;
      magnitude[j] += term < 0 ? -term : term;
    }
  }
  // States what elements [at, at + 16) of an output should be after k products.
  void expect(const Output<float> &out, int64_t at, int64_t k, double lo, double hi, Numbers numbers) const {
    for (int j = 0; j < 16; ++j) {
      const double floored = sum[j] > lo ? sum[j] : lo;
      out.expect(at + j, floored < hi ? floored : hi, numbers == Numbers::kIntegers ? 0.0 : sum_bound(k, magnitude[j]));
    }
  }
};

// An upper limit of activations, now and then one that outputs reach.
inline float random_limit(Random &random) {
  const float limits[] = {__FLT_MAX__, __FLT_MAX__, 6.0f, 0.75f};
  return limits[random.between(0, 3)];
}

}  // namespace skiff::kcheck
