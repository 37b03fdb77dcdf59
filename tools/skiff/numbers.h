// SPDX-License-Identifier: MIT
//
// Numbers as text, the same in every locale: no program of ours leaves the C locale. Floats by printf, as std::to_chars brings
// 130 kB of tables for them.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>

namespace skiff {

// The shortest decimal text that reads back as the same number, as std::to_chars has it: with an exponent where that is shorter;
// "nan", "inf" where it is none.
std::string shortest(double value);
std::string shortest(float value);
template <class Integer>
std::string shortest(Integer value) {
  char text[24];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// printf's %.<digits>f.
inline std::string fixed(double value, int digits) {
  char text[512];  // the largest double has 309 digits before the point; digits are few
  return std::string(text, size_t(std::snprintf(text, sizeof text, "%.*f", digits, value)));
}

// printf's %.<digits>g.
inline std::string general(double value, int digits) {
  char text[64];
  return std::string(text, size_t(std::snprintf(text, sizeof text, "%.*g", digits, value)));
}

// "0x00000000000000ff": all 16 digits.
inline std::string hex(uint64_t value) {
  char text[16];
  const std::string digits(text, std::to_chars(text, text + sizeof text, value, 16).ptr);
  return "0x" + std::string(16 - digits.size(), '0') + digits;
}

// Text in a column `width` characters wide: flush right, or left for words. Longer text stays whole.
inline std::string right(const std::string &text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}
inline std::string left(const std::string &text, size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

}  // namespace skiff
