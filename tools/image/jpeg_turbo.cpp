// SPDX-License-Identifier: MIT
//
// JPEG by libjpeg-turbo's classic interface, whose errors leave by longjmp. Jumping over a C++ frame whose objects want
// destructors is undefined, so the functions that call setjmp hold nothing but plain variables, all memory belongs to objects of
// their callers, and an error is thrown only after the jump has landed.
// jpeglib.h uses what it does not include.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <csetjmp>
#include <cstdlib>

#include "tools/image/codecs.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr int kMaxScans = 500;  // a few are usual; each costs a pass over the picture, and a hostile file can hold a million
constexpr JDIMENSION kRowsAtOnce = 16;
constexpr int kCmyk = 4;

// libjpeg's error handler with the place to return to.
struct Errors {
  jpeg_error_mgr base = {};  // first, so that libjpeg's pointer to it is a pointer to the whole
  jmp_buf landing = {};
  char text[JMSG_LENGTH_MAX] = "";

  [[noreturn]] void fail() const { throw Error(std::string("JPEG: ") + text); }
};

[[noreturn]] void land(j_common_ptr info, const char *text) {
  Errors *errors = reinterpret_cast<Errors *>(info->err);
  if (text != nullptr) {
    std::snprintf(errors->text, sizeof(errors->text), "%s", text);
  } else {
    errors->base.format_message(info, errors->text);
  }
  std::longjmp(errors->landing, 1);
}

void on_error(j_common_ptr info) {
  land(info, info->err->msg_code == JERR_BAD_PRECISION ? "12 bits a sample, expected 8" : nullptr);
}

// Damage inside the data is decoded around, as Pillow and browsers do. An early end is not: half a picture gives wrong
// detections.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) land(info, "truncated: the file ends before its end-of-image marker");
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) land(info, "more than 500 scans");
}

void print_nothing(j_common_ptr) {}

void install(Errors *errors) {
  jpeg_std_error(&errors->base);
  errors->base.error_exit = on_error;
  errors->base.emit_message = on_message;
  errors->base.output_message = print_nothing;
}

// As Pillow converts: grey minus ink, in its rounding. Samples are inverted: 255 is no ink.
void rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, JDIMENSION count) {
  for (JDIMENSION i = 0; i < count; ++i, cmyk += 4, rgb += 3) {
    const int light = cmyk[3];
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[c]) * light + 128;
      rgb[c] = uint8_t(std::max(0, light - ((product + (product >> 8)) >> 8)));
    }
  }
}

class TurboDecoder {
 public:
  TurboDecoder() {
    install(&errors_);
    info_.err = &errors_.base;
  }
  TurboDecoder(const TurboDecoder &) = delete;
  ~TurboDecoder() { jpeg_destroy_decompress(&info_); }

  // Each false after an error, which fail() throws.
  bool open(const uint8_t *bytes, size_t size);
  bool read_rgb(uint8_t *pixels);
  bool read_cmyk(uint8_t *pixels, uint8_t *row);

  const jpeg_decompress_struct &info() const { return info_; }
  [[noreturn]] void fail() const { errors_.fail(); }

 private:
  jpeg_decompress_struct info_ = {};
  jpeg_progress_mgr progress_ = {};
  Errors errors_;
};

bool TurboDecoder::open(const uint8_t *bytes, size_t size) {
  if (setjmp(errors_.landing)) return false;
  jpeg_create_decompress(&info_);
  progress_.progress_monitor = on_progress;
  info_.progress = &progress_;
  jpeg_mem_src(&info_, bytes, static_cast<unsigned long>(size));
  jpeg_read_header(&info_, TRUE);
  return true;
}

bool TurboDecoder::read_rgb(uint8_t *pixels) {
  if (setjmp(errors_.landing)) return false;
  info_.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info_);
  const size_t row_bytes = size_t(info_.output_width) * 3;
  while (info_.output_scanline < info_.output_height) {
    JSAMPROW rows[kRowsAtOnce];
    const JDIMENSION count = std::min(kRowsAtOnce, info_.output_height - info_.output_scanline);
    for (JDIMENSION i = 0; i < count; ++i) rows[i] = pixels + (info_.output_scanline + i) * row_bytes;
    jpeg_read_scanlines(&info_, rows, count);
  }
  jpeg_finish_decompress(&info_);
  return true;
}

