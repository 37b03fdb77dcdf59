// SPDX-License-Identifier: MIT
//
// Small picture files of every format, made byte by byte: what the tests and the fuzz targets spoil.
#pragma once
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/make_jpeg.h"
#include "tools/image/codecs.h"
#include "tools/image/png_chunks.h"

namespace skiff::test {

using Bytes = std::vector<uint8_t>;

// One by one: gcc 12 sees an overflow in inserting a known few.
template <typename Range>
void append_all(Bytes *out, const Range &range) {
  for (const auto value : range) out->push_back(uint8_t(value));
}
inline void append(Bytes *out, std::string_view text) { append_all(out, text); }
inline void append(Bytes *out, const Bytes &bytes) { append_all(out, bytes); }

inline void append_be(Bytes *out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(uint8_t(value >> 8 * i));
}

inline void append_le(Bytes *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out->push_back(uint8_t(value >> 8 * i));
}

// A picture with edges and ramps.
inline Image sample_image(int width, int height) {
  Image image = make_image(uint64_t(width), uint64_t(height));
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const size_t x = i / 3 % size_t(width), y = i / 3 / size_t(width);
    image.pixels[i] = uint8_t(i % 3 == 0 ? x * 9 : i % 3 == 1 ? y * 11 : (x / 4 + y / 4) % 2 * 200);
  }
  return image;
}

inline void append_png_chunk(Bytes *out, std::string_view type, const Bytes &data) {
  append_be(out, data.size(), 4);
  const size_t at = out->size();
  append(out, type);
  append(out, data);
  PngChunk chunk;
  chunk.data = out->data() + at + 4;
  chunk.size = data.size();
  append_be(out, png_crc(chunk), 4);
}

// zlib's format without compression.
inline Bytes stored_zlib(const Bytes &data) {
  Bytes out = {0x78, 0x01, 0x01};
  append_le(&out, data.size(), 2);
  append_le(&out, ~data.size(), 2);
  append(&out, data);
  uint32_t a = 1, b = 0;
  for (const uint8_t byte : data) b = (b + (a = (a + byte) % 65521)) % 65521;
  append_be(&out, b << 16 | a, 4);
  return out;
}

// A PNG whose filtered rows are `rows`; palette where the colour type wants one.
inline Bytes make_png(uint32_t width, uint32_t height, int depth, int colour, bool is_interlaced, const Bytes &rows,
                      const Bytes &palette = {}, const Bytes &exif = {}) {
  Bytes out(kPngSignature, kPngSignature + sizeof(kPngSignature)), header;
  append_be(&header, width, 4);
  append_be(&header, height, 4);
  append(&header, Bytes{uint8_t(depth), uint8_t(colour), 0, 0, uint8_t(is_interlaced)});
  append_png_chunk(&out, "IHDR", header);
  if (!palette.empty()) append_png_chunk(&out, "PLTE", palette);
  if (!exif.empty()) append_png_chunk(&out, "eXIf", exif);
  append_png_chunk(&out, "IDAT", stored_zlib(rows));
  append_png_chunk(&out, "IEND", {});
  return out;
}

// Makes every chunk's checksum right again, as far as the chunks can be followed: a spoilt PNG that passes the first gate.
inline void seal_png(Bytes *png) {
  for (size_t at = sizeof(kPngSignature); at + 12 <= png->size();) {
    const uint8_t *p = png->data() + at;
    const size_t size = size_t(p[0]) << 24 | size_t(p[1]) << 16 | size_t(p[2]) << 8 | p[3];
    if (size > png->size() - at - 12) return;
    PngChunk chunk;
    chunk.data = p + 8;
    chunk.size = size;
    Bytes crc;
    append_be(&crc, png_crc(chunk), 4);
    std::memcpy(png->data() + at + 8 + size, crc.data(), crc.size());
    at += 12 + size;
  }
}

// A TIFF structure with one directory that holds the orientation behind another tag.
inline Bytes make_exif(int orientation, bool is_little) {
  const auto put = is_little ? append_le : append_be;
  Bytes out;
  append(&out, is_little ? "II" : "MM");
  put(&out, 42, 2);
  put(&out, 8, 4);
  put(&out, 2, 2);
  for (const auto &[tag, value] : {std::pair{0x0100, 640}, std::pair{0x0112, orientation}}) {
    put(&out, uint64_t(tag), 2);
    put(&out, 3, 2);
    put(&out, 1, 4);
    put(&out, uint64_t(value), 2);
    put(&out, 0, 2);
  }
  put(&out, 0, 4);
  return out;
}

// A JPEG with an APP1 segment of these bytes behind its first marker.
inline Bytes with_exif(const Bytes &jpeg, const Bytes &exif) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  append_be(&out, 0xFFE1, 2);
  append_be(&out, exif.size() + 8, 2);
  append(&out, std::string_view("Exif\0\0", 6));
  append(&out, exif);
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

inline Bytes sample_bmp(int bits, uint32_t compression, const Bytes &data, uint32_t width = 5, uint32_t height = 4) {
  Bytes out;
  append(&out, "BM");
  const uint32_t palette_bytes = bits <= 8 ? 4u << bits : 0;
  append_le(&out, 0, 8);
  append_le(&out, 54 + palette_bytes, 4);
  append_le(&out, 40, 4);
  append_le(&out, width, 4);
  append_le(&out, height, 4);
  append_le(&out, 1, 2);
  append_le(&out, uint32_t(bits), 2);
  append_le(&out, compression, 4);
  append_le(&out, 0, 8);  // bytes of data, resolution
  append_le(&out, 0, 8);
  append_le(&out, 0, 4);  // colours used, important
  for (uint32_t i = 0; i < palette_bytes; ++i) out.push_back(uint8_t(i * 7));
  append(&out, data);
  return out;
}

