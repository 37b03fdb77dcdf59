// SPDX-License-Identifier: MIT
//
// Comparing tensors: one doctest assertion for a whole array, which names the first element that is wrong.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>

namespace skiff::test {

// Whether `actual` is within 1e-4 + 1e-4 * |expected|. Infinities must be equal; a NaN only answers a NaN.
inline bool is_close(float actual, float expected) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  if (std::isinf(expected) || std::isinf(actual)) return actual == expected;
  return std::abs(actual - expected) <= 1e-4f + 1e-4f * std::abs(expected);
}

template <typename T, typename Same>
void check_each(const T *actual, const T *expected, size_t count, const std::string &what, Same same) {
  size_t wrong = 0, first = 0;
  for (size_t i = 0; i < count; ++i) {
    if (same(actual[i], expected[i])) continue;
    if (wrong++ == 0) first = i;
  }
  CAPTURE(what);
  CAPTURE(count);
  CAPTURE(first);
  if (wrong != 0) {
    CAPTURE(+actual[first]);
    CAPTURE(+expected[first]);
    CHECK(wrong == 0);
  }
  CHECK(count > 0);
}

// Every element within is_close's bound.
inline void check_close(const float *actual, const float *expected, size_t count, const std::string &what) {
  check_each(actual, expected, count, what, is_close);
}

// Every element equal.
template <typename T>
void check_equal(const T *actual, const T *expected, size_t count, const std::string &what) {
  check_each(actual, expected, count, what, [](T a, T b) { return a == b; });
}

}  // namespace skiff::test
