// SPDX-License-Identifier: MIT
//
// decode_image for other languages: tests/check_images.py compares what it prints with Pillow.
//   dump_images decode auto|turbo|stb FILE...   for each file "WIDTH HEIGHT\n" and its RGB bytes, or "0 0 REASON\n"
//   dump_images make H V RESTART MODE FILE      a colour JPEG of kinds that Pillow cannot write: luma sampling factors HxV,
//   restart
//                                              markers every RESTART blocks; MODE is plain, progressive or arithmetic
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/make_jpeg.h"
#include "tools/image/image.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace {

int decode(const std::string &decoder, char **files, int count) {
  skiff::DecodeOptions options;
  if (decoder == "turbo") options.decoder = skiff::Decoder::kTurbo;
  if (decoder == "stb") options.decoder = skiff::Decoder::kStb;
  for (int i = 0; i < count; ++i) {
    try {
      const std::vector<uint8_t> bytes = skiff::read_file(files[i]);
      const skiff::Image image = skiff::decode_image(bytes.data(), bytes.size(), options);
      std::printf("%d %d\n", image.width, image.height);
      std::fwrite(image.pixels.data(), 1, image.pixels.size(), stdout);
    } catch (const skiff::Error &error) {
      std::printf("0 0 %s\n", error.what());
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc >= 3 && std::strcmp(argv[1], "decode") == 0) return decode(argv[2], argv + 3, argc - 3);
#if SKIFF_HAS_TURBO
  if (argc == 7 && std::strcmp(argv[1], "make") == 0) {
    skiff::test::JpegSpec spec;
    spec.width = 93;
    spec.height = 71;
    spec.luma_h = std::atoi(argv[2]);
    spec.luma_v = std::atoi(argv[3]);
    spec.restart_blocks = std::atoi(argv[4]);
    spec.mode = argv[5];
    const std::vector<uint8_t> file = skiff::test::make_jpeg(spec);
    skiff::write_file_atomically(argv[6], file.data(), file.size());
    return 0;
  }
#endif
  std::fprintf(stderr, "dump_images: see the top of tests/dump_images.cpp\n");
  return 2;
}
