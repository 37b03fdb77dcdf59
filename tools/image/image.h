// SPDX-License-Identifier: MIT
//
// Pictures as tools need them: decode from bytes, apply EXIF orientation, draw boxes, encode.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace skiff {

// 8-bit RGB, rows packed: pixels[(y * width + x) * 3 + c].
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

enum class Decoder { kAuto, kTurbo, kStb };  // JPEG: auto = libjpeg-turbo where built in, else stb_image

// "turbo", "stb"; kAuto for any other name.
inline Decoder decoder_named(const std::string &name) {
  return name == "turbo" ? Decoder::kTurbo : name == "stb" ? Decoder::kStb : Decoder::kAuto;
}

struct DecodeOptions {
  Decoder decoder = Decoder::kAuto;
  bool apply_exif = true;                     // turn the picture upright by its EXIF orientation
  uint64_t max_pixels = 50u * 1000u * 1000u;  // larger pictures are refused before anything of their size is allocated
};

// Decodes JPEG (sequential, progressive, grey, CMYK; 8 bits a sample), PNG (any depth, palette; alpha dropped), BMP, GIF (first
// frame) and PNM, told apart by their first bytes. JPEG by libjpeg-turbo and all other formats give the pixels of Pillow's
// convert('RGB'), but that 16-bit grey keeps its high byte. `bytes` are hostile. Throws Error with the reason: "PNG: truncated:
// ...", "not a picture that skiff reads (JPEG, PNG, BMP, GIF, PNM)". A file that ends early is an error, damage inside a JPEG's
// data is not.
Image decode_image(const uint8_t *bytes, size_t size, const DecodeOptions &options = {});

// EXIF orientation 1..8 of a JPEG (APP1) or PNG (eXIf), 1 where there is none or it is malformed. Reads only inside its bytes.
int exif_orientation(const uint8_t *bytes, size_t size);

// The picture turned upright from EXIF orientation 1..8 (TIFF 6.0 tag 0x0112).
Image apply_orientation(Image image, int orientation);

// A labelled box in pixels, as drawing wants it.
struct Annotation {
  int class_id = 0;
  std::string label;
  float score = 0;
  float x_min = 0, y_min = 0, x_max = 0, y_max = 0;
};

// The colour that a class is drawn in, red, green, blue; one of its own for each class.
std::array<uint8_t, 3> class_colour(int class_id);

// Draws boxes and readable labels ("dog 0.98") into the picture: one colour a class, text size and line width by picture size,
// labels kept inside the picture and off each other; characters
// that are not ASCII show as '?'. Boxes that are not finite or lie outside the picture are left out.
void draw_annotations(Image *image, const std::vector<Annotation> &annotations);

// A whole JPEG file, quality 92. Throws Error.
std::vector<uint8_t> encode_jpeg(const Image &image);

// Encodes by the file name's extension (.jpg/.jpeg quality 92, .png, .bmp, .ppm) and writes atomically. Throws Error.
void write_image(const std::string &path, const Image &image);

}  // namespace skiff
