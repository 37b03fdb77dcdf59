// SPDX-License-Identifier: MIT
// The matrix product: every pointwise layer, 3x3 layer (as im2col leaves it) and head, then small odd ones.
#include "tests/kcheck/fill.h"
#include "tests/kcheck/layers.h"

namespace skiff::kcheck {
namespace {

struct Shape {
  int32_t in_blocks, panels, pixels, in_gap, out_gap;  // gaps: elements between blocks beyond the pixels
  float act_min, act_max;
};

// Pixel p's block b lies at b * block + p * 16.
void expect(const Shape &s, const PointwiseArgs &a, const Output<float> &out, Numbers numbers) {
  for (int32_t panel = 0; panel < s.panels; ++panel)
    for (int32_t p = 0; p < s.pixels; ++p) {
      ExactSums sums;
      sums.start(a.bias + panel * 16);
      const float *weights = a.weights + int64_t(panel) * s.in_blocks * 256;
      for (int32_t i = 0; i < s.in_blocks * 16; ++i, weights += 16)
        sums.add(a.in[i / 16 * a.in_block + p * 16 + i % 16], weights);
      sums.expect(out, panel * a.out_block + p * 16, s.in_blocks * 16, double(s.act_min), double(s.act_max), numbers);
    }
}

void check_shape(Harness &h, Random &random, const Shape &s, Numbers numbers, const char *layer) {
  Text text;
  if (layer != nullptr) text << layer << ": ";
  text << s.pixels << " pixels, " << s.in_blocks << " blocks to " << s.panels << " panels, gaps " << s.in_gap << " and "
       << s.out_gap << ", limits " << double(s.act_min) << " to " << double(s.act_max)
       << (numbers == Numbers::kIntegers ? ", integers" : "");
  Case c(h, text);
  c.layer = layer;
  c.macs = uint64_t(s.pixels) * uint64_t(s.in_blocks) * 16 * uint64_t(s.panels) * 16;
  if (c.macs > h.max_macs) return;
  const int64_t in_block = int64_t(s.pixels) * 16 + s.in_gap, out_block = int64_t(s.pixels) * 16 + s.out_gap;
  const int64_t in_elems = (s.in_blocks - 1) * in_block + s.pixels * 16, out_elems = (s.panels - 1) * out_block + s.pixels * 16;
  const auto in = c.input<float>("in", in_elems, 64);
  const auto weights = c.input<float>("weights", int64_t(s.panels) * s.in_blocks * 256, 64);
  const auto bias = c.input<float>("bias", s.panels * 16, 64);
  const auto out = c.output<float>("out", out_elems, 64);
  fill_nan(in, in_elems);
  for (int32_t b = 0; b < s.in_blocks; ++b) fill(in, b * in_block, s.pixels * 16, random, numbers);
  fill(weights, 0, int64_t(s.panels) * s.in_blocks * 256, random, numbers);
  fill(bias, 0, s.panels * 16, random, numbers);
  const PointwiseArgs args = {in.data,  weights.data, bias.data, nullptr,   in_block, out_block, s.in_blocks,
                              s.panels, s.pixels,     s.act_min, s.act_max, nullptr,  0};
  expect(s, args, out, numbers);
  const auto call = [&](PointwiseFn fn, const Places &at, int variant) {
    const auto run = [&](int32_t pixel, int32_t pixel_end, int32_t panel, int32_t panel_end) {
      PointwiseArgs a = args;
      a.in = at(in) + pixel * 16;
      a.weights = at(weights) + int64_t(panel) * s.in_blocks * 256;
      a.bias = at(bias) + panel * 16;
      a.out = at(out) + panel * out_block + pixel * 16;
      a.panels = panel_end - panel;
      a.pixels = pixel_end - pixel;
      a.ahead = at(weights);
      a.ahead_lines = variant == 0 ? 0 : s.in_blocks * 16 - 1;
      fn(&a);
    };
    if (variant == 0) return run(0, s.pixels, 0, s.panels);
    if (variant == 1) return in_ranges(0, s.pixels, [&](int32_t begin, int32_t end) { run(begin, end, 0, s.panels); });
    in_ranges(0, s.panels, [&](int32_t begin, int32_t end) { run(0, s.pixels, begin, end); });
  };
  c.check(&KernelTable::pw, call, 3);
}

}  // namespace

void check_pw(Harness &h) {
  Random random(h.seed);
  for_each_layer([&](const Layer &l) {
    const bool is_head = l.op == LayerOp::kHead;
    if (l.op != LayerOp::kPointwise && l.op != LayerOp::kConv3x3 && !is_head) return;
    const Shape shape = {l.in_blocks() * (l.op == LayerOp::kConv3x3 ? 9 : 1),
                         l.out_blocks(),
                         l.out_h() * l.out_w(),
                         0,
                         0,
                         is_head ? -__FLT_MAX__ : 0.0f,
                         __FLT_MAX__};
    check_shape(h, random, shape, Numbers::kFractions, l.name);
  });
  // More weights than caches hold next to pixels: kernels may walk through them in another way. An odd number of panels, two
  // tiles.
  check_shape(h, random, {32, 33, 17, 0, 16, 0.0f, __FLT_MAX__}, Numbers::kIntegers, nullptr);
  for (int32_t pixels = 1; pixels <= 30; ++pixels)
    for (int32_t i = 0; i < 2 * h.repeat; ++i) {
      const Shape shape = {random.between(1, 5),      random.between(1, 5),      pixels,
                           16 * random.between(0, 2), 16 * random.between(0, 2), random.flip() ? 0.0f : -__FLT_MAX__,
                           random_limit(random)};
      check_shape(h, random, shape, random.flip() ? Numbers::kIntegers : Numbers::kFractions, nullptr);
    }
}

}  // namespace skiff::kcheck
