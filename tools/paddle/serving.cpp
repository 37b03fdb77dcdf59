// SPDX-License-Identifier: MIT
//
// Paddle Serving's GeneralModelConfig, as text and as binary. Of the text format only what such a file can hold is known: fields
// with a string or a bare word, and messages in braces. Everything but the two names of the first feed_var and the first
// fetch_var is stepped over; depth is counted, not recursed into. Source: general_model_config.proto of Serving 0.3 and
// protobuf.dev, "Text Format Language Specification".
#include <algorithm>
#include <cctype>
#include <string_view>

#include "tools/paddle/program.h"
#include "tools/paddle/wire.h"
#include "tools/support/error.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr int kMaxDepth = 64;

struct Token {
  enum Kind { kEnd, kWord, kString, kSymbol };
  Kind kind = kEnd;
  std::string text;  // of a string: unescaped
  bool is(char symbol) const { return kind == kSymbol && text[0] == symbol; }
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Token next() {
    skip_space();
    Token token;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      token.kind = Token::kString;
      token.text = read_string();
    } else if (is_word(c)) {
      token.kind = Token::kWord;
      while (at_ < text_.size() && is_word(text_[at_])) add(&token.text, text_[at_++]);
    } else if (std::string_view("{}<>[]:,;").find(c) != std::string_view::npos) {
      token.kind = Token::kSymbol;
      token.text = text_[at_++];
    } else {
      fail("unexpected " + quoted(text_.substr(at_, 1)));
    }
    return token;
  }

  [[noreturn]] void fail(const std::string &what) const { throw Error("line " + std::to_string(line_) + ": " + what); }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' || c == '+';
  }

  void add(std::string *text, char c) const {
    if (text->size() == kMaxNameBytes) fail("a value of more than " + std::to_string(kMaxNameBytes) + " bytes");
    *text += c;
  }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size()) return;
      if (!std::isspace(static_cast<unsigned char>(text_[at_]))) return;
      line_ += text_[at_] == '\n';
    }
  }

  char take() {
    if (at_ == text_.size() || text_[at_] == '\n') fail("a string without its closing quote");
    return text_[at_++];
  }

  std::string read_string() {
    std::string text;
    const char quote = take();
    for (char c = take(); c != quote; c = take()) add(&text, c == '\\' ? read_escape() : c);
    return text;
  }

  // What follows a backslash: a letter of C, up to three octal or two hexadecimal digits, or the character itself.
  char read_escape() {
    constexpr std::string_view kLetters = "abfnrtv", kMeanings = "\a\b\f\n\r\t\v";
    const char c = take();
    const size_t letter = kLetters.find(c);
    if (letter != kLetters.npos) return kMeanings[letter];
    if (c == 'x' || c == 'X') return read_digits("0123456789abcdef", 2);
    if (c < '0' || c > '7') return c;
    --at_;
    return read_digits("01234567", 3);
  }

  char read_digits(std::string_view digits, size_t max_count) {
    unsigned value = 0;
    size_t count = 0;
    for (; count < max_count && at_ < text_.size(); ++count, ++at_) {
      const size_t digit = digits.find(char(std::tolower(static_cast<unsigned char>(text_[at_]))));
      if (digit == digits.npos) break;
      value = value * unsigned(digits.size()) + unsigned(digit);
    }
    if (count == 0) fail("an escape without digits");
    return char(value);
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
};

// Where in the message a field's name and alias belong; null where it is none of ours.
struct Target {
  std::string *name = nullptr, *alias = nullptr;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : scanner_(text) { token_ = scanner_.next(); }

  ServingConfig parse() {
    while (token_.kind != Token::kEnd) read_item();
    if (depth_ > 0) scanner_.fail("the text ends inside braces");
    if (config_.feed_name.empty() && config_.fetch_name.empty()) throw Error("names neither a feed_var nor a fetch_var");
    return config_;
  }

 private:
  Token take() {
    Token token = std::move(token_);
    token_ = scanner_.next();
    return token;
  }

  void read_item() {
    const Token token = take();
    if (token.is('}') || token.is('>')) return close();
    if (token.is(',') || token.is(';')) return;
    if (token.kind != Token::kWord) scanner_.fail("expected a field, found " + quoted(token.text));
    if (token_.is(':')) {
      take();
      if (!token_.is('{') && !token_.is('<')) return read_value(token.text);
    }
    if (!token_.is('{') && !token_.is('<')) scanner_.fail("field " + quoted(token.text) + " has no value");
    take();
    open(token.text);
  }

  void open(const std::string &field) {
    if (++depth_ > kMaxDepth) scanner_.fail("messages nested deeper than " + std::to_string(kMaxDepth));
    if (depth_ != 1) return;
    target_ = Target();
    if (field == "feed_var" && feed_count_++ == 0) target_ = {&config_.feed_name, &config_.feed_alias};
    if (field == "fetch_var" && fetch_count_++ == 0) target_ = {&config_.fetch_name, &config_.fetch_alias};
  }

  void close() {
    if (depth_-- == 0) scanner_.fail("a closing brace too many");
  }

  void read_value(const std::string &field) {
    if (token_.is('[')) return skip_list();
    Token value = take();
    if (value.kind != Token::kString && value.kind != Token::kWord) scanner_.fail("field " + quoted(field) + " has no value");
    while (value.kind == Token::kString && token_.kind == Token::kString) {  // "a" "b" is "ab"
      if (value.text.size() + token_.text.size() > kMaxNameBytes) scanner_.fail("a value too long");
      value.text += take().text;
    }
    if (depth_ != 1 || value.kind != Token::kString) return;
    if (field == "name" && target_.name) *target_.name = value.text;
    if (field == "alias_name" && target_.alias) *target_.alias = value.text;
  }

  void skip_list() {
    while (!token_.is(']')) {
      if (token_.kind == Token::kEnd) scanner_.fail("the text ends inside a list");
      take();
    }
    take();
  }

  Scanner scanner_;
  Token token_;
  ServingConfig config_;
  Target target_;
  int depth_ = 0, feed_count_ = 0, fetch_count_ = 0;
};

void read_stream_var(WireMessage message, std::string *name, std::string *alias) {
  for (WireField field; message.next(&field);) {
    if (field.number != 1 && field.number != 2) continue;
    if (field.size > kMaxNameBytes) throw Error("a name of more than " + std::to_string(kMaxNameBytes) + " bytes");
    (field.number == 1 ? *name : *alias) = field.as_string();
  }
}

}  // namespace

ServingConfig parse_serving_config(const uint8_t *data, size_t size) {
  try {
    return Parser({reinterpret_cast<const char *>(data), size}).parse();
  } catch (const Error &error) {
    throw Error(std::string("not a Serving configuration, or a damaged one: ") + error.what());
  }
}

ServingConfig parse_serving_stream(const uint8_t *data, size_t size) {
  try {
    ServingConfig config;
    int feed_count = 0, fetch_count = 0;
    WireMessage message(data, size);
    for (WireField field; message.next(&field);) {
      if (field.number == 1 && feed_count++ == 0) read_stream_var(field.as_message(), &config.feed_name, &config.feed_alias);
      if (field.number == 2 && fetch_count++ == 0) read_stream_var(field.as_message(), &config.fetch_name, &config.fetch_alias);
    }
    if (config.feed_name.empty() && config.fetch_name.empty()) throw Error("names neither a feed_var nor a fetch_var");
    return config;
  } catch (const Error &error) {
    throw Error(std::string("not a Serving configuration, or a damaged one: ") + error.what());
  }
}

}  // namespace skiff::paddle
