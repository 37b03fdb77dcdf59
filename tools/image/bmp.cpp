// SPDX-License-Identifier: MIT
//
// BMP, read here because stb_image takes missing bytes for black and knows no RLE. Samples of fewer than 8 bits are scaled as
// Pillow scales them: v * 255 / max, rounded down.
#include <algorithm>
#include <array>

#include "tools/image/codecs.h"
#include "tools/image/reader.h"

namespace skiff {
namespace {

enum Compression : uint32_t { kNone = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };
constexpr uint32_t kFileHeaderBytes = 14, kOs2HeaderBytes = 12, kWindowsHeaderBytes = 40, kMaxHeaderBytes = 124;

using Rgb = std::array<uint8_t, 3>;

struct Header {
  uint32_t pixels_at = 0, header_bytes = 0, width = 0, height = 0, compression = kNone, colours = 0;
  int bits = 0;
  bool is_top_down = false;
  std::array<uint32_t, 3> masks = {};  // red, green, blue
};

void read_masks(Reader *in, Header *h) {
  if (h->bits == 16) h->masks = {0x7C00, 0x03E0, 0x001F};
  if (h->bits == 32) h->masks = {0xFF0000, 0xFF00, 0xFF};
  if (h->compression != kBitFields && h->compression != kAlphaBitFields) return;
  if (h->bits != 16 && h->bits != 32) in->fail("bit fields with " + std::to_string(h->bits) + " bits a pixel, expected 16 or 32");
  std::array<uint32_t, 3> masks;  // behind a short header or inside a longer one: the same place
  for (uint32_t &mask : masks) mask = in->u32le();
  if ((masks[0] | masks[1] | masks[2]) != 0) h->masks = masks;
}

void read_os2_header(Reader *in, Header *h) {
  h->width = in->u16le();
  h->height = in->u16le();
  in->skip(2);  // planes
  h->bits = in->u16le();
}

void read_windows_header(Reader *in, Header *h) {
  h->width = in->u32le();
  const uint32_t height = in->u32le();
  h->is_top_down = (height & 0x80000000u) != 0;
  h->height = h->is_top_down ? 0u - height : height;
  in->skip(2);  // planes
  h->bits = in->u16le();
  h->compression = in->u32le();
  in->skip(4 + 8);  // bytes of data, resolution
  h->colours = in->u32le();
  in->skip(4);  // important colours
}

Header read_header(Reader *in) {
  Header h;
  in->seek(10);
  h.pixels_at = in->u32le();
  h.header_bytes = in->u32le();
  const bool is_windows = h.header_bytes >= kWindowsHeaderBytes && h.header_bytes <= kMaxHeaderBytes;
  if (!is_windows && h.header_bytes != kOs2HeaderBytes) in->fail("header of " + std::to_string(h.header_bytes) + " bytes");
  is_windows ? read_windows_header(in, &h) : read_os2_header(in, &h);
  if (h.bits != 1 && h.bits != 4 && h.bits != 8 && h.bits != 16 && h.bits != 24 && h.bits != 32) {
    in->fail(std::to_string(h.bits) + " bits a pixel, expected 1, 4, 8, 16, 24 or 32");
  }
  const bool is_rle = (h.compression == kRle8 && h.bits == 8) || (h.compression == kRle4 && h.bits == 4);
  if (h.compression != kNone && h.compression != kBitFields && h.compression != kAlphaBitFields && !is_rle) {
    in->fail("compression " + std::to_string(h.compression) + " with " + std::to_string(h.bits) + " bits a pixel");
  }
  read_masks(in, &h);
  return h;
}

// Entries that the file does not have are black.
std::array<Rgb, 256> read_palette(Reader *in, const Header &h) {
  std::array<Rgb, 256> palette = {};
  const uint32_t possible = 1u << h.bits;
  const uint32_t count = h.colours == 0 ? possible : std::min(h.colours, possible);
  in->seek(uint64_t(kFileHeaderBytes) + h.header_bytes);
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t *bgr = in->take(3);
    palette[i] = {bgr[2], bgr[1], bgr[0]};
    if (h.header_bytes != kOs2HeaderBytes) in->skip(1);
  }
  return palette;
}

// One colour of a pixel with bit fields.
class Field {
 public:
  explicit Field(uint32_t mask) : mask_(mask) {
    while (mask != 0 && !(mask & 1)) {
      mask >>= 1;
      ++shift_;
    }
    max_ = mask;
  }
  uint8_t of(uint32_t pixel) const { return max_ == 0 ? 0 : uint8_t(uint64_t((pixel & mask_) >> shift_) * 255 / max_); }

