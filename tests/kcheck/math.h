// SPDX-License-Identifier: MIT
// exp in double from scratch: what the C library has is under test here, and a bare CPU has none.
#pragma once

namespace skiff::kcheck {

// e^x for x in [-64, 0] to about 1e-15 of it: a Taylor series of x / 2^7, squared seven times.
inline double exact_exp(double x) {
  const double r = x / 128.0;
  double term = 1.0, sum = 1.0;
  for (int n = 1; n <= 20; ++n) {
    term *= r / n;
    sum += term;
  }
  for (int i = 0; i < 7; ++i) sum *= sum;
  return sum;
}

}  // namespace skiff::kcheck
