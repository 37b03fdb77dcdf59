// SPDX-License-Identifier: MIT
//
// Picture files: both JPEG decoders, every other format, EXIF. A PNG is tried as it is and with its checksums made right, since
// hardly a mutation would get past them.
#include <cstddef>
#include <cstdint>

#include "tests/support/pictures.h"
#include "tools/image/image.h"
#include "tools/support/error.h"

namespace {

void decode(const uint8_t *bytes, size_t size, skiff::Decoder decoder) {
  skiff::DecodeOptions options;
  options.decoder = decoder;
  options.max_pixels = 1 << 16;  // so that a run is short
  try {
    skiff::decode_image(bytes, size, options);
  } catch (const skiff::Error &) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const int orientation = skiff::exif_orientation(bytes, size);
  if (orientation < 1 || orientation > 8) __builtin_trap();
  decode(bytes, size, skiff::Decoder::kAuto);
  decode(bytes, size, skiff::Decoder::kStb);
  if (skiff::is_png(bytes, size)) {
    std::vector<uint8_t> sealed(bytes, bytes + size);
    skiff::test::seal_png(&sealed);
    decode(sealed.data(), sealed.size(), skiff::Decoder::kAuto);
  }
  return 0;
}
