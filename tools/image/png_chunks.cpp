// SPDX-License-Identifier: MIT
#include "tools/image/png_chunks.h"

#include <array>
#include <cstring>

namespace skiff {
namespace {

constexpr size_t kTypeBytes = 4;

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);  // ISO 3309, bits reversed
    table[byte] = crc;
  }
  return table;
}

}  // namespace

bool is_png(const uint8_t *bytes, size_t size) {
  return size >= sizeof(kPngSignature) && std::memcmp(bytes, kPngSignature, sizeof(kPngSignature)) == 0;
}

bool PngChunks::next(PngChunk *chunk) {
  if (is_ended_) return false;
  chunk->size = in_.u32be();
  chunk->type = in_.u32be();
  chunk->data = in_.take(chunk->size);
  chunk->crc = in_.u32be();
  is_ended_ = chunk->type == png_chunk::kEnd;
  return true;
}

uint32_t png_crc(const PngChunk &chunk) {
  static constexpr std::array<uint32_t, 256> kTable = make_crc_table();
  uint32_t crc = 0xFFFFFFFF;
  const uint8_t *covered = chunk.data - kTypeBytes;  // the type lies before the data
  for (size_t i = 0; i < kTypeBytes + chunk.size; ++i) crc = (crc >> 8) ^ kTable[(crc ^ covered[i]) & 0xFF];
  return ~crc;
}

}  // namespace skiff
