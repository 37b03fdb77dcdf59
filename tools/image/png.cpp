// SPDX-License-Identifier: MIT
//
// PNG by way of stb_image, which takes much on trust: it verifies no checksum, grows its buffer for as long as the compressed
// data goes on, and reads palette entries that the file does not have from the stack. So the file is checked here first, and what
// stb_image sees is a plain one made of it: header, a palette that has every entry, one run of data, end. Transparency and all
// other extras stay behind; the alpha would be dropped anyway.
#include <algorithm>
#include <cstring>

#include "tools/image/codecs.h"
#include "tools/image/png_chunks.h"

namespace skiff {
namespace {

constexpr size_t kHeaderBytes = 13, kPaletteBytes = 256 * 3;
constexpr uint64_t kMaxDeflateRatio = 1032;  // 258 bytes from 2 bits

enum ColourType { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

struct Header {
  uint32_t width = 0, height = 0;
  int depth = 0, colour = 0;
};

// What is kept of a file.
struct Parts {
  const uint8_t *header = nullptr;
  std::vector<uint8_t> palette;
  std::vector<PngChunk> data;
  size_t data_bytes = 0;
};

[[noreturn]] void fail(const std::string &what) { throw Error("PNG: " + what); }

std::string name_of(const PngChunk &chunk) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = char(chunk.type >> shift & 0xFF);
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '?';
  }
  return name;
}

void keep(const PngChunk &chunk, Parts *parts) {
  if (parts->header == nullptr && chunk.type != png_chunk::kHeader) fail("chunk " + name_of(chunk) + " before IHDR");
  switch (chunk.type) {
    case png_chunk::kHeader:
      if (parts->header != nullptr || chunk.size != kHeaderBytes) fail("malformed IHDR");
      parts->header = chunk.data;
      return;
    case png_chunk::kPalette:
      if (!parts->palette.empty() || chunk.size == 0 || chunk.size > kPaletteBytes || chunk.size % 3 != 0) fail("malformed PLTE");
      parts->palette.assign(chunk.data, chunk.data + chunk.size);
      return;
    case png_chunk::kData:
      parts->data.push_back(chunk);
      parts->data_bytes += chunk.size;
      return;
    case png_chunk::kEnd:
      return;
    default:
      if (!(chunk.type & png_chunk::kAncillary)) fail("unknown critical chunk " + name_of(chunk));
  }
}

// Depths of a colour type (ISO 15948, 11.2.2), as bits: depth 8 is bit 8.
uint32_t depths_of(int colour) {
  switch (colour) {
    case kGrey:
      return 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16;
    case kPalette:
      return 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8;
    case kRgb:
    case kGreyAlpha:
    case kRgba:
      return 1u << 8 | 1u << 16;
    default:
      return 0;
  }
}

int channels_of(int colour) { return colour == kRgba ? 4 : colour == kRgb ? 3 : colour == kGreyAlpha ? 2 : 1; }

Header read_header(const uint8_t *bytes) {
  Reader in("PNG", bytes, kHeaderBytes);
  Header header;
  header.width = in.u32be();
  header.height = in.u32be();
  header.depth = in.u8();
  header.colour = in.u8();
  if (header.depth > 16 || !(depths_of(header.colour) >> header.depth & 1)) {
    fail("depth " + std::to_string(header.depth) + " with colour type " + std::to_string(header.colour));
  }
  if (in.u8() != 0 || in.u8() != 0 || in.u8() > 1) fail("unknown compression, filter or interlacing");
  return header;
}

// At least this many bytes come out of the data of a picture.
uint64_t uncompressed_bytes(const Header &h) {
  const uint64_t row_bits = uint64_t(h.width) * uint64_t(channels_of(h.colour)) * uint64_t(h.depth);
  return h.height * (1 + (row_bits + 7) / 8);
}

void append_chunk(uint32_t type, size_t size, std::vector<uint8_t> *out) {
  for (const uint64_t word : {uint64_t(size), uint64_t(type)}) {
    for (int shift = 24; shift >= 0; shift -= 8) out->push_back(uint8_t(word >> shift));
  }
}

void append_crc(std::vector<uint8_t> *out) { out->insert(out->end(), 4, 0); }  // which stb_image does not look at

std::vector<uint8_t> plain_file(const Header &header, const Parts &parts) {
  std::vector<uint8_t> out(kPngSignature, kPngSignature + sizeof(kPngSignature));
  out.reserve(parts.data_bytes + kPaletteBytes + 128);
  append_chunk(png_chunk::kHeader, kHeaderBytes, &out);
  out.insert(out.end(), parts.header, parts.header + kHeaderBytes);
  append_crc(&out);
  if (header.colour == kPalette) {
    append_chunk(png_chunk::kPalette, kPaletteBytes, &out);
    out.insert(out.end(), parts.palette.begin(), parts.palette.end());
    out.insert(out.end(), kPaletteBytes - parts.palette.size(), 0);
    append_crc(&out);
  }
  append_chunk(png_chunk::kData, parts.data_bytes, &out);
  for (const PngChunk &chunk : parts.data) out.insert(out.end(), chunk.data, chunk.data + chunk.size);
  append_crc(&out);
  append_chunk(png_chunk::kEnd, 0, &out);
  append_crc(&out);
  return out;
}

}  // namespace

Image decode_png(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  Parts parts;
  PngChunks chunks(bytes, size);
  for (PngChunk chunk; chunks.next(&chunk);) {
    if (png_crc(chunk) != chunk.crc) fail("chunk " + name_of(chunk) + " is damaged: its checksum does not match");
    keep(chunk, &parts);
  }
  if (parts.header == nullptr) fail("no IHDR");
  const Header header = read_header(parts.header);
  check_picture_size("PNG", header.width, header.height, max_pixels);
  if (header.colour == kPalette && parts.palette.empty()) fail("no PLTE");
  if (parts.data_bytes == 0) fail("truncated: no IDAT");
  check_enough_data("PNG", parts.data_bytes, uncompressed_bytes(header), kMaxDeflateRatio);
  const std::vector<uint8_t> plain = plain_file(header, parts);
  Image expected;
  expected.width = int(header.width);
  expected.height = int(header.height);
  // The largest blocks: compressed data rounded up to a power of two, rows before and after expansion to 8 or 16 bits.
  const uint64_t pixels = uint64_t(header.width) * header.height;
  const uint64_t max_block_bytes = 2 * plain.size() + 3 * uncompressed_bytes(header) + 8 * pixels + 65536;
  return decode_by_stb("PNG", plain.data(), plain.size(), expected, max_block_bytes);
}

}  // namespace skiff
