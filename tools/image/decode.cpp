// SPDX-License-Identifier: MIT
//
// The format is told by the first bytes, never by the name: half of the .png on the web are JPEG.
#include <cstring>
#include <utility>

#include "tools/image/codecs.h"
#include "tools/image/jpeg_segments.h"
#include "tools/image/png_chunks.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr uint64_t kMaxSidePx = 1 << 24;  // keeps 3 or 4 bytes a pixel of a row, and their bits, within 32 bits

bool begins(const uint8_t *bytes, size_t size, size_t offset, const char *text) {
  const size_t length = std::strlen(text);
  return size >= offset + length && std::memcmp(bytes + offset, text, length) == 0;
}

bool is_pnm(const uint8_t *bytes, size_t size) { return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6'; }

// Formats that people try, so that the message can name them.
const char *foreign_format(const uint8_t *bytes, size_t size) {
  const auto is = [&](size_t offset, const char *text) { return begins(bytes, size, offset, text); };
  if (is(0, "RIFF") && is(8, "WEBP")) return "a WebP picture";
  if (is(4, "ftyphei") || is(4, "ftyphev") || is(4, "ftypmif1")) return "a HEIC picture";
  if (is(4, "ftypavif")) return "an AVIF picture";
  if (is(0, "II*") || is(0, "MM")) return "a TIFF picture";
  if (is(0, "%PDF")) return "a PDF";
  return "not a picture";
}

[[noreturn]] void fail_unknown(const uint8_t *bytes, size_t size) {
  throw Error(std::string(foreign_format(bytes, size)) + " that skiff reads (JPEG, PNG, BMP, GIF, PNM)");
}

Image decode_jpeg(const uint8_t *bytes, size_t size, const DecodeOptions &options) {
#if SKIFF_HAS_TURBO
  if (options.decoder != Decoder::kStb) return decode_jpeg_turbo(bytes, size, options.max_pixels);
#else
  if (options.decoder == Decoder::kTurbo) throw Error("JPEG: skiff was built without libjpeg-turbo");
#endif
  return decode_jpeg_stb(bytes, size, options.max_pixels);
}

Image decode_as_it_lies(const uint8_t *bytes, size_t size, const DecodeOptions &options) {
  if (is_jpeg(bytes, size)) return decode_jpeg(bytes, size, options);
  if (is_png(bytes, size)) return decode_png(bytes, size, options.max_pixels);
  if (begins(bytes, size, 0, "BM")) return decode_bmp(bytes, size, options.max_pixels);
  if (begins(bytes, size, 0, "GIF8")) return decode_gif(bytes, size, options.max_pixels);
  if (is_pnm(bytes, size)) return decode_pnm(bytes, size, options.max_pixels);
  fail_unknown(bytes, size);
}

std::string size_text(uint64_t width, uint64_t height) { return std::to_string(width) + "x" + std::to_string(height); }

}  // namespace

void check_picture_size(const char *format, uint64_t width, uint64_t height, uint64_t max_pixels) {
  const std::string prefix = std::string(format) + ": " + size_text(width, height) + " pixels, ";
  if (width == 0 || height == 0) throw Error(prefix + "an empty picture");
  if (width > kMaxSidePx || height > kMaxSidePx || width * height > max_pixels) {
    throw Error(prefix + "larger than the limit of " + std::to_string(max_pixels) + " pixels");
  }
}

void check_enough_data(const char *format, uint64_t bytes, uint64_t pixels, uint64_t max_pixels_per_byte) {
  if (pixels / max_pixels_per_byte <= bytes) return;
  throw Error(std::string(format) + ": truncated: " + std::to_string(bytes) + " bytes of data cannot hold a picture of its size");
}

Image make_image(uint64_t width, uint64_t height) {
  Image image;
  image.width = int(width);
  image.height = int(height);
  image.pixels.resize(size_t(width) * size_t(height) * 3);
  return image;
}

Image decode_image(const uint8_t *bytes, size_t size, const DecodeOptions &options) {
  Image image = decode_as_it_lies(bytes, size, options);
  if (!options.apply_exif) return image;
  return apply_orientation(std::move(image), exif_orientation(bytes, size));
}

}  // namespace skiff
