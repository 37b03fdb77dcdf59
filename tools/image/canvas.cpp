// SPDX-License-Identifier: MIT
#include "tools/image/canvas.h"

#include <algorithm>
#include <cmath>

namespace skiff {
namespace {

// Whole pixels of a picture: x_begin <= x < x_end.
struct Span {
  int x_begin, y_begin, x_end, y_end;

  bool is_empty() const { return x_begin >= x_end || y_begin >= y_end; }
};

// The pixels that a rectangle grown by `margin` touches.
Span clip(const Image &image, const Rect &rect, float margin) {
  const auto whole = [](float v, int limit) { return int(std::clamp(v, 0.f, float(limit))); };
  return {whole(std::floor(rect.left - margin), image.width), whole(std::floor(rect.top - margin), image.height),
          whole(std::ceil(rect.right + margin), image.width), whole(std::ceil(rect.bottom + margin), image.height)};
}

void blend(Image *image, int x, int y, Colour colour, float alpha) {
  uint8_t *pixel = image->pixels.data() + (size_t(y) * size_t(image->width) + size_t(x)) * 3;
  const uint8_t paint[3] = {colour.r, colour.g, colour.b};
  for (int c = 0; c < 3; ++c) pixel[c] = uint8_t(float(pixel[c]) + (float(paint[c]) - float(pixel[c])) * alpha + 0.5f);
}

// Distance of a pixel's centre to the edge of a rounded rectangle, negative inside.
float distance_to(const Rect &rect, float radius, int x, int y) {
  const float half_width = rect.width() / 2, half_height = rect.height() / 2;
  const float dx = std::fabs(float(x) + 0.5f - rect.left - half_width) - half_width + radius;
  const float dy = std::fabs(float(y) + 0.5f - rect.top - half_height) - half_height + radius;
  return std::hypot(std::max(dx, 0.f), std::max(dy, 0.f)) + std::min(std::max(dx, dy), 0.f) - radius;
}

float distance_to(const Segment &s, int x, int y) {
  const float px = float(x) + 0.5f - s.x0, py = float(y) + 0.5f - s.y0, dx = s.x1 - s.x0, dy = s.y1 - s.y0;
  const float length2 = dx * dx + dy * dy;
  const float along = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.f, 1.f) : 0;
  return std::hypot(px - along * dx, py - along * dy);
}

// How much of a pixel lies inside a shape whose edge is `distance` away.
float coverage(float distance) { return std::clamp(0.5f - distance, 0.f, 1.f); }

Rect bounds_of(const std::vector<Segment> &segments) {
  Rect bounds = {segments[0].x0, segments[0].y0, segments[0].x0, segments[0].y0};
  for (const Segment &s : segments) {
    bounds = {std::min({bounds.left, s.x0, s.x1}), std::min({bounds.top, s.y0, s.y1}), std::max({bounds.right, s.x0, s.x1}),
              std::max({bounds.bottom, s.y0, s.y1})};
  }
  return bounds;
}

float usable_radius(const Rect &rect, float radius) {
  return std::max(0.f, std::min({radius, rect.width() / 2, rect.height() / 2}));
}

}  // namespace

void fill_rounded(Image *image, const Rect &rect, float radius, Colour colour, float opacity) {
  radius = usable_radius(rect, radius);
  const Span span = clip(*image, rect, 1);
  for (int y = span.y_begin; y < span.y_end; ++y) {
    for (int x = span.x_begin; x < span.x_end; ++x) {
      const float covered = coverage(distance_to(rect, radius, x, y));
      if (covered > 0) blend(image, x, y, colour, covered * opacity);
    }
  }
}

void stroke_rounded(Image *image, const Rect &rect, float radius, float width, Colour colour, float opacity) {
  radius = usable_radius(rect, radius);
  const float reach = width / 2 + 1, band = reach + radius;  // the line lies within `band` of an edge
  const Span span = clip(*image, rect, reach);
  const auto paint = [&](int x_begin, int x_end, int y) {
    for (int x = x_begin; x < x_end; ++x) {
      const float covered = coverage(std::fabs(distance_to(rect, radius, x, y)) - width / 2);
      if (covered > 0) blend(image, x, y, colour, covered * opacity);
    }
  };
  const int left_end = std::clamp(int(rect.left + band) + 1, span.x_begin, span.x_end);
  const int right_begin = std::clamp(int(rect.right - band), left_end, span.x_end);
  for (int y = span.y_begin; y < span.y_end; ++y) {
    const bool is_side = float(y) > rect.top + band && float(y) + 1 < rect.bottom - band;
    paint(span.x_begin, is_side ? left_end : span.x_end, y);
    if (is_side) paint(right_begin, span.x_end, y);
  }
}

void stroke_segments(Image *image, const std::vector<Segment> &segments, float width, Colour colour, float opacity) {
  if (segments.empty()) return;
  const float reach = width / 2 + 1;
  const Span all = clip(*image, bounds_of(segments), reach);
  if (all.is_empty()) return;
  const size_t columns = size_t(all.x_end - all.x_begin);
  std::vector<float> covered(columns * size_t(all.y_end - all.y_begin));
  for (const Segment &s : segments) {
    const Span span = clip(*image, bounds_of({s}), reach);
    for (int y = span.y_begin; y < span.y_end; ++y) {
      for (int x = span.x_begin; x < span.x_end; ++x) {
        float &most = covered[size_t(y - all.y_begin) * columns + size_t(x - all.x_begin)];
        most = std::max(most, coverage(distance_to(s, x, y) - width / 2));
      }
    }
  }
  for (int y = all.y_begin; y < all.y_end; ++y) {
    for (int x = all.x_begin; x < all.x_end; ++x) {
      const float most = covered[size_t(y - all.y_begin) * columns + size_t(x - all.x_begin)];
      if (most > 0) blend(image, x, y, colour, most * opacity);
    }
  }
}

}  // namespace skiff
