// SPDX-License-Identifier: MIT
//
// Pictures: what decoding gives, what it refuses, and that no bytes hurt it. That the pixels are Pillow's is
// tests/check_images.py.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/hostile.h"
#include "tests/support/pictures.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"
#include "tools/image/image.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff::test {
namespace {

// The message of what decode_image throws, "" where it does not.
std::string error_of(const Bytes &bytes, const DecodeOptions &options = {}) {
  const Bytes exact(bytes.begin(), bytes.end());  // a block of its own, so that a sanitizer sees a read past it
  try {
    decode_image(exact.data(), exact.size(), options);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

Image decode(const Bytes &bytes, const DecodeOptions &options = {}) { return decode_image(bytes.data(), bytes.size(), options); }

DecodeOptions by(Decoder decoder) {
  DecodeOptions options;
  options.decoder = decoder;
  return options;
}

TEST_CASE("every sample decodes, by each decoder that knows it") {
  for (const Sample &sample : all_samples()) {
    CAPTURE(sample.name);
    CHECK(error_of(sample.bytes) == "");
    const bool is_known_to_stb = sample.name != "arithmetic.jpg";
    CHECK((error_of(sample.bytes, by(Decoder::kStb)) == "") == is_known_to_stb);
  }
}

TEST_CASE("a picture survives the formats without loss, and JPEG nearly") {
  const Image image = sample_image(37, 23);
  const ScratchDir directory;
  for (const char *extension : {".png", ".bmp", ".ppm", ".PNG", ".jpg", ".jpeg"}) {
    CAPTURE(extension);
    const std::string path = directory.path(std::string("picture") + extension);
    write_image(path, image);
    const Image back = decode(read_file(path));
    REQUIRE(back.width == image.width);
    REQUIRE(back.height == image.height);
    if (extension[1] != 'j') {
      CHECK(back.pixels == image.pixels);
      continue;
    }
    double difference = 0;
    for (size_t i = 0; i < back.pixels.size(); ++i) difference += std::abs(int(back.pixels[i]) - int(image.pixels[i]));
    CHECK(difference / double(back.pixels.size()) < 4);
  }
}

TEST_CASE("a name that says no format that can be written is refused and nothing is left") {
  for (const char *path : {"picture.gif", "picture", "dir.png/picture", ".x"}) {
    CAPTURE(path);
    CHECK_THROWS_AS(write_image(path, sample_image(2, 2)), Error);
    CHECK(!exists(path));
  }
}

// What the eight orientations show of the stored picture  1 2 3 / 4 5 6  (EXIF 2.32, 4.6.4).
TEST_CASE("all eight orientations") {
  const std::vector<std::vector<uint8_t>> upright = {{1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1},
                                                     {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3},
                                                     {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  Image stored = make_image(3, 2);
  for (size_t i = 0; i < 18; ++i) stored.pixels[i] = uint8_t(i / 3 + 1 + i % 3 * 10);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const Image image = apply_orientation(stored, orientation);
    CHECK(image.width == (orientation >= 5 ? 2 : 3));
    CHECK(image.height == (orientation >= 5 ? 3 : 2));
    for (size_t i = 0; i < 18; ++i) CHECK(image.pixels[i] == upright[size_t(orientation) - 1][i / 3] + i % 3 * 10);
  }
  for (const int orientation : {-1, 0, 1, 9, 65535}) CHECK(apply_orientation(stored, orientation).pixels == stored.pixels);
}

TEST_CASE("a picture larger than a tile is turned whole") {
  const Image stored = sample_image(70, 41);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const int back = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    CHECK(apply_orientation(apply_orientation(stored, orientation), back).pixels == stored.pixels);
  }
}

TEST_CASE("EXIF orientation is found in JPEG and PNG, in both byte orders, and applied unless told not to") {
  const Bytes jpeg = encode_jpeg_stb(sample_image(20, 10), 90);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool is_little : {false, true}) {
      CAPTURE(orientation);
      const Bytes exif = make_exif(orientation, is_little);
      const Bytes files[] = {with_exif(jpeg, exif), make_png(20, 10, 8, 2, false, filtered_rows(10, 60), {}, exif)};
      for (const Bytes &file : files) {
        CHECK(exif_orientation(file.data(), file.size()) == orientation);
        CHECK(decode(file).width == (orientation >= 5 ? 10 : 20));
        DecodeOptions as_it_lies;
        as_it_lies.apply_exif = false;
        CHECK(decode(file, as_it_lies).width == 20);
      }
    }
  }
}

TEST_CASE("malformed EXIF means upright") {
  const Bytes jpeg = encode_jpeg_stb(sample_image(8, 8), 90), good = make_exif(6, true);
  const auto orientation_with = [&](const Bytes &exif) {
    const Bytes file = with_exif(jpeg, exif);
    return exif_orientation(file.data(), file.size());
  };
  const auto patched = [&](size_t at, const Bytes &bytes) {
    Bytes exif = good;
    std::copy(bytes.begin(), bytes.end(), exif.begin() + ptrdiff_t(at));
    return exif;
  };
  REQUIRE(orientation_with(good) == 6);
  CHECK(orientation_with(patched(0, {'X', 'X'})) == 1);
  CHECK(orientation_with(patched(2, {43})) == 1);
  CHECK(orientation_with(patched(4, {0xFF, 0xFF, 0xFF, 0xFF})) == 1);  // directory far outside
  CHECK(orientation_with(patched(4, {uint8_t(good.size() - 1)})) == 1);
  CHECK(orientation_with(patched(8, {0xFF, 0xFF})) == 6);            // more entries than there are, but the tag comes first
  CHECK(orientation_with(patched(8, {0})) == 1);                     // no entries
  CHECK(orientation_with(patched(24, {2})) == 1);                    // ASCII
  CHECK(orientation_with(patched(26, {0, 0, 0, 0})) == 1);           // no values
  CHECK(orientation_with(patched(30, {9})) == 1);                    // no such orientation
  CHECK(orientation_with(patched(24, {4, 0, 1, 0, 0, 0, 6})) == 6);  // a long: some cameras do
  for (size_t size = 0; size < 32; ++size) CHECK(orientation_with(Bytes(good.begin(), good.begin() + ptrdiff_t(size))) == 1);
  CHECK(exif_orientation(nullptr, 0) == 1);
}

TEST_CASE("what is not a picture is told by name") {
  CHECK(error_of(bytes_of("hello, world")) == "not a picture that skiff reads (JPEG, PNG, BMP, GIF, PNM)");
  CHECK(contains(error_of(bytes_of("RIFF....WEBPVP8 ")), "a WebP picture"));
  CHECK(contains(error_of(bytes_of(std::string_view("\0\0\0\x18"
                                                    "ftypheic",
                                                    12))),
                 "a HEIC picture"));
  CHECK(error_of({}) != "");
  CHECK(error_of({0xFF, 0xD8}) != "");
}

// Header and little else, of a picture of 60000 x 60000 pixels.
std::vector<Sample> huge_claims() {
  Bytes jpeg = encode_jpeg_stb(sample_image(8, 8), 90), gif = sample_gif(false);
  for (size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) std::fill_n(jpeg.begin() + ptrdiff_t(i) + 5, 4, uint8_t(0xEA));
  }
  std::fill_n(gif.begin() + 6, 4, uint8_t(0xEA));
  return {{"jpeg", jpeg},
          {"png", make_png(60000, 60000, 8, 2, false, Bytes(100))},
          {"bmp", sample_bmp(24, 0, Bytes(100), 60000, 60000)},
          {"rle", sample_bmp(8, 1, Bytes(100), 60000, 60000)},
          {"gif", gif},
          {"pnm", bytes_of("P6 60000 60000 255\n")},
          {"pbm", bytes_of("P4 60000 60000\n")}};
}

