// SPDX-License-Identifier: MIT
//
// The first frame of a GIF, read here because stb_image's reader is the part of it with a history of memory errors, and because
// it shows transparent pixels as background where Pillow shows their palette's colour.
#include <algorithm>
#include <array>

#include "tools/image/codecs.h"
#include "tools/image/reader.h"

namespace skiff {
namespace {

constexpr uint8_t kExtension = '!', kFrame = ',', kTrailer = ';', kGraphicControl = 0xF9;
constexpr int kMaxCodeBits = 12, kMaxCodes = 1 << kMaxCodeBits;
constexpr uint64_t kMaxPixelsPerByte = kMaxCodes * 8 / kMaxCodeBits;  // the longest string for a code of 12 bits

using Palette = std::array<std::array<uint8_t, 3>, 256>;

struct Frame {
  uint32_t x = 0, y = 0, width = 0, height = 0;
  bool is_interlaced = false;
};

// A grey ramp, which also stands in for what a short palette lacks.
Palette grey_palette() {
  Palette palette;
  for (size_t i = 0; i < palette.size(); ++i) palette[i].fill(uint8_t(i));
  return palette;
}

// Reads the colour table that `flags` announce, if they do.
void read_palette(Reader *in, uint8_t flags, Palette *palette) {
  if (!(flags & 0x80)) return;
  *palette = grey_palette();
  const size_t count = size_t(2) << (flags & 7);
  for (size_t i = 0; i < count; ++i) std::copy_n(in->take(3), 3, (*palette)[i].data());
}

// Passes over sub-blocks, their terminator included.
void skip_blocks(Reader *in) {
  while (const uint8_t length = in->u8()) in->skip(length);
}

// An extension; *fill = the transparent index where it has one.
void read_extension(Reader *in, uint8_t *fill) {
  if (in->u8() == kGraphicControl) {
    const uint8_t length = in->u8();
    const uint8_t *block = in->take(length);
    if (length >= 4 && (block[0] & 1)) *fill = block[3];
    if (length == 0) return;
  }
  skip_blocks(in);
}

// Codes of growing width, least bit first, from a chain of sub-blocks.
class CodeReader {
 public:
  explicit CodeReader(Reader *in) : in_(in) {}

  int next(int bits) {
    while (held_bits_ < bits) {
      if (block_left_ == 0) block_left_ = in_->u8();
      if (block_left_ == 0) in_->fail("truncated: the frame's data ends before its last pixel");
      held_ |= uint32_t(in_->u8()) << held_bits_;
      held_bits_ += 8;
      --block_left_;
    }
    const int code = int(held_ & ((1u << bits) - 1));
    held_ >>= bits;
    held_bits_ -= bits;
    return code;
  }

 private:
  Reader *in_;
  uint32_t held_ = 0;
  int held_bits_ = 0, block_left_ = 0;
};

// Indices of a frame, row by row as they come.
class LzwReader {
 public:
  LzwReader(Reader *in, int symbol_bits) : in_(in), codes_(in), clear_(1 << symbol_bits), symbol_bits_(symbol_bits) { reset(); }

  // Fills `indices`, exactly.
  void read(std::vector<uint8_t> *indices) {
    size_t used = 0;
    while (used < indices->size()) {
      const int code = codes_.next(code_bits_);
      if (code == clear_) {
        reset();
        continue;
      }
      if (code == clear_ + 1) in_->fail("truncated: the frame's data ends before its last pixel");
      const bool is_unknown = code >= count_;
      if (code > count_ || (is_unknown && previous_ < 0)) in_->fail("damaged data: a code that cannot be");
      used = expand(is_unknown ? previous_ : code, is_unknown, indices, used);
      add(code);
    }
  }

 private:
  struct Entry {
    int16_t prefix;
    uint8_t last, first;
    uint16_t length;
  };

  void reset() {
    for (int i = 0; i < clear_; ++i) entries_[size_t(i)] = {-1, uint8_t(i), uint8_t(i), 1};
    count_ = clear_ + 2;
    code_bits_ = symbol_bits_ + 1;
    previous_ = -1;
  }

