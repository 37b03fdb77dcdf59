// SPDX-License-Identifier: MIT
// The first convolution: the network's own, then images of a few pixels and ranges of rows.
#include "tests/kcheck/fill.h"
#include "tests/kcheck/layers.h"

namespace skiff::kcheck {
namespace {

struct Shape {
  int32_t in_h, in_w, blocks, row_begin, row_end, out_gap;
  float act_max;
  int32_t out_w() const { return (in_w - 1) / 2 + 1; }
};

void expect(const Shape &s, const ConvImageArgs &a, const Output<float> &out, Numbers numbers) {
  for (int32_t b = 0; b < s.blocks; ++b)
    for (int32_t y = s.row_begin; y < s.row_end; ++y)
      for (int32_t x = 0; x < a.out_w; ++x) {
        ExactSums sums;
        sums.start(a.bias + b * 16);
        for (int32_t k = 0; k < 27; ++k) {
          const int32_t in_y = y * 2 + k / 9 - 1, in_x = x * 2 + k / 3 % 3 - 1;
          if (in_y < 0 || in_y >= s.in_h || in_x < 0 || in_x >= s.in_w) continue;
          sums.add(a.in[(int64_t(in_y) * s.in_w + in_x) * 3 + k % 3], a.weights + (b * 27 + k) * 16);
        }
        sums.expect(out, b * a.out_block + (int64_t(y - s.row_begin) * a.out_w + x) * 16, 27, 0.0, double(s.act_max), numbers);
      }
}

void check_shape(Harness &h, Random &random, const Shape &s, Numbers numbers, const char *layer) {
  Text text;
  if (layer != nullptr) text << layer << ": ";
  text << s.in_h << " x " << s.in_w << ", " << s.blocks << " blocks, output rows " << s.row_begin << " to " << s.row_end
       << ", gap " << s.out_gap << ", limit " << double(s.act_max) << (numbers == Numbers::kIntegers ? ", integers" : "");
  Case c(h, text);
  c.layer = layer;
  const int64_t out_elems_block = int64_t(s.row_end - s.row_begin) * s.out_w() * 16, out_block = out_elems_block + s.out_gap;
  c.macs = uint64_t(out_elems_block) * uint64_t(s.blocks) * 27;
  if (c.macs > h.max_macs) return;
  const auto in = c.input<float>("in", int64_t(s.in_h) * s.in_w * 3, sizeof(float));  // the caller's own array
  const auto weights = c.input<float>("weights", s.blocks * 432, 64);
  const auto bias = c.input<float>("bias", s.blocks * 16, 64);
  const auto out = c.output<float>("out", (s.blocks - 1) * out_block + out_elems_block, 64);
  fill(in, 0, int64_t(s.in_h) * s.in_w * 3, random, numbers);
  fill(weights, 0, s.blocks * 432, random, numbers);
  fill(bias, 0, s.blocks * 16, random, numbers);
  const ConvImageArgs args = {in.data, weights.data, bias.data, nullptr,   out_block,   s.in_h,
                              s.in_w,  s.out_w(),    s.blocks,  s.act_max, s.row_begin, s.row_end};
  expect(s, args, out, numbers);
  const auto call = [&](ConvImageFn fn, const Places &at, int variant) {
    const auto run = [&](int32_t begin, int32_t end) {
      ConvImageArgs a = args;
      a.in = at(in);
      a.weights = at(weights);
      a.bias = at(bias);
      a.out = at(out) + int64_t(begin - s.row_begin) * a.out_w * 16;
      a.row_begin = begin;
      a.row_end = end;
      fn(&a);
    };
    if (variant == 0) return run(s.row_begin, s.row_end);
    in_ranges(s.row_begin, s.row_end, run);
  };
  c.check(&KernelTable::conv_image, call, 2);
}

}  // namespace

void check_conv_image(Harness &h) {
  Random random(h.seed);
  for_each_layer([&](const Layer &l) {
    if (l.op != LayerOp::kConvImage) return;
    check_shape(h, random, {l.in_h, l.in_w, l.out_blocks(), 0, l.out_h(), 0, __FLT_MAX__}, Numbers::kFractions, l.name);
  });
  const auto any_numbers = [&] { return random.flip() ? Numbers::kIntegers : Numbers::kFractions; };
  for (int32_t in_w = 1; in_w <= 70; ++in_w) {  // every width of tile, and every remainder behind several
    const int32_t in_h = random.between(1, 3);
    check_shape(h, random, {in_h, in_w, random.between(1, 3), 0, (in_h - 1) / 2 + 1, 0, random_limit(random)}, any_numbers(),
                nullptr);
  }
  for (int32_t i = 0; i < 20 * h.repeat; ++i) {
    const int32_t in_h = random.between(1, 12), out_h = (in_h - 1) / 2 + 1, row_begin = random.between(0, out_h - 1);
    const Shape shape = {in_h,
                         random.between(1, 20),
                         random.between(1, 3),
                         row_begin,
                         random.between(row_begin + 1, out_h),
                         16 * random.between(0, 2),
                         random_limit(random)};
    check_shape(h, random, shape, any_numbers(), nullptr);
  }
}

}  // namespace skiff::kcheck
