// SPDX-License-Identifier: MIT
//
// Foreign text in our messages.
#pragma once
#include <string>
#include <string_view>

namespace skiff {

// `text` as one short printable line: control and non-ASCII bytes as \xNN, the end cut off after 100 bytes.
// Names come from files that anybody may have made, and a terminal obeys what it is sent.
inline std::string printable(std::string_view text) {
  constexpr size_t kMaxBytes = 100;
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kMaxBytes)) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return text.size() > kMaxBytes ? out + "..." : out;
}

// The same in single quotes.
inline std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

// Exact matches: where <filesystem> or <iomanip> is included, std::quoted would be found through std::string and win.
inline std::string quoted(const std::string &text) { return quoted(std::string_view(text)); }
inline std::string quoted(std::string &text) { return quoted(std::string_view(text)); }

}  // namespace skiff