  // Writes the string of `code`, with its own first index behind it where `repeats_first`, cut at the end of `indices`.
  size_t expand(int code, bool repeats_first, std::vector<uint8_t> *indices, size_t at) {
    const size_t length = entries_[size_t(code)].length, end = at + length + repeats_first;
    if (repeats_first && at + length < indices->size()) (*indices)[at + length] = entries_[size_t(code)].first;
    for (size_t i = at + length; i-- > at; code = entries_[size_t(code)].prefix) {
      if (i < indices->size()) (*indices)[i] = entries_[size_t(code)].last;
    }
    return std::min(end, indices->size());
  }

  void add(int code) {
    if (previous_ >= 0 && count_ < kMaxCodes) {
      const Entry &prefix = entries_[size_t(previous_)];
      const uint8_t last = entries_[size_t(code == count_ ? previous_ : code)].first;
      entries_[size_t(count_)] = {int16_t(previous_), last, prefix.first, uint16_t(prefix.length + 1)};
      ++count_;
      if (count_ == 1 << code_bits_ && code_bits_ < kMaxCodeBits) ++code_bits_;
    }
    previous_ = code;
  }

  Reader *in_;
  CodeReader codes_;
  std::array<Entry, kMaxCodes> entries_ = {};
  int clear_, symbol_bits_, code_bits_ = 0, count_ = 0, previous_ = -1;
};

// Rows of an interlaced frame come in four passes.
std::vector<uint32_t> row_order(const Frame &frame) {
  std::vector<uint32_t> order;
  order.reserve(frame.height);
  if (!frame.is_interlaced) {
    for (uint32_t y = 0; y < frame.height; ++y) order.push_back(y);
    return order;
  }
  constexpr uint32_t kStart[4] = {0, 4, 2, 1}, kStep[4] = {8, 8, 4, 2};
  for (int pass = 0; pass < 4; ++pass) {
    for (uint32_t y = kStart[pass]; y < frame.height; y += kStep[pass]) order.push_back(y);
  }
  return order;
}

// The first frame's header; *palette becomes the frame's own where it has one.
Frame read_frame(Reader *in, Palette *palette, uint8_t *fill) {
  for (;;) {
    const uint8_t tag = in->u8();
    if (tag == kFrame) break;
    if (tag == kTrailer) in->fail("no frame");
    if (tag == kExtension) read_extension(in, fill);
  }
  Frame frame;
  frame.x = in->u16le();
  frame.y = in->u16le();
  frame.width = in->u16le();
  frame.height = in->u16le();
  const uint8_t flags = in->u8();
  frame.is_interlaced = (flags & 0x40) != 0;
  read_palette(in, flags, palette);
  return frame;
}

void paint(const std::vector<uint8_t> &indices, const Frame &frame, const Palette &palette, Image *image) {
  const uint8_t *index = indices.data();
  for (const uint32_t y : row_order(frame)) {
    uint8_t *rgb = image->pixels.data() + ((size_t(frame.y) + y) * size_t(image->width) + frame.x) * 3;
    for (uint32_t x = 0; x < frame.width; ++x, rgb += 3) std::copy_n(palette[*index++].data(), 3, rgb);
  }
}

}  // namespace

Image decode_gif(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  Reader in("GIF", bytes, size);
  in.skip(6);  // GIF89a
  const uint32_t screen_width = in.u16le(), screen_height = in.u16le();
  const uint8_t flags = in.u8();
  in.skip(2);  // background, aspect
  Palette palette = grey_palette();
  read_palette(&in, flags, &palette);
  uint8_t fill = 0;
  const Frame frame = read_frame(&in, &palette, &fill);
  const uint32_t width = std::max(screen_width, frame.x + frame.width), height = std::max(screen_height, frame.y + frame.height);
  check_picture_size("GIF", width, height, max_pixels);
  const int symbol_bits = in.u8();
  if (symbol_bits < 1 || symbol_bits > 8) in.fail(std::to_string(symbol_bits) + " bits an index, expected 1 to 8");
  const uint64_t frame_pixels = uint64_t(frame.width) * frame.height;
  check_enough_data("GIF", in.left(), frame_pixels, kMaxPixelsPerByte);
  std::vector<uint8_t> indices(frame_pixels);
  LzwReader(&in, symbol_bits).read(&indices);
  Image image = make_image(width, height);
  if (frame_pixels != uint64_t(width) * height) {
    for (size_t i = 0; i < image.pixels.size(); i += 3) std::copy_n(palette[fill].data(), 3, &image.pixels[i]);
  }
  paint(indices, frame, palette, &image);
  return image;
}

}  // namespace skiff
