// SPDX-License-Identifier: MIT
//
// Strings are checked byte by byte as UTF-8, so that whatever a file is called, a JSON reader accepts the line.
#include "tools/skiff/json_write.h"

#include <cstdint>

namespace skiff {
namespace {

// Length of the well-formed UTF-8 sequence that `text`, not empty, begins with, 0 where there is none.
// Source: Unicode 15, table 3-7 (which rules out overlong forms, surrogates and values above U+10FFFF).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
  const auto is_tail = [&](size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const uint8_t first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool is_valid = second >= (first == 0xE0 ? 0xA0 : 0x80) && second <= (first == 0xED ? 0x9F : 0xBF);
    return is_valid && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool is_valid = second >= (first == 0xF0 ? 0x90 : 0x80) && second <= (first == 0xF4 ? 0x8F : 0xBF);
    return is_valid && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

void append_ascii(char c, std::string *out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  if (uint8_t(c) >= 0x20 && c != 0x7F) {
    *out += c;
    return;
  }
  *out += "\\u00";
  *out += kHex[uint8_t(c) >> 4];
  *out += kHex[uint8_t(c) & 15];
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD, replacement character
    } else if (length == 1) {
      append_ascii(text[0], &out);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

JsonWriter &JsonWriter::key(std::string_view name) {
  put(json_string(name));
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter &JsonWriter::put(std::string_view token) {
  if (needs_comma_) text_ += ',';
  text_ += token;
  needs_comma_ = true;
  return *this;
}

JsonWriter &JsonWriter::open(char bracket) {
  put(std::string_view(&bracket, 1));
  needs_comma_ = false;
  return *this;
}

JsonWriter &JsonWriter::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

}  // namespace skiff