// 7 x 5 pixels of 4 bits at (1, 1) of 8 x 6.
inline Bytes sample_gif(bool is_interlaced) {
  Bytes out;
  append(&out, "GIF89a");
  append_le(&out, 8, 2);
  append_le(&out, 6, 2);
  append(&out, Bytes{0x83, 0, 0});
  for (int i = 0; i < 48; ++i) out.push_back(uint8_t(i * 5));
  append(&out, Bytes{'!', 0xF9, 4, 1, 0, 0, 3, 0});  // index 3 is transparent
  append(&out, ",");
  for (const int v : {1, 1, 7, 5}) append_le(&out, uint64_t(v), 2);
  append(&out, Bytes{uint8_t(is_interlaced ? 0x40 : 0), 4});
  // Codes of 5 bits: 16 clears, 17 ends, 18 and up are strings; the clears come before the codes would widen.
  uint64_t held = 0;
  int bits = 0;
  Bytes data;
  const auto put = [&](uint32_t code) {
    held |= uint64_t(code) << bits;
    for (bits += 5; bits >= 8; bits -= 8, held >>= 8) data.push_back(uint8_t(held));
  };
  for (const uint32_t code : {16, 1, 18, 2, 3, 19, 22, 16, 4, 5, 18, 20, 6, 16, 7, 18, 19, 8, 16, 9, 18, 19, 9, 9, 17}) put(code);
  if (bits > 0) data.push_back(uint8_t(held));
  out.push_back(uint8_t(data.size()));
  append(&out, data);
  append(&out, Bytes{0, ';'});
  return out;
}

inline Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

// A run of `count` different bytes.
inline Bytes ramp(size_t count, int step = 37) {
  Bytes out(count);
  for (size_t i = 0; i < count; ++i) out[i] = uint8_t(i * size_t(step));
  return out;
}

// Rows of `row_bytes`, each behind its filter type, the five in turn.
inline Bytes filtered_rows(size_t rows, size_t row_bytes) {
  Bytes out;
  for (size_t y = 0; y < rows; ++y) {
    out.push_back(uint8_t(y % 5));
    append(&out, ramp(row_bytes, int(y) * 2 + 3));
  }
  return out;
}

struct Sample {
  std::string name;
  Bytes bytes;
};

inline std::vector<Sample> png_samples() {
  return {{"rgb.png", make_png(6, 7, 8, 2, false, filtered_rows(7, 18))},
          {"rgba16.png", make_png(3, 3, 16, 6, false, filtered_rows(3, 24), {}, make_exif(6, true))},
          {"palette4.png", make_png(5, 5, 4, 3, false, filtered_rows(5, 3), ramp(21))},
          {"grey1-interlaced.png", make_png(5, 5, 1, 0, true, filtered_rows(11, 1))},
          {"compressed.png", encode_png(sample_image(16, 9))}};
}

// The plain ones end with one digit: that a number was cut in its middle cannot be told.
inline std::vector<Sample> other_samples() {
  Bytes p5 = bytes_of("P5 # grey\n4 3\n100\n"), p6 = bytes_of("P6 2 2 65535\n");
  append(&p5, ramp(12, 7));
  append(&p6, ramp(24));
  return {{"24.bmp", encode_bmp(sample_image(5, 4))},
          {"16.bmp", sample_bmp(16, 0, ramp(48))},
          {"4.bmp", sample_bmp(4, 0, ramp(16))},
          {"rle8.bmp", sample_bmp(8, 1, Bytes{3, 9, 2, 8, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 1, 5, 7, 0, 0, 0, 1})},
          {"rle4.bmp", sample_bmp(4, 2, Bytes{4, 0x1E, 0, 0, 0, 4, 0x12, 0x34, 0, 0, 0, 1})},
          {"plain.gif", sample_gif(false)},
          {"interlaced.gif", sample_gif(true)},
          {"p1.pbm", bytes_of("P1\n3 2\n1 0 1\n0 1 0\n")},
          {"p2.pgm", bytes_of("P2\n3 2\n15\n1 2 3 4 15 5\n")},
          {"p3.ppm", bytes_of("P3\n1 2\n255\n1 2 3 4 255 5\n")},
          {"p5.pgm", p5},
          {"p6.ppm", p6}};
}

// 24 x 17 pixels and a few hundred bytes each.
inline std::vector<Sample> jpeg_samples() {
  std::vector<Sample> samples = {{"stb.jpg", encode_jpeg_stb(sample_image(24, 17), 60)}};
#if SKIFF_HAS_TURBO
  const auto add = [&samples](const char *name, int components, int luma, int restart_blocks, const char *mode) {
    JpegSpec spec;
    spec.components = components;
    spec.luma_h = spec.luma_v = luma;
    spec.restart_blocks = restart_blocks;
    spec.mode = mode;
    samples.push_back({name, make_jpeg(spec)});
  };
  add("420.jpg", 3, 2, 0, "plain");
  add("restarts.jpg", 3, 1, 2, "plain");
  add("grey.jpg", 1, 1, 0, "plain");
  add("ycck.jpg", 4, 1, 0, "plain");
  add("progressive.jpg", 3, 2, 0, "progressive");
  add("arithmetic.jpg", 3, 1, 0, "arithmetic");
  samples.push_back({"exif.jpg", with_exif(samples[1].bytes, make_exif(8, false))});
#endif
  return samples;
}

inline std::vector<Sample> all_samples() {
  std::vector<Sample> samples = jpeg_samples();
  for (const auto &more : {png_samples(), other_samples()}) samples.insert(samples.end(), more.begin(), more.end());
  return samples;
}

}  // namespace skiff::test
