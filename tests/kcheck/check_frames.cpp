// SPDX-License-Identifier: MIT
// What brings camera frames into a form that can be resampled. Integers: every version gives the same bytes, so all bounds are 0.
#include "tests/kcheck/fill.h"

namespace skiff::kcheck {
namespace {

void fill_bytes(const Input<uint8_t> &a, int64_t elems, Random &random) {
  for (int64_t i = 0; i < elems; ++i) a[i] = random.between(0, 7) == 0 ? (random.flip() ? 255 : 0) : uint8_t(random.next());
}

// The two ranges of BT.601 as the engine has them, and what no camera has but a kernel must survive: the largest of everything.
constexpr YuvColours kColours[] = {
    {16384, 32, 11485, -2819, -5850, 14516}, {19077, -1160, 13075, -3209, -6660, 16525}, {32767, 0, 16383, -8191, -8191, 16383}};

enum class Chroma : uint8_t { kPlanes, kUFirst, kVFirst };

struct YuvShape {
  int32_t rows, width, phase;
  Chroma chroma;
  int colours;
};

// From the formula in kernels.h, in wider numbers.
int64_t exact_byte(int64_t luma, int64_t chroma) {
  const int64_t sum = luma + chroma, value = (sum - (sum % 64 + 64) % 64) / 64;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

int64_t exact_product(int64_t value, int64_t factor) {
  const int64_t product = (value - 128) * 256 * factor + 16384;
  return (product - (product % 32768 + 32768) % 32768) / 32768;
}

class YuvCase {
 public:
  YuvCase(Harness &h, Random &random, const YuvShape &shape)
      : s_(shape),
        step_(shape.chroma == Chroma::kPlanes ? 1 : 2),
        chroma_rows_((shape.phase + shape.rows + 1) / 2),
        chroma_width_((shape.width + 1) / 2),
        y_stride_(shape.width + random.between(0, 5)),
        chroma_stride_(chroma_width_ * step_ + random.between(0, 5)),
        out_stride_(shape.width * 4 + random.between(0, 9)),
        c_(h, Text() << s_.rows << " rows of " << s_.width << " pixels from row " << s_.phase << ", chroma "
                     << (step_ == 1                     ? "in planes"
                         : s_.chroma == Chroma::kUFirst ? "UV"
                                                        : "VU")
                     << ", colours " << s_.colours),
        y_(c_.input<uint8_t>("y", (s_.rows - 1) * y_stride_ + s_.width, 1)),
        first_(c_.input<uint8_t>(step_ == 1 ? "u" : "uv", (chroma_rows_ - 1) * chroma_stride_ + chroma_width_ * step_, 1)),
        second_(c_.input<uint8_t>("v", step_ == 1 ? (chroma_rows_ - 1) * chroma_stride_ + chroma_width_ : 1, 1)),
        out_(c_.output<uint8_t>("out", (s_.rows - 1) * out_stride_ + s_.width * 4, 1)) {
    fill_bytes(y_, (s_.rows - 1) * y_stride_ + s_.width, random);
    fill_bytes(first_, (chroma_rows_ - 1) * chroma_stride_ + chroma_width_ * step_, random);
    fill_bytes(second_, step_ == 1 ? (chroma_rows_ - 1) * chroma_stride_ + chroma_width_ : 1, random);
    for (int32_t r = 0; r < s_.rows; ++r)
      for (int32_t x = 0; x < s_.width; ++x) expect(r, x);
  }

  void check(const char *layer) {
    c_.layer = layer;
    c_.check(&KernelTable::yuv_rows, [&](YuvRowsFn fn, const Places &at, int) {
      YuvRowsArgs a = {};
      a.y = at(y_);
      a.y_stride = y_stride_;
      a.u = at(first_) + (s_.chroma == Chroma::kVFirst ? 1 : 0);
      a.v = step_ == 1 ? at(second_) : at(first_) + (s_.chroma == Chroma::kVFirst ? 0 : 1);
      a.chroma_stride = chroma_stride_;
      a.chroma_step = step_;
      a.phase = s_.phase;
      a.width = s_.width;
      a.rows = s_.rows;
      a.colours = kColours[s_.colours];
      a.out = at(out_);
      a.out_stride = out_stride_;
      fn(&a);
    });
  }

 private:
  void expect(int32_t r, int32_t x) {
    const YuvColours &k = kColours[s_.colours];
    const int64_t at = (s_.phase + r) / 2 * chroma_stride_ + x / 2 * step_;
    const int64_t one = first_[at], other = step_ == 1 ? second_[at] : first_[at + 1];
    const int64_t u = s_.chroma == Chroma::kVFirst ? other : one, v = s_.chroma == Chroma::kVFirst ? one : other;
    const int64_t luma = int64_t(y_[r * y_stride_ + x]) * 256 * k.y_scale / 65536 + k.y_offset;
    const int64_t out = r * out_stride_ + x * 4;
    out_.expect(out, double(exact_byte(luma, exact_product(v, k.v_to_r))), 0.0);
    out_.expect(out + 1, double(exact_byte(luma, exact_product(u, k.u_to_g) + exact_product(v, k.v_to_g))), 0.0);
    out_.expect(out + 2, double(exact_byte(luma, exact_product(u, k.u_to_b))), 0.0);
    out_.expect(out + 3, 0.0, 0.0);
  }

  YuvShape s_;
  int32_t step_, chroma_rows_, chroma_width_, y_stride_, chroma_stride_, out_stride_;
  Case c_;
  Input<uint8_t> y_, first_, second_;
  Output<uint8_t> out_;
};

void check_transpose_shape(Harness &h, Random &random, int32_t pixel_bytes, int32_t width, int32_t rows, const char *layer) {
  Case c(h, Text() << rows << " rows of " << width << " pixels of " << pixel_bytes << " bytes");
  c.layer = layer;
  const int32_t out_bytes = pixel_bytes == 1 ? 1 : 4;
  const int32_t in_stride = width * pixel_bytes + random.between(0, 5), out_stride = rows * out_bytes + random.between(0, 5);
  const auto in = c.input<uint8_t>("in", (rows - 1) * in_stride + width * pixel_bytes, 1);
  const auto out = c.output<uint8_t>("out", (width - 1) * out_stride + rows * out_bytes, 1);
  fill_bytes(in, (rows - 1) * in_stride + width * pixel_bytes, random);
  for (int32_t x = 0; x < width; ++x)
    for (int32_t y = 0; y < rows; ++y)
      for (int32_t b = 0; b < out_bytes; ++b)
        out.expect(x * out_stride + y * out_bytes + b, b < pixel_bytes ? double(in[y * in_stride + x * pixel_bytes + b]) : 0.0,
                   0.0);
  c.check(&KernelTable::transpose, [&](TransposeFn fn, const Places &at, int) {
    const TransposeArgs a = {at(in), in_stride, pixel_bytes, width, rows, at(out), out_stride};
    fn(&a);
  });
}

}  // namespace

void check_yuv_rows(Harness &h) {
  Random random(h.seed);
  YuvCase(h, random, {4, 1280, 0, Chroma::kVFirst, 0}).check("1280 px");
  YuvCase(h, random, {16, 16, 0, Chroma::kVFirst, 0}).check("16 x 16 px");
  for (int32_t width = 1; width <= 70; ++width)
    for (int32_t i = 0; i < 2 * h.repeat; ++i) {
      const YuvShape shape = {random.between(1, 5), width, random.between(0, 1), Chroma(random.between(0, 2)),
                              random.between(0, 2)};
      YuvCase(h, random, shape).check(nullptr);
    }
}

void check_transpose(Harness &h) {
  Random random(h.seed);
  check_transpose_shape(h, random, 4, 16, 16, "16 x 16 px");
  check_transpose_shape(h, random, 3, 16, 16, "16 x 16 px");
  check_transpose_shape(h, random, 1, 16, 16, "16 x 16 px");
  constexpr int32_t kPixelBytes[] = {1, 3, 4};
  for (const int32_t pixel_bytes : kPixelBytes)
    for (int32_t i = 0; i < 40 * h.repeat; ++i)
      check_transpose_shape(h, random, pixel_bytes, random.between(1, 20), random.between(1, 20), nullptr);
}

}  // namespace skiff::kcheck
