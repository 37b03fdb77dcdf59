// SPDX-License-Identifier: MIT
//
// Marked pictures: what can be said of them without looking.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "tools/image/codecs.h"
#include "tools/image/font.h"
#include "tools/image/image.h"

namespace skiff {
namespace {

constexpr uint8_t kGrey = 120;

Image grey_image(int width, int height) {
  Image image = make_image(uint64_t(width), uint64_t(height));
  image.pixels.assign(image.pixels.size(), kGrey);
  return image;
}

Annotation box_of(float x_min, float y_min, float x_max, float y_max) {
  return {15, "person", 0.87f, x_min, y_min, x_max, y_max};
}

// The changed pixels' share and bounds.
struct Change {
  int count = 0, left = 1 << 30, top = 1 << 30, right = -1, bottom = -1;
};

Change change_of(const Image &image) {
  Change change;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const uint8_t *p = &image.pixels[(size_t(y) * size_t(image.width) + size_t(x)) * 3];
      if (p[0] == kGrey && p[1] == kGrey && p[2] == kGrey) continue;
      ++change.count;
      change.left = std::min(change.left, x);
      change.top = std::min(change.top, y);
      change.right = std::max(change.right, x);
      change.bottom = std::max(change.bottom, y);
    }
  }
  return change;
}

Change drawn(int width, int height, const std::vector<Annotation> &annotations) {
  Image image = grey_image(width, height);
  draw_annotations(&image, annotations);
  return change_of(image);
}

bool has_class_colour(const Image &image, int x, int y, int class_id) {
  const std::array<uint8_t, 3> colour = class_colour(class_id);
  return std::equal(colour.begin(), colour.end(), &image.pixels[(size_t(y) * size_t(image.width) + size_t(x)) * 3]);
}

TEST_CASE("a box is drawn on its edges in its class's colour, its inside is left alone") {
  Image image = grey_image(400, 300);
  draw_annotations(&image, {box_of(100, 100, 300, 250)});
  for (const auto &[x, y] : {std::pair{100, 180}, std::pair{299, 180}, std::pair{200, 249}})
    CHECK(has_class_colour(image, x, y, 15));
  CHECK(image.pixels[(180 * 400 + 200) * 3] == kGrey);
  const Change change = change_of(image);
  CHECK(change.left >= 97);
  CHECK(change.right <= 303);
  CHECK(change.bottom <= 253);
  CHECK(change.top >= 70);  // the label stands on it
  CHECK(change.top < 95);
}

TEST_CASE("boxes that cannot be shown leave the picture as it is") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const Annotation &a : {box_of(nan, 0, 10, 10), box_of(0, 0, infinity, 10), box_of(-50, -50, -1, -1),
                              box_of(200, 10, 300, 50), box_of(50, 50, 40, 60)}) {
    CHECK(drawn(100, 80, {a}).count == 0);
  }
  CHECK(drawn(100, 80, {}).count == 0);
}

TEST_CASE("a box around the picture and far beyond shows its line and its label") {
  for (const Annotation &a : {box_of(0, 0, 300, 200), box_of(-1e30f, -1e30f, 1e30f, 1e30f), box_of(-5, -7, 304, 203)}) {
    Image image = grey_image(300, 200);
    draw_annotations(&image, {a});
    for (const auto &[x, y] : {std::pair{0, 100}, std::pair{299, 100}, std::pair{150, 199}, std::pair{150, 0}}) {
      CHECK(has_class_colour(image, x, y, 15));
    }
    CHECK(has_class_colour(image, 2, 10, 15));  // the label's plate, inside
  }
}

TEST_CASE("a label at any edge is inside the picture, whole") {
  const int free = drawn(400, 300, {box_of(100, 100, 101, 101)}).count;  // hardly more than its label
  for (const Annotation &a : {box_of(0, 0, 1, 1), box_of(398, 0, 399, 1), box_of(0, 298, 1, 299), box_of(398, 298, 399, 299)}) {
    CHECK(drawn(400, 300, {a}).count > free * 8 / 10);
  }
}

