// SPDX-License-Identifier: MIT
//
// All sizes follow from the height of a capital letter, which follows from the picture's size: a marked photo looks the same
// whether it is shown from a phone's 12 megapixels or a thumbnail. Labels are placed one by one, the surest first, where they
// hide least.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "tools/image/canvas.h"
#include "tools/image/font.h"
#include "tools/image/image.h"

namespace skiff {
namespace {

constexpr Colour kBlack = {0, 0, 0}, kInk = {16, 16, 16};
constexpr float kMinCapPx = 9, kSmallestCapPx = 6;

// Lengths of one picture's marks, in pixels.
struct Style {
  float cap, line, radius;
};

Style style_of(const Image &image) {
  const float cap = std::max(kMinCapPx, std::round(0.025f * std::sqrt(float(image.width) * float(image.height))));
  return {cap, std::max(2.f, std::round(0.21f * cap)), 0.3f * cap};
}

Colour colour_of_hsv(float hue, float saturation, float value) {
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + hue * 6, 6.f);
    return uint8_t(255 * value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.f, 1.f)) + 0.5f);
  };
  return {channel(5), channel(3), channel(1)};
}

// Mixes white in until dark text reads well on the colour, and the colour shows on a dark picture.
Colour lightened(Colour c) {
  const auto linear = [](uint8_t v) { return std::pow(float(v) / 255, 2.2f); };
  while (0.2126f * linear(c.r) + 0.7152f * linear(c.g) + 0.0722f * linear(c.b) < 0.2f) {
    for (uint8_t *v : {&c.r, &c.g, &c.b}) *v = uint8_t(*v + (255 - *v) / 8);
  }
  return c;
}

// The part of a box that is in the picture, drawn so that its line is, too. False where there is nothing to draw.
bool visible_box(const Image &image, const Annotation &a, float line, Rect *rect) {
  if (!std::isfinite(a.x_min) || !std::isfinite(a.y_min) || !std::isfinite(a.x_max) || !std::isfinite(a.y_max)) return false;
  if (a.x_max <= 0 || a.y_max <= 0 || a.x_min >= float(image.width) || a.y_min >= float(image.height)) return false;
  if (a.x_min > a.x_max || a.y_min > a.y_max) return false;
  const float half = line / 2;
  const auto place = [half](float v, int limit) {  // line edges on pixel edges, so that straight lines are sharp
    return std::clamp(std::round(v - half), 0.f, std::max(0.f, std::floor(float(limit) - 2 * half))) + half;
  };
  *rect = {place(a.x_min, image.width), place(a.y_min, image.height), place(a.x_max, image.width), place(a.y_max, image.height)};
  return true;
}

void draw_box(Image *image, const Rect &rect, const Style &style, Colour colour) {
  stroke_rounded(image, rect, style.radius, style.line + 2, kBlack,
                 0.35f);  // a dim rim: light lines stay visible on light ground
  stroke_rounded(image, rect, style.radius, style.line, colour, 1);
}

// What a label says, as large as fits into the picture's width.
struct Label {
  std::string text;
  float cap = 0, width = 0, height = 0;  // of its plate, but for the cap

  float text_cap() const { return cap - 1; }  // between the middles of the pen strokes
  float pad_x() const { return std::round(0.55f * cap); }
  float pad_y() const { return std::round(0.5f * cap); }
};

Label make_label(const Annotation &a, const Image &image, float cap) {
  char score[16];
  std::snprintf(score, sizeof(score), "%.2f", double(a.score));
  Label label;
  label.text = printable(a.label) + " " + score;
  label.cap = cap;
  const auto measure = [&label] {
    label.width = std::ceil(text_width(label.text, label.text_cap())) + 2 * label.pad_x();
    label.height = label.cap + 2 * label.pad_y();
  };
  measure();
  while (label.width > float(image.width) && label.cap > kSmallestCapPx) {
    label.cap -= 1;
    measure();
  }
  if (label.width > float(image.width)) label.text = printable(a.label);
  for (measure(); label.width > float(image.width) && !label.text.empty(); measure()) label.text.pop_back();
  return label;
}