 private:
  uint32_t mask_, max_ = 0;
  int shift_ = 0;
};

uint8_t *row_of(const Header &h, uint32_t stored_row, Image *image) {
  const size_t y = h.is_top_down ? stored_row : h.height - 1 - stored_row;
  return image->pixels.data() + y * h.width * 3;
}

void unpack_indices(const uint8_t *packed, const Header &h, const std::array<Rgb, 256> &palette, uint8_t *rgb) {
  const uint32_t per_byte = 8 / uint32_t(h.bits), mask = (1u << h.bits) - 1;
  for (uint32_t x = 0; x < h.width; ++x, rgb += 3) {
    const uint32_t shift = 8 - uint32_t(h.bits) * (x % per_byte + 1);
    std::copy_n(palette[packed[x / per_byte] >> shift & mask].data(), 3, rgb);
  }
}

void unpack_colours(const uint8_t *packed, const Header &h, uint8_t *rgb) {
  if (h.bits == 24) {
    for (uint32_t x = 0; x < h.width; ++x, packed += 3, rgb += 3) {
      rgb[0] = packed[2];
      rgb[1] = packed[1];
      rgb[2] = packed[0];
    }
    return;
  }
  const Field red(h.masks[0]), green(h.masks[1]), blue(h.masks[2]);
  const int pixel_bytes = h.bits / 8;
  for (uint32_t x = 0; x < h.width; ++x, packed += pixel_bytes, rgb += 3) {
    uint32_t pixel = 0;
    for (int i = 0; i < pixel_bytes; ++i) pixel |= uint32_t(packed[i]) << (8 * i);
    rgb[0] = red.of(pixel);
    rgb[1] = green.of(pixel);
    rgb[2] = blue.of(pixel);
  }
}

// Run-length coded indices. Pixels that no run covers have index 0; runs past the end of a row are cut.
class RleReader {
 public:
  RleReader(Reader *in, const Header &h, const std::array<Rgb, 256> &palette, Image *image)
      : in_(in), h_(h), palette_(palette), image_(image) {}

  void read() {
    while (y_ < h_.height) {
      const uint8_t count = in_->u8(), value = in_->u8();
      if (count > 0) {
        for (int i = 0; i < count; ++i) put(h_.bits == 8 ? value : i % 2 ? value & 15 : value >> 4);
      } else if (value == kEndOfPicture) {
        return;
      } else {
        escape(value);
      }
    }
  }

 private:
  static constexpr uint8_t kEndOfRow = 0, kEndOfPicture = 1, kMove = 2;

  void escape(uint8_t value) {
    if (value == kEndOfRow) {
      x_ = 0;
      ++y_;
    } else if (value == kMove) {
      x_ += in_->u8();
      y_ += in_->u8();
    } else {
      const uint8_t *run = in_->take((value * h_.bits + 15) / 16 * 2);
      for (int i = 0; i < value; ++i) put(h_.bits == 8 ? run[i] : i % 2 ? run[i / 2] & 15 : run[i / 2] >> 4);
    }
  }

  void put(int index) {
    if (x_ < h_.width && y_ < h_.height) std::copy_n(palette_[size_t(index)].data(), 3, row_of(h_, y_, image_) + size_t(x_) * 3);
    ++x_;
  }

  Reader *in_;
  const Header &h_;
  const std::array<Rgb, 256> &palette_;
  Image *image_;
  uint32_t x_ = 0, y_ = 0;
};

void fill(const Rgb &colour, Image *image) {
  for (size_t i = 0; i < image->pixels.size(); i += 3) std::copy_n(colour.data(), 3, &image->pixels[i]);
}

}  // namespace

Image decode_bmp(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  Reader in("BMP", bytes, size);
  const Header h = read_header(&in);
  check_picture_size("BMP", h.width, h.height, max_pixels);
  std::array<Rgb, 256> palette = {};
  if (h.bits <= 8) palette = read_palette(&in, h);
  in.seek(h.pixels_at);
  if (h.compression == kRle8 || h.compression == kRle4) {
    Image image = make_image(h.width, h.height);
    fill(palette[0], &image);
    RleReader(&in, h, palette, &image).read();
    return image;
  }
  const uint64_t stride = (uint64_t(h.width) * uint64_t(h.bits) + 31) / 32 * 4;
  const uint8_t *rows = in.take(stride * h.height);
  Image image = make_image(h.width, h.height);
  for (uint32_t row = 0; row < h.height; ++row) {
    const uint8_t *packed = rows + row * stride;
    h.bits <= 8 ? unpack_indices(packed, h, palette, row_of(h, row, &image)) : unpack_colours(packed, h, row_of(h, row, &image));
  }
  return image;
}

}  // namespace skiff
