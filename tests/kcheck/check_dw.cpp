// SPDX-License-Identifier: MIT
// Depthwise convolutions: every layer, then small images, ranges of rows, and inputs of which a ring holds only what is needed.
#include "tests/kcheck/fill.h"
#include "tests/kcheck/layers.h"

namespace skiff::kcheck {
namespace {

struct Shape {
  int32_t stride, in_h, in_w, blocks, row_begin, row_end, in_rows, in_gap, out_gap;
  float act_max;
  int32_t out_w() const { return (in_w - 1) / stride + 1; }
  int32_t first_row() const { return row_begin * stride > 0 ? row_begin * stride - 1 : 0; }
  int32_t end_row() const { return (row_end - 1) * stride + 2 < in_h ? (row_end - 1) * stride + 2 : in_h; }
};

void expect(const Shape &s, const DepthwiseArgs &a, const Output<float> &out, Numbers numbers) {
  for (int32_t b = 0; b < s.blocks; ++b)
    for (int32_t y = s.row_begin; y < s.row_end; ++y)
      for (int32_t x = 0; x < a.out_w; ++x) {
        ExactSums sums;
        sums.start(a.bias + b * 16);
        for (int32_t t = 0; t < 9; ++t) {
          const int32_t in_y = y * s.stride + t / 3 - 1, in_x = x * s.stride + t % 3 - 1;
          if (in_y < 0 || in_y >= s.in_h || in_x < 0 || in_x >= s.in_w) continue;
          sums.add_each(a.in + b * a.in_block + (int64_t(in_y % s.in_rows) * s.in_w + in_x) * 16, a.taps + (b * 9 + t) * 16);
        }
        sums.expect(out, b * a.out_block + (int64_t(y - s.row_begin) * a.out_w + x) * 16, 9, 0.0, double(s.act_max), numbers);
      }
}

void check_shape(Harness &h, Random &random, const Shape &s, Numbers numbers, const char *layer) {
  Text text;
  if (layer != nullptr) text << layer << ": ";
  text << s.in_h << " x " << s.in_w << ", " << s.blocks << " blocks, output rows " << s.row_begin << " to " << s.row_end
       << ", ring of " << s.in_rows << ", gaps " << s.in_gap << " and " << s.out_gap << ", limit " << double(s.act_max)
       << (numbers == Numbers::kIntegers ? ", integers" : "");
  Case c(h, text);
  c.layer = layer;
  const int64_t out_elems_block = int64_t(s.row_end - s.row_begin) * s.out_w() * 16;
  c.macs = uint64_t(out_elems_block) * uint64_t(s.blocks) * 9;
  if (c.macs > h.max_macs) return;
  const int64_t row = int64_t(s.in_w) * 16, in_block = s.in_rows * row + s.in_gap, out_block = out_elems_block + s.out_gap;
  const int64_t in_elems = (s.blocks - 1) * in_block + s.in_rows * row, out_elems = (s.blocks - 1) * out_block + out_elems_block;
  const auto in = c.input<float>("in", in_elems, 64);
  const auto taps = c.input<float>("taps", s.blocks * 144, 64);
  const auto bias = c.input<float>("bias", s.blocks * 16, 64);
  const auto zeros = c.input<float>("zeros", row, 64);  // input() clears
  const auto out = c.output<float>("out", out_elems, 64);
  fill_nan(in, in_elems);
  for (int32_t b = 0; b < s.blocks; ++b)
    for (int32_t y = s.first_row(); y < s.end_row(); ++y) fill(in, b * in_block + y % s.in_rows * row, row, random, numbers);
  fill(taps, 0, s.blocks * 144, random, numbers);
  fill(bias, 0, s.blocks * 16, random, numbers);
  const DepthwiseArgs args = {in.data, taps.data, bias.data, nullptr,  nullptr,   in_block,    out_block, s.in_h,
                              s.in_w,  s.in_rows, s.out_w(), s.blocks, s.act_max, s.row_begin, s.row_end};
  expect(s, args, out, numbers);
  const auto call = [&](DepthwiseFn fn, const Places &at, int variant) {
    const auto run = [&](int32_t begin, int32_t end) {
      DepthwiseArgs a = args;
      a.in = at(in);
      a.taps = at(taps);
      a.bias = at(bias);
      a.zeros = at(zeros);
      a.out = at(out) + int64_t(begin - s.row_begin) * a.out_w * 16;
      a.row_begin = begin;
      a.row_end = end;
      fn(&a);
    };
    if (variant == 0) return run(s.row_begin, s.row_end);
    in_ranges(s.row_begin, s.row_end, run);
  };
  c.check(s.stride == 1 ? &KernelTable::dw3x3s1 : &KernelTable::dw3x3s2, call, 2);
}

Shape random_shape(Random &random, int32_t stride) {
  Shape s = {};
  s.stride = stride;
  s.in_h = random.flip() ? random.between(1, 4) : random.between(5, 12);
  s.in_w = random.flip() ? random.between(1, 4) : random.between(5, 17);
  s.blocks = random.between(1, 3);
  const int32_t out_h = (s.in_h - 1) / stride + 1;
  s.row_begin = random.flip() ? 0 : random.between(0, out_h - 1);
  s.row_end = random.flip() ? out_h : random.between(s.row_begin + 1, out_h);
  const int32_t needed = s.end_row() - s.first_row(), spare = random.between(0, 2);
  s.in_rows = random.flip() || needed + spare > s.in_h ? s.in_h : needed + spare;
  s.in_gap = 16 * random.between(0, 2);
  s.out_gap = 16 * random.between(0, 2);
  s.act_max = random_limit(random);
  return s;
}

void check_stride(Harness &h, int32_t stride) {
  Random random(h.seed + uint64_t(stride));
  for_each_layer([&](const Layer &l) {
    if (l.op != LayerOp::kDepthwise || l.stride != stride) return;
    const Shape shape = {stride, l.in_h, l.in_w, l.in_blocks(), 0, l.out_h(), l.in_h, 0, 0, __FLT_MAX__};
    check_shape(h, random, shape, Numbers::kFractions, l.name);
  });
  for (int32_t in_h = 1; in_h <= 3; ++in_h)
    for (int32_t in_w = 1; in_w <= 3; ++in_w)
      check_shape(h, random, {stride, in_h, in_w, 1, 0, (in_h - 1) / stride + 1, in_h, 0, 0, __FLT_MAX__}, Numbers::kIntegers,
                  nullptr);
  for (int32_t i = 0; i < 40 * h.repeat; ++i)
    check_shape(h, random, random_shape(random, stride), random.flip() ? Numbers::kIntegers : Numbers::kFractions, nullptr);
}

}  // namespace

void check_dw3x3s1(Harness &h) { check_stride(h, 1); }
void check_dw3x3s2(Harness &h) { check_stride(h, 2); }

}  // namespace skiff::kcheck
