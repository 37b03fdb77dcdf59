// SPDX-License-Identifier: MIT
//
// The one EXIF tag that detection needs. A phone writes its pixels as the sensor lies and says in this tag how to turn them; a
// picture whose EXIF cannot be read is still a picture, so everything malformed means "as it lies".
#include <cstring>

#include "tools/image/image.h"
#include "tools/image/jpeg_segments.h"
#include "tools/image/png_chunks.h"
#include "tools/image/reader.h"

namespace skiff {
namespace {

constexpr int kUpright = 1;
constexpr uint16_t kOrientationTag = 0x0112, kTypeShort = 3, kTypeLong = 4;
constexpr size_t kEntryBytes = 12;

// Integers in the byte order that the TIFF header names.
class TiffReader {
 public:
  TiffReader(const uint8_t *bytes, size_t size) : in_("EXIF", bytes, size) {
    const uint16_t order = in_.u16be();
    is_little_ = order == 0x4949;                             // "II"
    if (!is_little_ && order != 0x4D4D) in_.fail("no TIFF");  // "MM"
    if (u16() != 42) in_.fail("no TIFF");
  }

  Reader &in() { return in_; }
  uint16_t u16() { return is_little_ ? in_.u16le() : in_.u16be(); }
  uint32_t u32() { return is_little_ ? in_.u32le() : in_.u32be(); }

 private:
  Reader in_;
  bool is_little_ = false;
};

// The tag in the first image file directory of a TIFF structure. Throws where that is malformed.
int orientation_of_tiff(const uint8_t *bytes, size_t size) {
  TiffReader tiff(bytes, size);
  tiff.in().seek(tiff.u32());
  for (int entries = tiff.u16(); entries > 0; --entries) {
    const size_t at = tiff.in().position();
    if (tiff.u16() == kOrientationTag) {
      const uint16_t type = tiff.u16();
      if (tiff.u32() < 1 || (type != kTypeShort && type != kTypeLong)) return kUpright;
      const uint32_t value = type == kTypeShort ? tiff.u16() : tiff.u32();
      return value >= 1 && value <= 8 ? int(value) : kUpright;
    }
    tiff.in().seek(at + kEntryBytes);
  }
  return kUpright;
}

int orientation_of_jpeg(const uint8_t *bytes, size_t size) {
  constexpr char kExif[] = "Exif\0";  // with the terminator, 6 bytes; XMP shares the marker
  JpegSegments segments(bytes, size);
  JpegSegment segment;
  while (segments.next(&segment) && segment.marker != jpeg_marker::kStartOfScan) {
    const bool is_exif = segment.marker == jpeg_marker::kApp1 && segment.size > sizeof(kExif) &&
                         std::memcmp(segment.payload, kExif, sizeof(kExif)) == 0;
    if (is_exif) return orientation_of_tiff(segment.payload + sizeof(kExif), segment.size - sizeof(kExif));
  }
  return kUpright;
}

int orientation_of_png(const uint8_t *bytes, size_t size) {
  PngChunks chunks(bytes, size);
  PngChunk chunk;
  while (chunks.next(&chunk)) {
    if (chunk.type == png_chunk::kExif) return orientation_of_tiff(chunk.data, chunk.size);
  }
  return kUpright;
}

}  // namespace

int exif_orientation(const uint8_t *bytes, size_t size) {
  try {
    if (is_jpeg(bytes, size)) return orientation_of_jpeg(bytes, size);
    if (is_png(bytes, size)) return orientation_of_png(bytes, size);
  } catch (const Error &) {
  }
  return kUpright;
}

}  // namespace skiff
