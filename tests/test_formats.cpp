// SPDX-License-Identifier: MIT
//
// What skiff detect writes, character by character.
#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/support/folder.h"
#include "tests/support/npy.h"
#include "tools/skiff/formats.h"
#include "tools/skiff/json_write.h"
#include "tools/skiff/numbers.h"
#include "tools/support/error.h"

using namespace skiff;
using skiff::test::Folder;
using skiff::test::read_text;

namespace {

PictureResult two_dogs(const std::string &file) {
  PictureResult r;
  r.file = file;
  r.width = 200;
  r.height = 100;
  r.time_ms = {1, 2, 3.5, 0.25, 6.75};
  r.detections.push_back({{12, 0.9f, 0.1f, 0.25f, 0.5f, 1.0625f}, {20, 25, 100, 100}, "dog"});
  r.detections.push_back({{12, 1.0f / 3, -0.125f, 0, 0.25f, 0.5f}, {0, 0, 50, 50}, "dog"});
  return r;
}

// Everything that a format writes for two pictures, the second without detections.
std::string written(const std::string &name, const std::string &file, FormatOptions options = {}) {
  const auto format = make_format(name, options);
  std::string text = format->begin() + format->picture(two_dogs(file));
  PictureResult empty = two_dogs("empty.png");
  empty.detections.clear();
  text += format->picture(empty);
  return text + format->end();
}

}  // namespace

TEST_CASE("text") {
  CHECK(written("text", "a\nb.jpg") ==
        "a?b.jpg: 200x100, 2 detections, 6.8 ms\n"
        "  dog  0.900  (20, 25) to (100, 100)\n"
        "  dog  0.333  (0, 0) to (50, 50)\n"
        "empty.png: 200x100, 0 detections, 6.8 ms\n");
}

TEST_CASE("json") {
  const std::string times = R"("time_ms":{"decode":1,"preprocess":2,"network":3.5,"postprocess":0.25,"total":6.75})";
  CHECK(written("json", "a\"b\n.jpg") == R"({"file":"a\"b\n.jpg","width":200,"height":100,)" + times + R"(,"detections":[)" +
                                             R"({"class_id":12,"label":"dog","score":0.9,"box":[20,25,100,100]},)" +
                                             R"({"class_id":12,"label":"dog","score":0.33333334,"box":[0,0,50,50]}]})" + "\n" +
                                             R"({"file":"empty.png","width":200,"height":100,)" + times + R"(,"detections":[]})" +
                                             "\n");
}

TEST_CASE("csv") {
  CHECK(written("csv", "a,\"b\".jpg") ==
        "file,class_id,label,score,xmin,ymin,xmax,ymax\n"
        "\"a,\"\"b\"\".jpg\",12,dog,0.9,20,25,100,100\n"
        "\"a,\"\"b\"\".jpg\",12,dog,0.33333334,0,0,50,50\n");
}

TEST_CASE("voc, to standard output") {
  CHECK(written("voc", "photos/000001.jpg") == "dog 000001 0.9 20 25 100 100\ndog 000001 0.33333334 0 0 50 50\n");
}

TEST_CASE("voc, a file for every label") {
  const Folder folder;
  FormatOptions options;
  options.voc_dir = folder.path("results/VOC2007");
  options.labels = {"dog", "cat", "../../evil"};
  CHECK(written("voc", "000001.jpg", options) == "");
  CHECK(read_text(options.voc_dir + "/comp3_det_test_dog.txt") == "000001 0.9 20 25 100 100\n000001 0.33333334 0 0 50 50\n");
  CHECK(read_text(options.voc_dir + "/comp3_det_test_cat.txt") == "");
  CHECK(read_text(options.voc_dir + "/comp3_det_test_.._.._evil.txt") == "");
}

