// SPDX-License-Identifier: MIT
//
// The chunks of a PNG file (ISO 15948, 5): length, type, data, CRC.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tools/image/reader.h"

namespace skiff {

namespace png_chunk {
constexpr uint32_t name(const char (&s)[5]) {
  return uint32_t(uint8_t(s[0])) << 24 | uint32_t(uint8_t(s[1])) << 16 | uint32_t(uint8_t(s[2])) << 8 | uint8_t(s[3]);
}
constexpr uint32_t kHeader = name("IHDR"), kPalette = name("PLTE"), kData = name("IDAT"), kEnd = name("IEND"),
                   kExif = name("eXIf");
constexpr uint32_t kAncillary = 0x20000000;  // bit of the type: a reader may pass over what it does not know
}  // namespace png_chunk

constexpr uint8_t kPngSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

bool is_png(const uint8_t *bytes, size_t size);

struct PngChunk {
  uint32_t type = 0;
  const uint8_t *data = nullptr;
  size_t size = 0;
  uint32_t crc = 0;  // as stored
};

// Walks the chunks behind the signature, IEND included. Throws Error where the file ends before IEND.
class PngChunks {
 public:
  PngChunks(const uint8_t *bytes, size_t size) : in_("PNG", bytes, size) { in_.skip(sizeof(kPngSignature)); }

  // False after IEND.
  bool next(PngChunk *chunk);

 private:
  Reader in_;
  bool is_ended_ = false;
};

// CRC-32 over a chunk's type and data, which is what its `crc` must be.
uint32_t png_crc(const PngChunk &chunk);

}  // namespace skiff