TEST_CASE("a picture above the limit is refused before memory is taken for it") {
  for (const Sample &claim : huge_claims()) {
    for (const Decoder decoder : {Decoder::kAuto, Decoder::kStb}) {
      CAPTURE(claim.name);
      reset_heap_peak();
      const size_t before = heap_bytes();
      CHECK(contains(error_of(claim.bytes, by(decoder)), "larger than the limit of 50000000 pixels"));
      CHECK(heap_peak() - before < (1 << 20));
    }
  }
  DecodeOptions options;
  options.max_pixels = 37 * 23;
  const Bytes png = encode_png(sample_image(37, 23));
  CHECK(error_of(png, options) == "");
  options.max_pixels -= 1;
  CHECK(error_of(png, options) == "PNG: 37x23 pixels, larger than the limit of 850 pixels");
}

TEST_CASE("a short file that claims a large picture costs no memory even without a limit") {
  DecodeOptions options;
  options.max_pixels = uint64_t(1) << 40;
  for (const Sample &claim : huge_claims()) {
    if (claim.name == "rle" || claim.name == "gif") continue;  // few bytes can mean many pixels there
    for (const Decoder decoder : {Decoder::kAuto, Decoder::kStb}) {
      CAPTURE(claim.name);
      options.decoder = decoder;
      reset_heap_peak();
      const size_t before = heap_bytes();
      CHECK(contains(error_of(claim.bytes, options), "truncated"));
      CHECK(heap_peak() - before < (1 << 20));
    }
  }
}

TEST_CASE("a PNG whose data goes on and on is stopped") {
  Bytes rows(40000);  // a picture of one pixel needs 4
  const Bytes png = make_png(1, 1, 8, 2, false, rows);
  CHECK(error_of(png) == "");  // what is too much is ignored while it is small
  Bytes bomb;                  // a stored block again and again, each expanding the buffer
  bomb = {0x78, 0x01};
  for (int i = 0; i < 400; ++i) append(&bomb, Bytes{0x00, 0xFF, 0xFF, 0x00, 0x00}), append(&bomb, Bytes(65535));
  Bytes out(kPngSignature, kPngSignature + sizeof(kPngSignature)), header;
  append_be(&header, 1, 4);
  append_be(&header, 1, 4);
  append(&header, Bytes{8, 2, 0, 0, 0});
  append_png_chunk(&out, "IHDR", header);
  append_png_chunk(&out, "IDAT", bomb);
  append_png_chunk(&out, "IEND", {});
  CHECK(error_of(out) != "");
}

