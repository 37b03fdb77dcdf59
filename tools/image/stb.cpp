// SPDX-License-Identifier: MIT
//
// The one file that stb_image and stb_image_write are compiled in, cut down to what is used, with an allocator that keeps hostile
// files from asking for more than their picture needs and that hands out zeros, so that no decoder bug can show old memory.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "tools/image/codecs.h"
#include "tools/image/jpeg_segments.h"
#include "tools/image/reader.h"

namespace {

thread_local uint64_t stb_max_block_bytes = 0;

void *stb_allocate(size_t bytes) { return bytes <= stb_max_block_bytes ? std::calloc(bytes, 1) : nullptr; }

void *stb_reallocate(void *block, size_t old_bytes, size_t bytes) {
  if (bytes > stb_max_block_bytes) return nullptr;
  uint8_t *grown = static_cast<uint8_t *>(std::realloc(block, bytes));
  if (grown != nullptr && bytes > old_bytes) std::memset(grown + old_bytes, 0, bytes - old_bytes);
  return grown;
}

}  // namespace

#define STBI_MALLOC(bytes) stb_allocate(bytes)
#define STBI_REALLOC_SIZED(block, old_bytes, bytes) stb_reallocate(block, old_bytes, bytes)
#define STBI_FREE(block) std::free(block)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace skiff {
namespace {

void append(void *out, void *data, int size) {
  const uint8_t *bytes = static_cast<const uint8_t *>(data);
  static_cast<std::vector<uint8_t> *>(out)->insert(static_cast<std::vector<uint8_t> *>(out)->end(), bytes, bytes + size);
}

// stb_image 2.27 takes the lengths of Huffman tables on trust, and writes past its own where they lie.
void check_huffman_tables(const JpegSegment &segment) {
  Reader in("JPEG", segment.payload, segment.size);
  while (in.left() > 0) {
    in.skip(1);  // class and number
    int codes = 0;
    for (int length = 1; length <= 16; ++length) codes += in.u8();
    if (codes > 256) in.fail("a Huffman table of " + std::to_string(codes) + " codes, expected at most 256");
    in.skip(uint64_t(codes));
  }
}

// What the frame header says; what stb_image would get wrong without a word is refused.
Image read_jpeg_size(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  Image image;
  bool has_frame = false, has_adobe = false, has_end = false;
  int components = 0;
  JpegSegments segments(bytes, size);
  for (JpegSegment segment; !has_end && segments.next(&segment);) {
    has_end = segment.marker == jpeg_marker::kEndOfImage;
    has_adobe = has_adobe || segment.marker == jpeg_marker::kApp14;
    if (segment.marker == jpeg_marker::kHuffmanTables) check_huffman_tables(segment);
    if (!jpeg_marker::is_frame(segment.marker)) continue;
    Reader in("JPEG", segment.payload, segment.size);
    if (has_frame) in.fail("two frame headers");
    has_frame = true;
    if (in.u8() != 8) in.fail("not 8 bits a sample");
    image.height = in.u16be();
    image.width = in.u16be();
    components = in.u8();
    check_picture_size("JPEG", uint64_t(image.width), uint64_t(image.height), max_pixels);
  }
  if (!has_end) throw Error("JPEG: truncated: the file ends before its end-of-image marker");
  if (!has_frame) throw Error("JPEG: no frame header");
  if (components == 4 && !has_adobe) throw Error("JPEG: CMYK that is not Adobe's needs libjpeg-turbo");
  return image;
}

}  // namespace

Image decode_by_stb(const char *format, const uint8_t *bytes, size_t size, const Image &expected_size, uint64_t max_block_bytes) {
  if (size > INT32_MAX) throw Error(std::string(format) + ": larger than 2 GiB");
  stb_max_block_bytes = max_block_bytes;
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<uint8_t, void (*)(void *)> pixels(stbi_load_from_memory(bytes, int(size), &width, &height, &channels, 3),
                                                          std::free);
  if (!pixels) throw Error(std::string(format) + ": " + stbi_failure_reason());
  if (width != expected_size.width || height != expected_size.height)
    throw Error(std::string(format) + ": contradicts its header");
  Image image = expected_size;
  image.pixels.assign(pixels.get(), pixels.get() + size_t(width) * size_t(height) * 3);
  return image;
}

Image decode_jpeg_stb(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  const Image expected = read_jpeg_size(bytes, size, max_pixels);
  check_enough_data("JPEG", size, uint64_t(expected.width) * uint64_t(expected.height), kJpegMaxPixelsPerByte);
  // The largest blocks: a component's 16-bit coefficients in whole blocks of 4 x 4 units, a picture of 3 bytes a pixel.
  const uint64_t max_block_bytes = 3 * uint64_t(expected.width + 32) * uint64_t(expected.height + 32) + 65536;
  return decode_by_stb("JPEG", bytes, size, expected, max_block_bytes);
}

std::vector<uint8_t> encode_jpeg_stb(const Image &image, int quality) {
  std::vector<uint8_t> out;
  if (!stbi_write_jpg_to_func(append, &out, image.width, image.height, 3, image.pixels.data(), quality)) {
    throw Error("cannot encode as JPEG");
  }
  return out;
}

std::vector<uint8_t> encode_png(const Image &image) {
  std::vector<uint8_t> out;
  if (!stbi_write_png_to_func(append, &out, image.width, image.height, 3, image.pixels.data(), image.width * 3)) {
    throw Error("cannot encode as PNG");
  }
  return out;
}

std::vector<uint8_t> encode_bmp(const Image &image) {
  std::vector<uint8_t> out;
  if (!stbi_write_bmp_to_func(append, &out, image.width, image.height, 3, image.pixels.data())) {
    throw Error("cannot encode as BMP");
  }
  return out;
}

}  // namespace skiff
