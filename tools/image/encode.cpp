// SPDX-License-Identifier: MIT
//
// Encoded in memory, then written in one step: what stands under the name is always a whole picture.
#include <cctype>

#include "tools/image/codecs.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

constexpr int kJpegQuality = 92;

std::string extension_of(const std::string &path) {
  const size_t dot = path.find_last_of("./");
  std::string extension = dot == std::string::npos || path[dot] == '/' ? "" : path.substr(dot);
  for (char &c : extension) c = char(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

std::vector<uint8_t> encode_ppm(const Image &image) {
  const std::string header = "P6\n" + std::to_string(image.width) + " " + std::to_string(image.height) + "\n255\n";
  std::vector<uint8_t> out(header.begin(), header.end());
  out.insert(out.end(), image.pixels.begin(), image.pixels.end());
  return out;
}

std::vector<uint8_t> encode(const std::string &path, const Image &image) {
  const std::string extension = extension_of(path);
  if (extension == ".jpg" || extension == ".jpeg") return encode_jpeg(image);
  if (extension == ".png") return encode_png(image);
  if (extension == ".bmp") return encode_bmp(image);
  if (extension == ".ppm") return encode_ppm(image);
  throw Error("skiff writes .jpg, .jpeg, .png, .bmp and .ppm, not '" + extension + "'");
}

}  // namespace

std::vector<uint8_t> encode_jpeg(const Image &image) {
#if SKIFF_HAS_TURBO
  return encode_jpeg_turbo(image, kJpegQuality);
#else
  return encode_jpeg_stb(image, kJpegQuality);
#endif
}

void write_image(const std::string &path, const Image &image) {
  std::vector<uint8_t> bytes;
  try {
    bytes = encode(path, image);
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
  write_file_atomically(path, bytes.data(), bytes.size());
}

}  // namespace skiff