TEST_CASE("coco") {
  CHECK(written("coco", "val/000000000139.jpg") ==
        "[\n"
        R"({"image_id":139,"category_id":12,"bbox":[20,25,80,75],"score":0.9},)"
        "\n"
        R"({"image_id":139,"category_id":12,"bbox":[0,0,50,50],"score":0.33333334})"
        "\n]\n");
  CHECK(written("coco", "dog.1.jpg").find(R"("image_id":"dog.1")") != std::string::npos);
}

TEST_CASE("rows") {
  FormatOptions many;
  many.is_single = false;
  const std::string rows =
      "12 0.899999976 0.100000001 0.25 0.5 1.0625\n"
      "12 0.333333343 -0.125 0 0.25 0.5\n";
  CHECK(written("rows", "a.jpg") == rows);
  CHECK(written("rows", "a.jpg", many) == "# a.jpg\n" + rows + "# empty.png\n");
}

TEST_CASE("no other format") { CHECK_THROWS_AS(make_format("xml", {}), UsageError); }

TEST_CASE("json strings are valid UTF-8 whatever a file is called") {
  CHECK(json_string("tab\tbell\x07 del\x7f back\\") == R"("tab\tbell\u0007 del\u007f back\\")");
  CHECK(json_string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xB6") == "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xB6\"");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(json_string("a\xFF"
                    "b") == "\"a" + bad + "b\"");
  CHECK(json_string("\xC0\xAF") == "\"" + bad + bad + "\"");                      // overlong
  CHECK(json_string("\xED\xA0\x80") == "\"" + bad + bad + bad + "\"");            // surrogate
  CHECK(json_string("\xF4\x90\x80\x80") == "\"" + bad + bad + bad + bad + "\"");  // above U+10FFFF
  CHECK(json_string("cut\xE2\x82") == "\"cut" + bad + bad + "\"");
}

TEST_CASE("json writer") {
  JsonWriter json;
  json.begin_object().key("a").begin_array().number(1).string("x").boolean(true).null().end_array().key("b").begin_object();
  json.end_object().key("c").numbers(std::vector<double>{0.1, -0.0, 1e300}).end_object();
  CHECK(json.text() == R"({"a":[1,"x",true,null],"b":{},"c":[0.1,-0,1e+300]})");
  CHECK(JsonWriter().number(std::numeric_limits<float>::infinity()).text() == "null");
  CHECK(JsonWriter().number(std::nan("")).text() == "null");
}

TEST_CASE("numbers") {
  CHECK(shortest(0.1f) == "0.1");
  CHECK(shortest(-2.2250738585072014e-308) == "-2.2250738585072014e-308");
  CHECK(fixed(2.25, 1) == "2.2");
  CHECK(fixed(1e300, 0).size() == 301);
  CHECK(general(0.1f, 9) == "0.100000001");
  CHECK(hex(0xABCD) == "0x000000000000abcd");
  CHECK(left("ab", 4) + "|" + right("ab", 4) + "|" + left("abcde", 4) == "ab  |  ab|abcde");
}

TEST_CASE("the shortest text of a number is that of std::to_chars") {
  const auto agrees = [](auto value) {
    char text[512];
    return shortest(value) == std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
  };
  for (const double value :
       {0.0, 1.0, 1000.0, 100000.0, 123456.0, 1e20, 1e23, 0.1, 1e-4, 5e-324, 1.7976931348623157e308, 9007199254740993.0}) {
    CAPTURE(value);
    CHECK(agrees(value));
    CHECK(agrees(-value));
    CHECK(agrees(float(value)));
  }
  CHECK(agrees(std::numeric_limits<double>::infinity()));
  CHECK(agrees(-std::numeric_limits<float>::infinity()));
  CHECK(agrees(std::numeric_limits<double>::quiet_NaN()));
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double wide;
    float narrow;
    std::memcpy(&wide, &bits, sizeof wide);
    std::memcpy(&narrow, &bits, sizeof narrow);
    CAPTURE(bits);
    REQUIRE(agrees(wide));
    REQUIRE(agrees(narrow));
    REQUIRE(agrees(double(int64_t(bits)) / 4096));
    REQUIRE(agrees(float(bits % 10000000)));
  }
}
