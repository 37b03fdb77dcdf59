// SPDX-License-Identifier: MIT
//
// One line of output, put together without the C library: the checks also run where there is none.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff::kcheck {

class Text {
 public:
  Text &operator<<(const char *s) {
    while (*s != '\0') put(*s++);
    return *this;
  }
  Text &operator<<(uint64_t n) {
    char digits[20];
    int count = 0;
    do digits[count++] = char('0' + n % 10);
    while ((n /= 10) != 0);
    while (count > 0) put(digits[--count]);
    return *this;
  }
  Text &operator<<(int64_t n) {
    if (n < 0) put('-');
    return *this << (n < 0 ? 0 - uint64_t(n) : uint64_t(n));
  }
  Text &operator<<(int32_t n) { return *this << int64_t(n); }
  Text &operator<<(uint32_t n) { return *this << uint64_t(n); }
  Text &operator<<(double x);
  const char *str() const { return text_; }

 private:
  void put(char c) {
    if (used_ + 1 < sizeof text_) text_[used_++] = c;
  }
  char text_[500] = {};
  size_t used_ = 0;
};

// Nine significant digits, which tell any two floats apart. The last one may be off: powers of ten are made by multiplying.
inline Text &Text::operator<<(double x) {
  if (x != x) return *this << "nan";
  if (x < 0 || (x == 0 && __builtin_signbit(x))) put('-');
  if (x < 0) x = -x;
  if (x == 0) return *this << "0";
  if (x > 1.7e308) return *this << "inf";
  int exponent = 0;
  for (; x >= 10.0; x /= 10.0) ++exponent;
  for (; x < 1.0; x *= 10.0) --exponent;
  uint64_t digits = uint64_t(x * 1e8 + 0.5);
  if (digits >= 1000000000) digits /= 10, ++exponent;
  const bool is_plain = exponent >= -5 && exponent < 9;
  if (is_plain && exponent < 0) {
    *this << "0.";
    for (int i = -1; i > exponent; --i) put('0');
  }
  uint64_t unit = 100000000;
  for (int i = 0; i < 9; ++i, unit /= 10) {
    if (i > 0 && digits == 0 && (!is_plain || i > exponent)) break;
    if (i == (is_plain ? exponent + 1 : 1) && i > 0) put('.');
    put(char('0' + digits / unit));
    digits %= unit;
  }
  return is_plain ? *this : *this << "e" << exponent;
}

}  // namespace skiff::kcheck
