// SPDX-License-Identifier: MIT
//
// The shortest text of a float by trying: the first number of digits that reads back as the same value is the shortest, and
// printf rounds to the nearest number of so many digits.
#include "tools/skiff/numbers.h"

#include <cmath>
#include <cstdlib>

namespace skiff {
namespace {

float read_back(const char *text, float) { return std::strtof(text, nullptr); }
double read_back(const char *text, double) { return std::strtod(text, nullptr); }

// A number's digits without the point, which stands behind the first `point` of them.
struct Digits {
  std::string text;
  int point;
};

template <class Float>
Digits shortest_digits(Float value) {
  constexpr int kMostDigits = 17;
  char text[40];  // d.ddd...e+eee
  for (int digits = 1; digits <= kMostDigits; ++digits) {
    std::snprintf(text, sizeof text, "%.*e", digits - 1, double(value));
    if (read_back(text, value) == value) break;
  }
  const std::string all = text;
  const size_t e = all.find('e');
  std::string digits = all.substr(0, 1) + (e > 2 ? all.substr(2, e - 2) : "");
  return {digits, 1 + std::atoi(all.c_str() + e + 1)};
}

// Whole numbers with all of their digits, not with zeros behind the shortest ones.
std::string in_fixed(const Digits &d, double value) {
  if (d.point <= 0) return "0." + std::string(size_t(-d.point), '0') + d.text;
  if (size_t(d.point) >= d.text.size()) return fixed(value, 0);
  return d.text.substr(0, size_t(d.point)) + "." + d.text.substr(size_t(d.point));
}

std::string in_scientific(const Digits &d) {
  char exponent[16];
  std::snprintf(exponent, sizeof exponent, "e%+03d", d.point - 1);
  return d.text.substr(0, 1) + (d.text.size() > 1 ? "." + d.text.substr(1) : "") + exponent;
}

template <class Float>
std::string shortest_text(Float value) {
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isnan(value)) return sign + "nan";
  if (std::isinf(value)) return sign + "inf";
  if (value == 0) return sign + "0";
  const Digits digits = shortest_digits(std::fabs(value));
  const std::string plain = in_fixed(digits, double(std::fabs(value))), scientific = in_scientific(digits);
  return sign + (plain.size() <= scientific.size() ? plain : scientific);
}

}  // namespace

std::string shortest(double value) { return shortest_text(value); }
std::string shortest(float value) { return shortest_text(value); }

}  // namespace skiff