bool TurboDecoder::read_cmyk(uint8_t *pixels, uint8_t *row) {
  if (setjmp(errors_.landing)) return false;
  info_.out_color_space = JCS_CMYK;
  jpeg_start_decompress(&info_);
  const size_t row_bytes = size_t(info_.output_width) * 3;
  while (info_.output_scanline < info_.output_height) {
    uint8_t *out = pixels + info_.output_scanline * row_bytes;
    JSAMPROW rows[1] = {row};
    jpeg_read_scanlines(&info_, rows, 1);
    rgb_from_inverted_cmyk(row, out, info_.output_width);
  }
  jpeg_finish_decompress(&info_);
  return true;
}

class TurboEncoder {
 public:
  TurboEncoder() {
    install(&errors_);
    info_.err = &errors_.base;
  }
  TurboEncoder(const TurboEncoder &) = delete;
  ~TurboEncoder() {
    jpeg_destroy_compress(&info_);
    std::free(bytes_);
  }

  bool encode(const Image &image, int quality);
  std::vector<uint8_t> bytes() const { return std::vector<uint8_t>(bytes_, bytes_ + size_); }
  [[noreturn]] void fail() const { errors_.fail(); }

 private:
  jpeg_compress_struct info_ = {};
  unsigned char *bytes_ = nullptr;
  unsigned long size_ = 0;
  Errors errors_;
};

bool TurboEncoder::encode(const Image &image, int quality) {
  if (setjmp(errors_.landing)) return false;
  jpeg_create_compress(&info_);
  jpeg_mem_dest(&info_, &bytes_, &size_);
  info_.image_width = JDIMENSION(image.width);
  info_.image_height = JDIMENSION(image.height);
  info_.input_components = 3;
  info_.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info_);
  jpeg_set_quality(&info_, quality, TRUE);
  info_.comp_info[0].h_samp_factor = info_.comp_info[0].v_samp_factor = 1;  // chroma at full size: lines and text stay sharp
  jpeg_start_compress(&info_, TRUE);
  const size_t row_bytes = size_t(info_.image_width) * 3;
  while (info_.next_scanline < info_.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data() + info_.next_scanline * row_bytes);
    jpeg_write_scanlines(&info_, &row, 1);
  }
  jpeg_finish_compress(&info_);
  return true;
}

}  // namespace

Image decode_jpeg_turbo(const uint8_t *bytes, size_t size, uint64_t max_pixels) {
  TurboDecoder decoder;
  if (!decoder.open(bytes, size)) decoder.fail();
  const jpeg_decompress_struct &info = decoder.info();
  check_picture_size("JPEG", info.image_width, info.image_height, max_pixels);
  const int components = info.num_components;
  if (components != 1 && components != 3 && components != kCmyk) {
    throw Error("JPEG: " + std::to_string(components) + " components, expected 1, 3 or 4");
  }
  const uint64_t pixels = uint64_t(info.image_width) * info.image_height;
  if (!info.arith_code) check_enough_data("JPEG", size, pixels, kJpegMaxPixelsPerByte);
  Image image = make_image(info.image_width, info.image_height);
  std::vector<uint8_t> row(components == kCmyk ? size_t(image.width) * kCmyk : 0);
  if (!(components == kCmyk ? decoder.read_cmyk(image.pixels.data(), row.data()) : decoder.read_rgb(image.pixels.data()))) {
    decoder.fail();
  }
  return image;
}

std::vector<uint8_t> encode_jpeg_turbo(const Image &image, int quality) {
  TurboEncoder encoder;
  if (!encoder.encode(image, quality)) encoder.fail();
  return encoder.bytes();
}

}  // namespace skiff
