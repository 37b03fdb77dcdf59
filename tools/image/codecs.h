// SPDX-License-Identifier: MIT
//
// One reader per format behind decode_image, one writer behind write_image. All readers: `bytes` are hostile and borrowed; a
// picture above `max_pixels` is refused before anything of its size is allocated; alpha is dropped, grey is replicated; no
// orientation is applied; what is wrong is thrown as Error "PNG: ...", a file that ends early too.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/image/image.h"

namespace skiff {

// Throws Error where a side is 0 or absurd, or the picture is larger than `max_pixels`.
void check_picture_size(const char *format, uint64_t width, uint64_t height, uint64_t max_pixels);

// Throws Error where `bytes` of compressed data cannot hold the pixels even at the format's best ratio: a short file that claims
// a huge picture costs no memory.
void check_enough_data(const char *format, uint64_t bytes, uint64_t pixels, uint64_t max_pixels_per_byte);

// Of Huffman-coded JPEG: a block of 8 x 8 pixels takes a bit at least.
constexpr uint64_t kJpegMaxPixelsPerByte = 8 * 64;

// A black picture of a size that was checked.
Image make_image(uint64_t width, uint64_t height);

// By libjpeg-turbo with its defaults (accurate integer DCT, smooth chroma upsampling): the pixels that Pillow decodes. CMYK and
// YCCK are taken as inverted, as Adobe writes them and as Pillow assumes. Sequential, progressive and arithmetic, 8 bits.
Image decode_jpeg_turbo(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// By stb_image, for builds without libjpeg-turbo: pixels differ by a few levels; no arithmetic coding, CMYK from Adobe only.
Image decode_jpeg_stb(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// All colour types, depths and interlacing; 16-bit samples lose their low byte. Checksums are verified.
Image decode_png(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// 1, 4, 8, 16, 24 and 32 bits, palettes, bit fields, RLE, OS/2 headers, either row order.
Image decode_bmp(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// The first frame on its screen; transparent pixels have their palette's colour, as in Pillow.
Image decode_gif(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// P1 to P6: bitmap, grey, colour, plain and raw, up to 16 bits a sample.
Image decode_pnm(const uint8_t *bytes, size_t size, uint64_t max_pixels);

// A whole JPEG, PNG or BMP file. Throws Error.
std::vector<uint8_t> encode_jpeg_turbo(const Image &image, int quality);
std::vector<uint8_t> encode_jpeg_stb(const Image &image, int quality);
std::vector<uint8_t> encode_png(const Image &image);
std::vector<uint8_t> encode_bmp(const Image &image);

// Every pixel of a JPEG or PNG stream that stb_image reads, which must have the given size. No block of memory that stb_image
// asks for is larger than `max_block_bytes`.
Image decode_by_stb(const char *format, const uint8_t *bytes, size_t size, const Image &expected_size, uint64_t max_block_bytes);

}  // namespace skiff
