// SPDX-License-Identifier: MIT
//
// Smooth shapes on a picture. A pixel is covered by how far its centre lies from a shape's edge, so everything may stand between
// pixels, and nothing is drawn outside the picture.
#pragma once
#include <cstdint>
#include <vector>

#include "tools/image/image.h"

namespace skiff {

struct Colour {
  uint8_t r, g, b;
};

// Edges in pixels; pixel (x, y) covers x..x+1, y..y+1.
struct Rect {
  float left, top, right, bottom;

  float width() const { return right - left; }
  float height() const { return bottom - top; }
};

struct Segment {
  float x0, y0, x1, y1;
};

// `opacity` 0..1 in all of these.
void fill_rounded(Image *image, const Rect &rect, float radius, Colour colour, float opacity);

// A line of `width` along the edge, half of it on each side.
void stroke_rounded(Image *image, const Rect &rect, float radius, float width, Colour colour, float opacity);

// Lines with round ends, painted as one shape: no spots where they meet.
void stroke_segments(Image *image, const std::vector<Segment> &segments, float width, Colour colour, float opacity);

}  // namespace skiff