float overlap(const Rect &a, const Rect &b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

// Where a label goes: above its box, in its upper corner, below it, in its lower corner; at its left side, at its right. The
// first place that is free, or the one where least is hidden.
Rect place_label(const Image &image, const Rect &box, const Label &label, float line, const std::vector<Rect> &taken) {
  const float half = line / 2, left = box.left - half, right = box.right + half - label.width;
  const float rows[] = {box.top - half - label.height + line, box.top - half, box.bottom + half - line,
                        box.bottom + half - label.height};
  Rect best = {};
  float least = INFINITY;
  for (const float column : {left, right}) {
    for (const float row : rows) {
      const float x = std::clamp(column, 0.f, std::max(0.f, float(image.width) - label.width));
      const float y = std::clamp(row, 0.f, std::max(0.f, float(image.height) - label.height));
      const Rect plate = {x, y, x + label.width, y + label.height};
      float hidden = std::fabs(y - row) > 0.5f ? label.width * label.height * 0.01f : 0;  // not where it was meant to be
      for (const Rect &other : taken) hidden += overlap(plate, other);
      if (hidden < least) {
        least = hidden;
        best = plate;
      }
    }
  }
  return best;
}

void draw_label(Image *image, const Rect &plate, const Label &label, float radius, Colour colour) {
  fill_rounded(image, {plate.left - 1, plate.top - 1, plate.right + 1, plate.bottom + 1}, radius + 1, kBlack, 0.25f);
  fill_rounded(image, plate, radius, colour, 1);
  const float baseline = plate.bottom - label.pad_y() - 0.5f;  // the pen's middle: horizontal strokes fill whole pixels
  draw_text(image, plate.left + label.pad_x(), baseline, label.text, label.text_cap(), kInk);
}

}  // namespace

// Neighbouring classes are a golden section of the colour circle apart, which never repeats; one in three
// is pale and one dark. The start is where the 20 classes of VOC differ most.
std::array<uint8_t, 3> class_colour(int class_id) {
  const unsigned id = unsigned(class_id);
  constexpr float kSaturation[3] = {0.9f, 0.5f, 0.9f}, kValue[3] = {1, 1, 0.68f};
  const double turns = 0.89 + double(id) * 0.6180339887498949;
  const Colour c = lightened(colour_of_hsv(float(turns - std::floor(turns)), kSaturation[id % 3], kValue[id % 3]));
  return {c.r, c.g, c.b};
}

void draw_annotations(Image *image, const std::vector<Annotation> &annotations) {
  if (image->width <= 0 || image->height <= 0) return;
  std::vector<const Annotation *> surest_last;
  for (const Annotation &a : annotations) surest_last.push_back(&a);
  std::stable_sort(surest_last.begin(), surest_last.end(),
                   [](const Annotation *a, const Annotation *b) { return a->score < b->score; });
  const Style style = style_of(*image);
  const auto paint_of = [](const Annotation &a) {
    const std::array<uint8_t, 3> c = class_colour(a.class_id);
    return Colour{c[0], c[1], c[2]};
  };
  Rect box;
  for (const Annotation *a : surest_last) {
    if (visible_box(*image, *a, style.line, &box)) draw_box(image, box, style, paint_of(*a));
  }
  std::vector<Rect> taken;
  for (auto a = surest_last.rbegin(); a != surest_last.rend(); ++a) {
    if (!visible_box(*image, **a, style.line, &box)) continue;
    const Label label = make_label(**a, *image, style.cap);
    if (label.text.empty() || label.height > float(image->height)) continue;
    taken.push_back(place_label(*image, box, label, style.line, taken));
    draw_label(image, taken.back(), label, style.radius, paint_of(**a));
  }
}

}  // namespace skiff
