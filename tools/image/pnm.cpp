// SPDX-License-Identifier: MIT
//
// The six portable anymaps, read here because stb_image knows only the two raw ones and does not scale by the largest value.
// Samples are scaled as Pillow scales them: value / largest * 255, rounded to nearest even.
#include <cmath>

#include "tools/image/codecs.h"
#include "tools/image/reader.h"

namespace skiff {
namespace {

constexpr uint32_t kMaxSample = 65535;

bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A byte of the text part; a comment is one line end.
uint8_t next_char(Reader *in) {
  uint8_t c = in->u8();
  if (c == '#') {
    while (c != '\n' && c != '\r') c = in->u8();
  }
  return c;
}

uint8_t next_visible(Reader *in) {
  uint8_t c = next_char(in);
  while (is_space(c)) c = next_char(in);
  return c;
}

// A decimal number and the one space behind it, which the end of the file may stand for.
uint32_t next_number(Reader *in) {
  constexpr uint32_t kMaxNumber = 100000000;
  uint32_t number = 0;
  for (uint8_t c = next_visible(in); !is_space(c); c = next_char(in)) {
    if (c < '0' || c > '9') in->fail("expected a number before byte " + std::to_string(in->position()));
    number = number * 10 + uint32_t(c - '0');
    if (number > kMaxNumber) in->fail("number too large before byte " + std::to_string(in->position()));
    if (in->left() == 0) break;
  }
  return number;
}

std::vector<uint8_t> scale_table(uint32_t max_sample) {
  std::vector<uint8_t> table(max_sample + 1);
  for (uint32_t i = 0; i <= max_sample; ++i) table[i] = uint8_t(std::nearbyint(double(i) / double(max_sample) * 255));
  return table;
}

struct Layout {
  bool is_plain = false, is_bitmap = false;
  size_t channels = 1;
  uint64_t width = 0, height = 0;
  uint32_t max_sample = 1;

  uint64_t samples() const { return width * height * channels; }
  uint64_t sample_bytes() const { return max_sample > 255 ? 2 : 1; }
  // What the pixels take in the file at least.
  uint64_t least_bytes() const {
    if (is_bitmap) return is_plain ? samples() : (width + 7) / 8 * height;
    return is_plain ? samples() * 2 - 1 : samples() * sample_bytes();
  }
};

Layout read_layout(Reader *in) {
  in->skip(1);  // P
  const int kind = in->u8() - '0';
  Layout layout;
  layout.is_plain = kind <= 3;
  layout.is_bitmap = kind == 1 || kind == 4;
  layout.channels = kind == 3 || kind == 6 ? 3 : 1;
  if (!is_space(next_char(in))) in->fail("malformed header");
  layout.width = next_number(in);
  layout.height = next_number(in);
  if (layout.is_bitmap) return layout;
  layout.max_sample = next_number(in);
  if (layout.max_sample == 0 || layout.max_sample > kMaxSample) in->fail("largest value not in 1..65535");
  return layout;
}

void put_grey_or_channel(const Layout &layout, uint64_t sample, uint8_t value, Image *image) {
  if (layout.channels == 3) {
    image->pixels[sample] = value;
  } else {
    image->pixels[sample * 3] = image->pixels[sample * 3 + 1] = image->pixels[sample * 3 + 2] = value;
  }
}

void read_bitmap(Reader *in, const Layout &layout, Image *image) {
  const uint64_t row_bytes = (layout.width + 7) / 8;
  for (uint64_t y = 0; y < layout.height; ++y) {
    const uint8_t *row = layout.is_plain ? nullptr : in->take(row_bytes);
    for (uint64_t x = 0; x < layout.width; ++x) {
      const int bit = layout.is_plain ? next_visible(in) - '0' : row[x / 8] >> (7 - x % 8) & 1;
      if (bit != 0 && bit != 1) in->fail("expected 0 or 1 before byte " + std::to_string(in->position()));
      put_grey_or_channel(layout, y * layout.width + x, bit ? 0 : 255, image);  // 1 is black
    }
  }
}

void read_samples(Reader *in, const Layout &layout, Image *image) {
  const std::vector<uint8_t> scaled = scale_table(layout.max_sample);
  const bool is_wide = layout.sample_bytes() == 2;
  for (uint64_t i = 0; i < layout.samples(); ++i) {
    const uint32_t value = layout.is_plain ? next_number(in) : is_wide ? in->u16be() : in->u8();
    if (layout.is_plain && value > layout.max_sample) in->fail("sample " + std::to_string(value) + " above the largest value");
    put_grey_or_channel(layout, i, scaled[std::min(value, layout.max_sample)], image);
  }
}

}  // namespace

Image decode_pnm(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  Reader in("PNM", bytes, size);
  const Layout layout = read_layout(&in);
  check_picture_size("PNM", layout.width, layout.height, max_pixels);
  if (layout.least_bytes() > in.left()) {
    in.fail("truncated: expected " + std::to_string(layout.least_bytes()) + " bytes of pixels, found " +
            std::to_string(in.left()));
  }
  Image image = make_image(layout.width, layout.height);
  layout.is_bitmap ? read_bitmap(&in, layout, &image) : read_samples(&in, layout, &image);
  return image;
}

}  // namespace skiff
