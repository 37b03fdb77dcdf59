// SPDX-License-Identifier: MIT
//
// The fixed input that golden tensors belong to. Integer arithmetic and one exact scaling only, so that every compiler and CPU
// makes the same floats.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff {

constexpr uint64_t kGoldenSeed = 0x5EED0F5C1FF00001ull;
constexpr float kSelftestLimit = 1e-4f;  // of max_relative_error, between what a machine answers and what the file holds

// Fills f32 tensor[elems] (any layout; the network's input is NHWC) with values in [-1, 1), multiples of 2^-23.
// Source: splitmix64 (Steele, Lea, Flood 2014), its top 24 bits.
inline void golden_input(uint64_t seed, float *tensor, size_t elems) {
  for (size_t i = 0; i < elems; ++i) {
    seed += 0x9E3779B97F4A7C15ull;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    tensor[i] = float(int32_t(z >> 40) - (1 << 23)) * (1.0f / (1 << 23));
  }
}

// Largest |a-b| / (1 + |b|); infinite where a is not a number.
inline float max_relative_error(const float *a, const float *b, uint64_t count) {
  float worst = 0.0f;
  for (uint64_t i = 0; i < count; ++i) {
    const float magnitude = b[i] < 0.0f ? -b[i] : b[i], difference = a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
    const float error = difference / (1.0f + magnitude);
    if (!(error <= worst)) worst = error == error ? error : __builtin_inff();
  }
  return worst;
}

}  // namespace skiff
