// SPDX-License-Identifier: MIT
//
// JPEG files of kinds that our own encoder and Pillow's do not write, by libjpeg-turbo where it is built in.
#pragma once
#if SKIFF_HAS_TURBO
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// After <cstdio>, which it uses and does not include.
#include <jpeglib.h>

namespace skiff::test {

struct JpegSpec {
  int width = 24, height = 17, components = 3;  // 1 grey, 3 colour, 4 CMYK
  int luma_h = 1, luma_v = 1;                   // sampling factors of the first component
  int restart_blocks = 0;
  std::string mode = "plain";  // or "progressive", "arithmetic"
  int quality = 75;
};

// Ramps with a little noise, as a whole file.
inline std::vector<uint8_t> make_jpeg(const JpegSpec &spec) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char *bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = JDIMENSION(spec.width);
  info.image_height = JDIMENSION(spec.height);
  info.input_components = spec.components;
  info.in_color_space = spec.components == 1 ? JCS_GRAYSCALE : spec.components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  if (spec.components == 4) jpeg_set_colorspace(&info, JCS_YCCK);
  jpeg_set_quality(&info, spec.quality, TRUE);
  info.comp_info[0].h_samp_factor = spec.luma_h;
  info.comp_info[0].v_samp_factor = spec.luma_v;
  info.restart_interval = unsigned(spec.restart_blocks);
  if (spec.mode == "progressive") jpeg_simple_progression(&info);
  info.arith_code = spec.mode == "arithmetic";
  jpeg_start_compress(&info, TRUE);
  uint32_t noise = 1;
  std::vector<uint8_t> row(size_t(spec.width) * size_t(spec.components));
  for (int y = 0; y < spec.height; ++y) {
    for (size_t i = 0; i < row.size(); ++i) {
      noise = noise * 1664525 + 1013904223;
      row[i] = uint8_t((i * 2 + size_t(y) * (1 + i % 3)) + (noise >> 28));
    }
    JSAMPROW rows[1] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const std::vector<uint8_t> file(bytes, bytes + size);
  std::free(bytes);
  return file;
}

}  // namespace skiff::test
#endif
