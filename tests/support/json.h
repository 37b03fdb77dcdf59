// SPDX-License-Identifier: MIT
//
// A JSON reader for the tests' own case files: trusted input, no escapes beyond \" \\ \/ \n \t.
#pragma once
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace skiff::test {

struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  double number = 0;  // of a bool: 0 or 1
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;

  bool has(const std::string &name) const { return members.count(name) != 0; }

  // A member that must be there.
  const Json &operator[](const std::string &name) const {
    const auto found = members.find(name);
    if (found == members.end()) throw std::runtime_error("json: no member " + name);
    return found->second;
  }

  // The numbers of an array.
  std::vector<float> floats() const {
    std::vector<float> out;
    for (const Json &item : items) out.push_back(float(item.number));
    return out;
  }
};

class JsonReader {
 public:
  explicit JsonReader(const std::string &text) : at_(text.c_str()) {}

  // Reads the whole text; throws std::runtime_error where it is not JSON.
  Json document() {
    const Json out = value();
    if (peek() != '\0') fail();
    return out;
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error("json: cannot read: " + std::string(at_).substr(0, 40)); }

  char peek() {
    while (std::isspace(static_cast<unsigned char>(*at_))) ++at_;
    return *at_;
  }
  void expect(char c) {
    if (peek() != c) fail();
    ++at_;
  }
  bool accept(const std::string &word) {
    peek();
    if (std::strncmp(at_, word.c_str(), word.size()) != 0) return false;
    at_ += word.size();
    return true;
  }

  std::string string() {
    std::string out;
    for (expect('"'); *at_ != '"'; ++at_) {
      if (*at_ == '\0') fail();
      const bool is_escaped = *at_ == '\\';
      if (is_escaped) ++at_;
      out += is_escaped && *at_ == 'n' ? '\n' : is_escaped && *at_ == 't' ? '\t' : *at_;
    }
    ++at_;
    return out;
  }

  Json value() {
    Json out;
    if (accept("null")) return out;
    out.kind = Json::Kind::kBool;
    if (accept("false")) return out;
    if (accept("true")) {
      out.number = 1;
    } else if (peek() == '"') {
      out.kind = Json::Kind::kString;
      out.text = string();
    } else if (peek() == '[') {
      array(&out);
    } else if (peek() == '{') {
      object(&out);
    } else {
      number(&out);
    }
    return out;
  }

  void number(Json *out) {
    char *end = nullptr;
    out->kind = Json::Kind::kNumber;
    out->number = std::strtod(at_, &end);
    if (end == at_) fail();
    at_ = end;
  }

  void array(Json *out) {
    out->kind = Json::Kind::kArray;
    expect('[');
    while (peek() != ']') {
      if (!out->items.empty()) expect(',');
      out->items.push_back(value());
    }
    ++at_;
  }

  void object(Json *out) {
    out->kind = Json::Kind::kObject;
    expect('{');
    while (peek() != '}') {
      if (!out->members.empty()) expect(',');
      peek();
      const std::string name = string();
      expect(':');
      out->members[name] = value();
    }
    ++at_;
  }

  const char *at_;
};

}  // namespace skiff::test
