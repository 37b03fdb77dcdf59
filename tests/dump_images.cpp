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

#include "tools/image/image.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

#if SKIFF_HAS_TURBO
#include <jpeglib.h>
#endif

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

#if SKIFF_HAS_TURBO
int make(int h, int v, int restart, const std::string &mode, const char *path) {
  constexpr int kWidth = 93, kHeight = 71;
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  FILE *file = std::fopen(path, "wb");
  if (file == nullptr) return 1;
  jpeg_stdio_dest(&info, file);
  info.image_width = kWidth;
  info.image_height = kHeight;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.comp_info[0].h_samp_factor = h;
  info.comp_info[0].v_samp_factor = v;
  info.restart_interval = unsigned(restart);
  if (mode == "progressive") jpeg_simple_progression(&info);
  info.arith_code = mode == "arithmetic";
  jpeg_start_compress(&info, TRUE);
  uint32_t noise = 1;
  for (int y = 0; y < kHeight; ++y) {
    uint8_t row[kWidth * 3];
    for (int x = 0; x < kWidth; ++x) {
      noise = noise * 1664525 + 1013904223;
      row[x * 3] = uint8_t(x * 2 + (noise >> 28));
      row[x * 3 + 1] = uint8_t(y * 3);
      row[x * 3 + 2] = uint8_t(x * y / 8);
    }
    JSAMPROW rows[1] = {row};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return std::fclose(file);
}
#endif

}  // namespace

int main(int argc, char **argv) {
  if (argc >= 3 && std::strcmp(argv[1], "decode") == 0) return decode(argv[2], argv + 3, argc - 3);
#if SKIFF_HAS_TURBO
  if (argc == 7 && std::strcmp(argv[1], "make") == 0) {
    return make(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]), argv[5], argv[6]);
  }
#endif
  std::fprintf(stderr, "dump_images: see the top of tests/dump_images.cpp\n");
  return 2;
}
