// SPDX-License-Identifier: MIT
//
// The eight orientations are one loop: walking the upright picture's rows, the source pixel moves by a fixed step for each column
// and for each row. Square tiles keep both walks inside the cache where rows become columns.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "tools/image/image.h"

namespace skiff {
namespace {

constexpr int kTilePx = 32;

// Where upright pixel (x, y) lies in the source: origin + x * column + y * row, in bytes.
struct Walk {
  ptrdiff_t origin = 0, column = 0, row = 0;
};

// Orientation (TIFF 6.0): which side of the upright picture the source's first row and first column are.
//   1 top left    2 top right    3 bottom right    4 bottom left    5 left top    6 right top    7 right bottom    8 left bottom
Walk walk_of(int orientation, int width, int height) {
  const ptrdiff_t pixel = 3, row = ptrdiff_t(width) * 3;
  const bool is_turned = orientation >= 5;  // source rows become columns
  const bool is_right_first = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool is_bottom_first = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Walk walk;
  const ptrdiff_t along_row = is_right_first ? -pixel : pixel;  // source x with growing upright x, or y where turned
  const ptrdiff_t along_column = is_bottom_first ? -row : row;
  walk.origin = (is_right_first ? (width - 1) * pixel : 0) + (is_bottom_first ? (height - 1) * row : 0);
  walk.column = is_turned ? along_column : along_row;
  walk.row = is_turned ? along_row : along_column;
  return walk;
}

void copy_tile(const uint8_t *source, const Walk &walk, int x_begin, int y_begin, Image *upright) {
  const int x_end = std::min(x_begin + kTilePx, upright->width), y_end = std::min(y_begin + kTilePx, upright->height);
  for (int y = y_begin; y < y_end; ++y) {
    const uint8_t *from = source + walk.origin + x_begin * walk.column + y * walk.row;
    uint8_t *to = upright->pixels.data() + (size_t(y) * size_t(upright->width) + size_t(x_begin)) * 3;
    for (int x = x_begin; x < x_end; ++x, from += walk.column, to += 3) {
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
    }
  }
}

}  // namespace

Image apply_orientation(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const Walk walk = walk_of(orientation, image.width, image.height);
  Image upright;
  upright.width = orientation >= 5 ? image.height : image.width;
  upright.height = orientation >= 5 ? image.width : image.height;
  upright.pixels.resize(image.pixels.size());
  for (int y = 0; y < upright.height; y += kTilePx) {
    for (int x = 0; x < upright.width; x += kTilePx) copy_tile(image.pixels.data(), walk, x, y, &upright);
  }
  return upright;
}

}  // namespace skiff