TEST_CASE("a file that ends early is an error wherever it ends") {
  for (const Sample &sample : all_samples()) {
    CAPTURE(sample.name);
    const Image whole = decode(sample.bytes);
    const bool has_end_mark = contains(sample.name, ".jpg") || contains(sample.name, ".png");
    for (size_t size = 0; size < sample.bytes.size(); ++size) {
      CAPTURE(size);
      const Bytes part(sample.bytes.begin(), sample.bytes.begin() + ptrdiff_t(size));
      exif_orientation(part.data(), part.size());
      for (const Decoder decoder : {Decoder::kAuto, Decoder::kStb}) {
        if (error_of(part, by(decoder)) != "") continue;
        CHECK(!has_end_mark);  // all of the pixels are there, or
        CHECK(decode(part).pixels == whole.pixels);
      }
    }
  }
}

TEST_CASE("spoilt files give a picture or an Error, within their memory") {
  constexpr int kRuns = 3000;  // of each sample, both decoders in turn
  for (const Sample &sample : all_samples()) {
    CAPTURE(sample.name);
    int run = 0;
    const auto parse = [&run](const uint8_t *bytes, size_t size) {
      DecodeOptions options;
      options.max_pixels = 1 << 16;  // the picture itself stays within the 1 MB that hostile.h allows
      options.decoder = ++run % 4 < 2 ? Decoder::kAuto : Decoder::kStb;
      Bytes sealed(bytes, bytes + size);
      if (run % 2 && is_png(bytes, size)) seal_png(&sealed), bytes = sealed.data();
      const Image image = decode_image(bytes, size, options);
      REQUIRE(uint64_t(image.width) * uint64_t(image.height) <= options.max_pixels);
      REQUIRE(image.pixels.size() == size_t(image.width) * size_t(image.height) * 3);
    };
    parse_mutated(std::string(sample.bytes.begin(), sample.bytes.end()), parse, kRuns);
  }
}

TEST_CASE("PNG: damage is seen by its checksum") {
  Bytes png = make_png(6, 7, 8, 2, false, filtered_rows(7, 18));
  png[png.size() - 30] ^= 1;
  CHECK(error_of(png) == "PNG: chunk IDAT is damaged: its checksum does not match");
}

TEST_CASE("PNG: palette entries that are not there are black, not what the stack held") {
  const Bytes rows = {0, 0, 1, 200};
  const Image image = decode(make_png(3, 1, 8, 3, false, rows, {10, 20, 30}));
  CHECK(image.pixels == Bytes{10, 20, 30, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a GIF's strings, offset and transparent index") {
  const Image image = decode(sample_gif(false));
  REQUIRE(image.width == 8);
  REQUIRE(image.height == 6);
  const auto index_at = [&](int x, int y) { return image.pixels[size_t(y * 8 + x) * 3] / 15; };  // the palette is i * 15
  CHECK(index_at(0, 0) == 3);  // outside the frame: the transparent index's colour
  const std::vector<int> first_row = {1, 1, 1, 2, 3, 1, 1};
  for (int x = 0; x < 7; ++x) CHECK(index_at(x + 1, 1) == first_row[size_t(x)]);
}

#if SKIFF_HAS_TURBO
TEST_CASE("JPEG: 12 bits a sample are refused by name") {
  Bytes jpeg = make_jpeg({});
  for (size_t i = 0; i + 4 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 4] = 12;
  }
  CHECK(error_of(jpeg) == "JPEG: 12 bits a sample, expected 8");
}

// A hostile file of 20 KB could keep a decoder busy for minutes with passes over a large picture.
TEST_CASE("JPEG: passes without end are cut off") {
  JpegSpec spec;
  spec.mode = "progressive";
  const Bytes jpeg = make_jpeg(spec);
  size_t last_scan = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA) last_scan = i;
  }
  Bytes many(jpeg.begin(), jpeg.begin() + ptrdiff_t(last_scan));
  for (int i = 0; i < 600; ++i) many.insert(many.end(), jpeg.begin() + ptrdiff_t(last_scan), jpeg.end() - 2);
  append(&many, Bytes{0xFF, 0xD9});
  CHECK(error_of(many) == "JPEG: more than 500 scans");
}
#else
TEST_CASE("a decoder that is not built in is refused") {
  CHECK(contains(error_of(encode_jpeg_stb(sample_image(8, 8), 90), by(Decoder::kTurbo)), "without libjpeg-turbo"));
}
#endif

TEST_CASE("the shipped photos") {
  for (const char *name : {"astronaut.jpg", "cat.jpg", "portrait.jpg"}) {
    const Bytes file = read_file(source_path(std::string("tests/photos/") + name));
    CHECK(decode(file).pixels.size() > 300 * 300 * 3);
    CHECK(decode(file, by(Decoder::kStb)).width == decode(file).width);
  }
}

}  // namespace
}  // namespace skiff::test
