// SPDX-License-Identifier: MIT
//
// Paddle Serving's configuration, text and binary, whole and damaged.
#include <doctest/doctest.h>

#include "tests/support/hostile.h"
#include "tests/support/paddle_write.h"

using namespace skiff;
using namespace skiff::paddle;
using namespace skiff::test;

namespace {

// As serving_io.save_model writes it.
constexpr char kWritten[] = R"(feed_var {
  name: "image"
  alias_name: "photo"
  is_lod_tensor: false
  feed_type: 1
  shape: 3
  shape: 300
  shape: 300
}
fetch_var {
  name: "detection_output_0.tmp_0"
  alias_name: "score"
  is_lod_tensor: true
  fetch_type: 1
  shape: -1
}
)";

void read_text_config(const uint8_t *data, size_t size) { parse_serving_config(data, size); }
void read_stream(const uint8_t *data, size_t size) { parse_serving_stream(data, size); }

ServingConfig parse_text(const std::string &text) {
  return parse_serving_config(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

void check_config(const ServingConfig &config, const char *feed, const char *feed_alias, const char *fetch,
                  const char *fetch_alias) {
  CHECK(config.feed_name == feed);
  CHECK(config.feed_alias == feed_alias);
  CHECK(config.fetch_name == fetch);
  CHECK(config.fetch_alias == fetch_alias);
}

std::string written_stream() {
  const ProtoWriter feed = ProtoWriter().text(1, "image").text(2, "photo").varint(3, 0).varint(4, 1).varint(5, 3);
  const ProtoWriter fetch = ProtoWriter().text(1, "out").text(2, "score").varint(9, 5);
  return ProtoWriter().message(1, feed).varint(7, 1).message(2, fetch).message(1, ProtoWriter().text(1, "second")).bytes();
}

bool has(const std::string &text, const std::string &part) {
  if (text.find(part) != text.npos) return true;
  MESSAGE(text);
  return false;
}

}  // namespace

TEST_CASE("the names of the first feed and fetch are read") {
  check_config(parse_text(kWritten), "image", "photo", "detection_output_0.tmp_0", "score");
  check_config(parse_text(std::string(kWritten) + "feed_var { name: \"im_shape\" alias_name: \"s\" }"), "image", "photo",
               "detection_output_0.tmp_0", "score");
  check_config(parse_text("fetch_var{name:'out'}"), "", "", "out", "");
  const std::string stream = written_stream();
  check_config(parse_serving_stream(reinterpret_cast<const uint8_t *>(stream.data()), stream.size()), "image", "photo", "out",
               "score");
}

TEST_CASE("the text format's other spellings") {
  check_config(parse_text("# by hand\nfeed_var: < alias_name: 'it\\'s' , name: \"a\" 'b' ; >\r\n"
                          "fetch_var { # name: \"no\"\n name: \"\\x41\\102\\n\\\\\" }#end"),
               "ab", "it's", "AB\n\\", "");
  // Fields and messages that only a newer Serving knows, with names that must not be taken for ours.
  check_config(
      parse_text("name: \"top\" extra { name: \"deep\" inner { name: \"deeper\" } }\n"
                 "feed_var { other { name: \"no\" alias_name: \"no\" } shape: [3, 300, 300] name: \"x\" scale: -1.5e-3 }"),
      "x", "", "", "");
}

TEST_CASE("configurations that are none say where") {
  CHECK(has(parse_hostile("", read_text_config), "names neither a feed_var nor a fetch_var"));
  CHECK(has(parse_hostile("feed_var {\n name: \"x\"\n", read_text_config), "line 3: the text ends inside braces"));
  CHECK(has(parse_hostile("feed_var {\n name: \"x\n}", read_text_config), "line 2: a string without its closing quote"));
  CHECK(has(parse_hostile("feed_var { name }", read_text_config), "field 'name' has no value"));
  CHECK(has(parse_hostile("feed_var { name: }", read_text_config), "field 'name' has no value"));
  CHECK(has(parse_hostile("}", read_text_config), "a closing brace too many"));
  CHECK(has(parse_hostile("feed_var { shape: [1, 2", read_text_config), "ends inside a list"));
  CHECK(has(parse_hostile("feed_var { name: \"\\x\" }", read_text_config), "an escape without digits"));
  CHECK(has(parse_hostile("\1\2", read_text_config), "line 1: unexpected '\\x01'"));
  CHECK(has(parse_hostile("feed_var { name: \"" + std::string(2000, 'x') + "\" }", read_text_config), "more than 1024 bytes"));
  CHECK(has(parse_hostile(ProtoWriter().message(1, ProtoWriter().text(1, std::string(2000, 'x'))).bytes(), read_stream),
            "more than 1024 bytes"));
  CHECK(has(parse_hostile("", read_stream), "names neither"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "a{";
  CHECK(has(parse_hostile(deep, read_text_config), "nested deeper than 64"));
  std::string adjacent = "feed_var { name: ";
  for (int i = 0; i < 100000; ++i) adjacent += "'abcdefghij' ";
  CHECK(has(parse_hostile(adjacent, read_text_config), "a value too long"));
}

TEST_CASE("a damaged configuration is refused or read, and nothing else") {
  parse_truncated(kWritten, read_text_config);
  parse_mutated(kWritten, read_text_config, 50000);
  parse_truncated(written_stream(), read_stream);
  parse_mutated(written_stream(), read_stream, 50000);
}
