/* SPDX-License-Identifier: MIT
 *
 * What libskiff.a needs of libm, for programs without one: series in double, good to about an ulp for the arguments that it has.
 */
#include <stdint.h>
#include <string.h>

float expf(float x);
double sin(double x);

/* Softmax asks for x in [-64, 0], or not a number. e^x = 2^n e^r, |r| <= ln 2 / 2. */
float expf(float x) {
  double r, power, term = 1.0, sum = 1.0;
  uint64_t bits;
  int n, i;
  if (!(x >= -700.0f && x <= 700.0f)) return x != x ? x : x < 0 ? 0.0f : __builtin_inff();
  n = (int)((double)x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  r = (double)x - n * 0.6931471805599453;
  for (i = 1; i <= 13; ++i) {
    term *= r / i;
    sum += term;
  }
  bits = (uint64_t)(n + 1023) << 52;
  memcpy(&power, &bits, sizeof power);
  return (float)(sum * power);
}

/* LANCZOS asks for |x| <= 3 pi. sin x = (-1)^n sin r, |r| <= pi / 2; pi in two parts, so that r keeps its digits. */
double sin(double x) {
  const int n = (int)(x * 0.3183098861837907 + (x < 0 ? -0.5 : 0.5));
  const double r = (x - n * 3.141592653589793) - n * 1.2246467991473532e-16;
  double term = r, sum = r;
  int i;
  for (i = 3; i <= 23; i += 2) {
    term *= -r * r / (double)(i * (i - 1));
    sum += term;
  }
  return n % 2 == 0 ? sum : -sum;
}
