// SPDX-License-Identifier: MIT
//
// Numbers as text, the same in every locale. Source: std::to_chars.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>

namespace skiff {

// The shortest decimal text that reads back as the same number; "nan", "inf" where it is none.
template <class Number>
std::string shortest(Number value) {
  char text[64];  // the longest shortest double, -2.2250738585072014e-308, has 24 characters
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

inline std::string formatted(double value, std::chars_format format, int digits) {
  char text[512];  // fixed notation of the largest double has 309 digits before the point; digits are few
  return std::string(text, std::to_chars(text, text + sizeof text, value, format, digits).ptr);
}

// printf's %.<digits>f.
inline std::string fixed(double value, int digits) { return formatted(value, std::chars_format::fixed, digits); }

// printf's %.<digits>g.
inline std::string general(double value, int digits) { return formatted(value, std::chars_format::general, digits); }

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
