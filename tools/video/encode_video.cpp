// SPDX-License-Identifier: MIT
//
// Annotated videos. Y4M in 4:2:0 with the range of video, which every player and encoder takes for granted.
#include <algorithm>

#include "tools/support/error.h"
#include "tools/video/video.h"

namespace skiff {
namespace {

// Source: BT.601, Y 16..235, U and V 16..240, in 16 bits of fraction.
constexpr int kY[3] = {16829, 33039, 6416}, kU[3] = {-9714, -19070, 28784}, kV[3] = {28784, -24103, -4681};

uint8_t weighted(const int (&weights)[3], const int (&rgb)[3], int divisor_bits, int offset) {
  const int sum = weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2];
  const int shift = 16 + divisor_bits;
  return uint8_t(std::clamp(((sum + (1 << (shift - 1))) >> shift) + offset, 0, 255));
}

class Y4mEncoder : public VideoEncoder {
 public:
  explicit Y4mEncoder(FrameRate rate) : rate_(rate) {}

  std::vector<uint8_t> encode(const Image &image) override {
    std::string text;
    if (width_ == 0) {
      width_ = image.width;
      height_ = image.height;
      text = "YUV4MPEG2 W" + std::to_string(width_) + " H" + std::to_string(height_) + " F" + std::to_string(rate_.count) + ":" +
             std::to_string(rate_.seconds) + " Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n";
    }
    if (image.width != width_ || image.height != height_)
      throw Error("a Y4M video has frames of one size, " + std::to_string(width_) + "x" + std::to_string(height_) + ", found " +
                  std::to_string(image.width) + "x" + std::to_string(image.height) +
                  "; write MJPEG instead (--out-format mjpeg)");
    text += "FRAME\n";
    std::vector<uint8_t> out(text.begin(), text.end());
    append_planes(image, &out);
    return out;
  }

 private:
  static void append_planes(const Image &image, std::vector<uint8_t> *out) {
    const size_t luma = size_t(image.width) * size_t(image.height);
    const int chroma_width = (image.width + 1) / 2, chroma_height = (image.height + 1) / 2;
    const size_t chroma = size_t(chroma_width) * size_t(chroma_height), begin = out->size();
    out->resize(begin + luma + 2 * chroma);
    uint8_t *y = out->data() + begin, *u = y + luma, *v = u + chroma;
    for (size_t i = 0; i < luma; ++i) {
      const uint8_t *p = &image.pixels[3 * i];
      y[i] = weighted(kY, {p[0], p[1], p[2]}, 0, 16);
    }
    for (int row = 0; row < chroma_height; ++row)
      for (int column = 0; column < chroma_width; ++column) {
        int sum[3] = {0, 0, 0};
        for (const int dy : {0, 1})
          for (const int dx : {0, 1}) {
            const int py = std::min(2 * row + dy, image.height - 1), px = std::min(2 * column + dx, image.width - 1);
            const uint8_t *p = &image.pixels[(size_t(py) * size_t(image.width) + size_t(px)) * 3];
            for (int c = 0; c < 3; ++c) sum[c] += p[c];
          }
        *u++ = weighted(kU, sum, 2, 128);
        *v++ = weighted(kV, sum, 2, 128);
      }
  }

  FrameRate rate_;
  int width_ = 0, height_ = 0;
};

class MjpegEncoder : public VideoEncoder {
 public:
  std::vector<uint8_t> encode(const Image &image) override { return encode_jpeg(image); }
};

}  // namespace

std::unique_ptr<VideoEncoder> make_video_encoder(VideoFormat format, FrameRate rate) {
  if (format == VideoFormat::kY4m) return std::make_unique<Y4mEncoder>(rate);
  return std::make_unique<MjpegEncoder>();
}

}  // namespace skiff