TEST_CASE("labels of boxes in one place do not hide each other") {
  std::vector<Annotation> annotations(3, box_of(100, 100, 300, 200));
  for (int i = 0; i < 3; ++i) annotations[size_t(i)].class_id = i + 1;
  Image image = grey_image(400, 300);
  draw_annotations(&image, annotations);
  std::array<int, 3> seen = {};
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      for (int i = 0; i < 3; ++i) seen[size_t(i)] += has_class_colour(image, x, y, i + 1);
    }
  }
  for (const int count : seen) CHECK(count > 700);  // a plate less its text
}

TEST_CASE("pictures of any size are marked without trouble") {
  const Annotation inside = box_of(0.2f, 0.2f, 0.8f, 0.9f);
  for (const auto &[width, height] : {std::pair{1, 1}, std::pair{1, 500}, std::pair{500, 1}, std::pair{3, 2}, std::pair{20, 20},
                                      std::pair{64, 48}, std::pair{3000, 2000}}) {
    const float w = float(width), h = float(height);
    CAPTURE(w);
    CAPTURE(h);
    CHECK(drawn(width, height, {box_of(0.2f * w, 0.2f * h, 0.8f * w, 0.9f * h), inside}).count > 0);
  }
  Image empty;
  draw_annotations(&empty, {inside});
}

TEST_CASE("marks grow with the picture") {
  const auto line_px = [](int scale) {
    Image image = grey_image(400 * scale, 300 * scale);
    draw_annotations(&image, {box_of(float(100 * scale), float(100 * scale), float(300 * scale), float(250 * scale))});
    int count = 0;
    for (int x = 0; x < 200 * scale; ++x) count += has_class_colour(image, x, 180 * scale, 15);
    return count;
  };
  CHECK(line_px(1) == 2);
  CHECK(line_px(10) >= 15);
  CHECK(line_px(10) <= 25);
}

TEST_CASE("any class has a colour of its own on which dark text reads") {
  std::set<std::array<uint8_t, 3>> colours;
  for (int id = 0; id < 200; ++id) {
    const std::array<uint8_t, 3> c = class_colour(id);
    colours.insert(c);
    CHECK(0.2126 * std::pow(c[0] / 255., 2.2) + 0.7152 * std::pow(c[1] / 255., 2.2) + 0.0722 * std::pow(c[2] / 255., 2.2) >= 0.2);
  }
  CHECK(colours.size() == 200);
  for (int a = 1; a <= 20; ++a) {
    for (int b = 1; b < a; ++b) {
      int difference = 0;
      for (size_t i = 0; i < 3; ++i) difference += std::abs(int(class_colour(a)[i]) - int(class_colour(b)[i]));
      CHECK(difference >= 90);
    }
  }
  class_colour(-1);
}

TEST_CASE("text that the font does not have shows as question marks") {
  CHECK(printable("tv monitor 0.98~") == "tv monitor 0.98~");
  CHECK(printable("k\xC3\xA4se") == "k?se");  // two bytes, one character
  CHECK(printable("\xE7\x8C\xAB\xF0\x9F\x90\xB1!") ==
        "?"
        "?!");                           // three and four bytes
  CHECK(printable("a\x80\x80") == "a");  // stray continuation
  CHECK(printable("a\tb\n\x7F") == "a?b??");
  CHECK(printable("") == "");
}

TEST_CASE("every printable character but the space leaves ink, within its width") {
  for (char c = ' '; c <= '~'; ++c) {
    CAPTURE(c);
    const std::string text(1, c);
    Image image = grey_image(80, 80);
    draw_text(&image, 20, 50, text, 30, {0, 0, 0});
    const Change change = change_of(image);
    CHECK((change.count > 0) == (c != ' '));
    if (change.count == 0) continue;
    CHECK(change.left >= 19);
    CHECK(change.right <= 21 + int(std::ceil(text_width(text, 30))));
    CHECK(change.top >= 50 - 30 - 3);
    CHECK(change.bottom <= 50 + 10 + 3);
  }
}

TEST_CASE("digits are equally wide, so that scores line up") {
  for (char c = '0'; c <= '9'; ++c) CHECK(text_width(std::string(1, c), 20) == text_width("0", 20));
}

}  // namespace
}  // namespace skiff
