// SPDX-License-Identifier: MIT
// Work on pixel rows. Integer arithmetic: every version gives the same bytes, so all bounds are 0.
#include "tests/kcheck/fill.h"

namespace skiff::kcheck {
namespace {

constexpr int32_t kOut = 300;  // the network's width

int64_t round_22(int64_t fixed) {
  const int64_t value = (fixed + (1 << 21)) >> 22;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

void fill_bytes(const Input<uint8_t> &a, int64_t elems, Random &random) {
  for (int64_t i = 0; i < elems; ++i) a[i] = random.between(0, 7) == 0 ? (random.flip() ? 255 : 0) : uint8_t(random.next());
}

void check_normalise_width(Harness &h, Random &random, int32_t width, const char *layer) {
  const int32_t is_bgr = random.flip();
  Case c(h, Text() << width << " pixels" << (is_bgr ? ", BGR" : ""));
  c.layer = layer;
  const auto pixels = c.input<uint8_t>("pixels", width * 3, 1);
  const auto table = c.input<float>("table", 3 * 256, sizeof(float));
  const auto out = c.output<float>("out", width * 3, sizeof(float));
  fill_bytes(pixels, width * 3, random);
  fill(table, 0, 3 * 256, random, Numbers::kFractions);
  for (int32_t i = 0; i < width * 3; ++i)
    out.expect(i, double(table[i % 3 * 256 + pixels[i / 3 * 3 + (is_bgr ? 2 - i % 3 : i % 3)]]), 0.0);
  c.check(&KernelTable::normalise, [&](NormaliseFn fn, const Places &at, int) {
    const NormaliseArgs a = {at(pixels), at(table), at(out), width, is_bgr};
    fn(&a);
  });
}

// `taps` weights that sum to `one`, the outer ones negative as Lanczos has them.
void fill_weights(Random &random, int32_t taps, int32_t one, bool has_negative, int32_t *weights) {
  float raw[128], sum = 0.0f;
  for (int32_t t = 0; t < taps; ++t) {
    raw[t] = 1.2f + 0.5f * random.uniform();
    if (has_negative && taps > 3 && (t == 0 || t == taps - 1)) raw[t] *= -0.1f;
    sum += raw[t];
  }
  int32_t rest = one;
  for (int32_t t = 0; t < taps; ++t) rest -= weights[t] = int32_t(raw[t] / sum * float(one));
  weights[taps / 2] += rest;
}

// Formats of a source pixel, as skiff_pixel_format has them.
constexpr struct {
  int32_t pixel_bytes, channel[3];
} kFormats[] = {{3, {0, 1, 2}}, {3, {2, 1, 0}}, {4, {0, 1, 2}}, {4, {2, 1, 0}}, {1, {0, 0, 0}}};

struct RowShape {
  int32_t in_width, out_width, max_taps, format;
};

// Both slots that resample a row: Out is u8 with 22 fractional bits, or int32 with 11.
template <typename Out>
void check_row(Harness &h, Random &random, void (*KernelTable::*slot)(const ResampleRowArgs *), const RowShape &s,
               const char *layer) {
  constexpr bool is_pillow = sizeof(Out) == 1;
  const auto &format = kFormats[s.format];
  Case c(h, Text() << s.in_width << " to " << s.out_width << " pixels, up to " << s.max_taps << " taps, " << format.pixel_bytes
                   << " bytes a pixel from " << format.channel[0]);
  c.layer = layer;
  const auto in = c.input<uint8_t>("in", s.in_width * format.pixel_bytes, 1);
  const auto lo = c.input<int32_t>("lo", s.out_width, sizeof(int32_t));
  const auto taps = c.input<int32_t>("taps", s.out_width, sizeof(int32_t));
  const auto weights = c.input<int32_t>("weights", s.out_width * s.max_taps, sizeof(int32_t));
  const auto out = c.output<Out>("out", s.out_width * 3, sizeof(Out));
  fill_bytes(in, s.in_width * format.pixel_bytes, random);
  for (int32_t x = 0; x < s.out_width; ++x) {
    taps[x] = random.between(1, s.max_taps < s.in_width ? s.max_taps : s.in_width);
    // In order from left to right, as a resize has it; the last ones end at the row's end.
    lo[x] = int32_t(int64_t(s.in_width - taps[x]) * x / (s.out_width > 1 ? s.out_width - 1 : 1));
    int32_t *w = &weights[x * s.max_taps];
    fill_weights(random, taps[x], is_pillow ? 1 << 22 : 1 << 11, is_pillow, w);
    for (int32_t ch = 0; ch < 3; ++ch) {
      int64_t sum = 0;
      for (int32_t t = 0; t < taps[x]; ++t) sum += int64_t(in[(lo[x] + t) * format.pixel_bytes + format.channel[ch]]) * w[t];
      out.expect(x * 3 + ch, double(is_pillow ? round_22(sum) : sum), 0.0);
    }
  }
  c.check(slot, [&](ResampleRowFn fn, const Places &at, int) {
    const ResampleRowArgs a = {at(in),     format.pixel_bytes, {format.channel[0], format.channel[1], format.channel[2]},
                               at(lo),     at(taps),           at(weights),
                               s.max_taps, s.out_width,        at(out)};
    fn(&a);
  });
}

template <typename Out>
void check_rows(Harness &h, void (*KernelTable::*slot)(const ResampleRowArgs *)) {
  constexpr int32_t most_taps = sizeof(Out) == 1 ? 20 : 2;
  Random random(h.seed);
  check_row<Out>(h, random, slot, {500, kOut, sizeof(Out) == 1 ? 11 : 2, 0},
                 "500 px");  // Lanczos: 2 * ceil(3 * 500 / 300) + 1 taps
  for (int32_t i = 0; i < 60 * h.repeat; ++i) {
    const int32_t taps = random.between(1, most_taps);
    check_row<Out>(h, random, slot, {random.between(taps, 60), random.between(1, 40), taps, random.between(0, 4)}, nullptr);
  }
}

// Rows of In, `taps` of them, to one of bytes; `exact` computes an element from a column of values.
template <typename In, typename Exact>
void check_column(Harness &h, Random &random, void (*KernelTable::*slot)(const ResampleColumnArgs *), int32_t elems, int32_t taps,
                  int32_t most, int32_t one, const Exact &exact, const char *layer) {
  Case c(h, Text() << taps << " rows of " << elems << " elements");
  c.layer = layer;
  const auto in = c.input<In>("rows", int64_t(taps) * elems, sizeof(In));
  const auto weights = c.input<int32_t>("weights", taps, sizeof(int32_t));
  const auto out = c.output<uint8_t>("out", elems, 1);
  for (int64_t i = 0; i < int64_t(taps) * elems; ++i)
    in[i] = In(random.between(0, 7) == 0 ? (random.flip() ? most : 0) : random.between(0, most));
  fill_weights(random, taps, one, sizeof(In) == 1, weights.data);
  for (int32_t i = 0; i < elems; ++i) {
    int64_t column[128];
    for (int32_t t = 0; t < taps; ++t) column[t] = in[int64_t(t) * elems + i];
    out.expect(i, double(exact(column, weights.data, taps)), 0.0);
  }
  c.check(slot, [&](ResampleColumnFn fn, const Places &at, int) {
    const void *rows[128];
    for (int32_t t = 0; t < taps; ++t) rows[t] = at(in) + int64_t(t) * elems;
    const ResampleColumnArgs a = {rows, at(weights), taps, elems, at(out)};
    fn(&a);
  });
}

int64_t pillow_column(const int64_t *column, const int32_t *weights, int32_t taps) {
  int64_t sum = 0;
  for (int32_t t = 0; t < taps; ++t) sum += column[t] * weights[t];
  return round_22(sum);
}

int64_t opencv_column(const int64_t *column, const int32_t *weights, int32_t) {
  return (((column[0] >> 4) * weights[0] >> 16) + ((column[1] >> 4) * weights[1] >> 16) + 2) >> 2;
}

}  // namespace

void check_normalise(Harness &h) {
  Random random(h.seed);
  for (int32_t i = 0; i < 2; ++i) check_normalise_width(h, random, kOut, i == 0 ? "300 px" : nullptr);
  for (int32_t width = 1; width <= 40; ++width)
    for (int32_t i = 0; i < 2 * h.repeat; ++i) check_normalise_width(h, random, width, nullptr);
}

void check_resample_row(Harness &h) { check_rows<uint8_t>(h, &KernelTable::resample_row); }
void check_bilinear_row(Harness &h) { check_rows<int32_t>(h, &KernelTable::bilinear_row); }

void check_resample_column(Harness &h) {
  Random random(h.seed);
  const auto check = [&](int32_t elems, int32_t taps, const char *layer) {
    check_column<uint8_t>(h, random, &KernelTable::resample_column, elems, taps, 255, 1 << 22, pillow_column, layer);
  };
  check(kOut * 3, 9, "500 x 375 px");
  for (int32_t elems = 1; elems <= 70; ++elems)
    for (int32_t i = 0; i < h.repeat; ++i) check(elems, random.between(1, 20), nullptr);
}

void check_bilinear_column(Harness &h) {
  Random random(h.seed);
  const auto check = [&](int32_t elems, const char *layer) {
    check_column<int32_t>(h, random, &KernelTable::bilinear_column, elems, 2, 255 << 11, 1 << 11, opencv_column, layer);
  };
  check(kOut * 3, "500 x 375 px");
  for (int32_t elems = 1; elems <= 70; ++elems)
    for (int32_t i = 0; i < h.repeat; ++i) check(elems, nullptr);
}

}  // namespace skiff::kcheck
