// SPDX-License-Identifier: MIT
//
// JSON as the tools write it: compact, numbers as short as they can be while reading back as the same value, whatever the locale.
#pragma once
#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>

#include "tools/skiff/numbers.h"

namespace skiff {

// Text in quotes, escaped; bytes that are not UTF-8 (file names may hold any) become U+FFFD. Source: RFC 8259.
std::string json_string(std::string_view text);

// Builds one JSON text; commas take care of themselves. The calls must nest as JSON does.
class JsonWriter {
 public:
  JsonWriter &begin_object() { return open('{'); }
  JsonWriter &end_object() { return close('}'); }
  JsonWriter &begin_array() { return open('['); }
  JsonWriter &end_array() { return close(']'); }

  // Name of the value that follows.
  JsonWriter &key(std::string_view name);

  JsonWriter &string(std::string_view value) { return put(json_string(value)); }
  JsonWriter &boolean(bool value) { return put(value ? "true" : "false"); }
  JsonWriter &null() { return put("null"); }

  // null where a float is infinite or not a number: JSON has no other word for it.
  template <class Number>
  JsonWriter &number(Number value) {
    static_assert(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>, "boolean() writes a bool");
    if constexpr (std::is_floating_point_v<Number>) {
      if (!std::isfinite(value)) return null();
    }
    return put(shortest(value));
  }

  template <class Numbers>
  JsonWriter &numbers(const Numbers &values) {
    begin_array();
    for (const auto &value : values) number(value);
    return end_array();
  }

  const std::string &text() const { return text_; }

 private:
  JsonWriter &put(std::string_view token);
  JsonWriter &open(char bracket);
  JsonWriter &close(char bracket);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace skiff
