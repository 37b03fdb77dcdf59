// SPDX-License-Identifier: MIT
// Work on pixel rows. Integers and single float operations: every version gives the same bytes, so all bounds are 0.
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

void check_normalise_width(Harness &h, Random &random, int32_t width, float divisor, const char *layer) {
  NormaliseArgs args = {};
  args.width = width;
  args.is_bgr = random.flip();
  args.divisor = divisor;
  for (int32_t ch = 0; ch < 3; ++ch) {
    args.mean[ch] = random.uniform() * 150.0f;
    args.scale[ch] = random.uniform();
  }
  Case c(h, Text() << width << " pixels by " << double(divisor) << (args.is_bgr ? ", BGR" : ""));
  c.layer = layer;
  const auto pixels = c.input<uint8_t>("pixels", width * 3, 1);
  const auto out = c.output<float>("out", width * 3, sizeof(float));
  fill_bytes(pixels, width * 3, random);
  for (int32_t i = 0; i < width * 3; ++i) {
    const float value = pixels[i / 3 * 3 + (args.is_bgr ? 2 - i % 3 : i % 3)];
    out.expect(i, double((value / divisor - args.mean[i % 3]) * args.scale[i % 3]), 0.0);
  }
  c.check(&KernelTable::normalise, [&](NormaliseFn fn, const Places &at, int) {
    NormaliseArgs a = args;
    a.pixels = at(pixels);
    a.out = at(out);
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

// A weight's halves at halves[0] and halves[stride].
void split_weight(int32_t weight, int32_t stride, int16_t *halves) {
  int32_t high = 0;
  while (weight - (high << kWeightLowBits) >= 1 << (kWeightLowBits - 1)) ++high;
  while (weight - high * (1 << kWeightLowBits) < -(1 << (kWeightLowBits - 1))) --high;
  halves[0] = int16_t(high);
  halves[stride] = int16_t(weight - high * (1 << kWeightLowBits));
}

int32_t round_up_to_4(int32_t n) { return (n + 3) / 4 * 4; }

// Formats of a source pixel, as skiff_pixel_format has them.
constexpr struct {
  int32_t pixel_bytes, channel[3];
} kFormats[] = {{3, {0, 1, 2}}, {3, {2, 1, 0}}, {4, {0, 1, 2}}, {4, {2, 1, 0}}, {1, {0, 0, 0}}};

struct RowsShape {
  int32_t rows, in_width, out_width, max_taps, format;
};

// Both slots that resample rows: Out is u8 with 22 fractional bits, or int16 with 11.
template <typename Out>
class RowsCase {
 public:
  RowsCase(Harness &h, Random &random, const RowsShape &shape)
      : s_(shape),
        row_bytes_(shape.in_width * kFormats[shape.format].pixel_bytes),
        in_stride_(row_bytes_ + random.between(0, 5)),
        weight_stride_(round_up_to_4(shape.max_taps) + random.between(0, 1) * 4),
        out_stride_(shape.out_width * 3 + random.between(0, 9)),
        c_(h, Text() << s_.rows << " rows of " << s_.in_width << " to " << s_.out_width << " pixels, up to " << s_.max_taps
                     << " taps, " << kFormats[s_.format].pixel_bytes << " bytes a pixel from " << kFormats[s_.format].channel[0]),
        in_(c_.input<uint8_t>("in", (s_.rows - 1) * in_stride_ + row_bytes_, 1)),
        lo_(c_.input<int32_t>("lo", s_.out_width, sizeof(int32_t))),
        taps_(c_.input<int32_t>("taps", s_.out_width, sizeof(int32_t))),
        weights_(c_.input<int16_t>("weights", s_.out_width * 2 * weight_stride_, sizeof(int16_t))),
        out_(c_.output<Out>("out", (s_.rows - 1) * out_stride_ + s_.out_width * 3, sizeof(Out))) {
    fill_bytes(in_, (s_.rows - 1) * in_stride_ + row_bytes_, random);
    int32_t lo = 0, end = 0;
    for (int32_t x = 0; x < s_.out_width; ++x) fill_pixel(random, x, &lo, &end);
  }

  void check(void (*KernelTable::*slot)(const ResampleRowsArgs *), const char *layer) {
    c_.layer = layer;
    c_.check(slot, [&](ResampleRowsFn fn, const Places &at, int) {
      const auto &format = kFormats[s_.format];
      ResampleRowsArgs a = {};
      a.in = at(in_);
      a.in_stride = in_stride_;
      a.in_width = s_.in_width;
      a.rows = s_.rows;
      a.pixel_bytes = format.pixel_bytes;
      for (int32_t ch = 0; ch < 3; ++ch) a.channel[ch] = format.channel[ch];
      a.lo = at(lo_);
      a.taps = at(taps_);
      a.weights = at(weights_);
      a.weight_stride = weight_stride_;
      a.out_width = s_.out_width;
      for (int32_t r = 0; r < s_.rows; ++r) a.out[r] = at(out_) + int64_t(r) * out_stride_;
      fn(&a);
    });
  }

 private:
  static constexpr bool kIsPillow = sizeof(Out) == 1;

  // Spans go from left to right, as a resize has them, of any number of taps; the last ones end at the row's end.
  void fill_pixel(Random &random, int32_t x, int32_t *lo, int32_t *end) {
    const int32_t least_end = int32_t(int64_t(s_.in_width) * (x + 1) / s_.out_width);
    *end = *end > least_end ? *end : least_end > 1 ? least_end : 1;
    if (*lo < *end - s_.max_taps) *lo = *end - s_.max_taps;
    if (x > 0 && *lo < *end - 1) *lo += random.between(0, 1);
    lo_[x] = *lo;
    taps_[x] = *end - *lo;
    int32_t whole[128];
    fill_weights(random, taps_[x], kIsPillow ? 1 << 22 : 1 << 11, kIsPillow, whole);
    int16_t *halves = &weights_[int64_t(x) * 2 * weight_stride_];
    for (int32_t t = 0; t < weight_stride_; ++t)  // what nothing may read is no 0
      halves[t] = halves[weight_stride_ + t] = t < round_up_to_4(taps_[x]) ? 0 : 0x7777;
    for (int32_t t = 0; t < taps_[x]; ++t) split_weight(whole[t], weight_stride_, halves + t);
    for (int32_t r = 0; r < s_.rows; ++r)
      for (int32_t ch = 0; ch < 3; ++ch) expect(r, x, ch, whole);
  }

  void expect(int32_t r, int32_t x, int32_t ch, const int32_t *whole) {
    const auto &format = kFormats[s_.format];
    int64_t sum = 0;
    for (int32_t t = 0; t < taps_[x]; ++t)
      sum += int64_t(in_[r * in_stride_ + (lo_[x] + t) * format.pixel_bytes + format.channel[ch]]) * whole[t];
    out_.expect(r * out_stride_ + x * 3 + ch, double(kIsPillow ? round_22(sum) : sum >> 4), 0.0);
  }

  RowsShape s_;
  int32_t row_bytes_, in_stride_, weight_stride_, out_stride_;
  Case c_;
  Input<uint8_t> in_;
  Input<int32_t> lo_, taps_;
  Input<int16_t> weights_;
  Output<Out> out_;
};

template <typename Out>
void check_rows(Harness &h, void (*KernelTable::*slot)(const ResampleRowsArgs *)) {
  constexpr int32_t most_taps = sizeof(Out) == 1 ? 20 : 2;
  Random random(h.seed);
  const int32_t lanczos_taps = 11;  // 2 * ceil(3 * 500 / 300) + 1
  RowsCase<Out>(h, random, {kResampleRows, 500, kOut, sizeof(Out) == 1 ? lanczos_taps : 2, 0}).check(slot, "500 px");
  for (int32_t i = 0; i < 100 * h.repeat; ++i) {
    const RowsShape shape = {random.between(1, kResampleRows), random.between(1, 60), random.between(1, 40),
                             random.between(1, most_taps), random.between(0, 4)};
    RowsCase<Out>(h, random, shape).check(slot, nullptr);
  }
}

// Rows of In, `taps` of them, to one of bytes; `exact` computes an element from a column of values.
template <typename In, typename Exact>
void check_column(Harness &h, Random &random, void (*KernelTable::*slot)(const ResampleColumnArgs *), int32_t elems, int32_t taps,
                  int32_t most, int32_t one, const Exact &exact, const char *layer) {
  Case c(h, Text() << taps << " rows of " << elems << " elements");
  c.layer = layer;
  const int32_t stride = round_up_to_4(taps) + random.between(0, 1) * 4;
  const auto in = c.input<In>("rows", int64_t(taps) * elems, sizeof(In));
  const auto weights = c.input<int16_t>("weights", 2 * stride, sizeof(int16_t));
  const auto out = c.output<uint8_t>("out", elems, 1);
  for (int64_t i = 0; i < int64_t(taps) * elems; ++i)
    in[i] = In(random.between(0, 7) == 0 ? (random.flip() ? most : 0) : random.between(0, most));
  int32_t whole[128];
  fill_weights(random, taps, one, sizeof(In) == 1, whole);
  for (int32_t t = round_up_to_4(taps); t < stride; ++t) weights[t] = weights[stride + t] = 0x7777;
  for (int32_t t = 0; t < taps; ++t) split_weight(whole[t], stride, &weights[t]);
  for (int32_t i = 0; i < elems; ++i) {
    int64_t column[128];
    for (int32_t t = 0; t < taps; ++t) column[t] = in[int64_t(t) * elems + i];
    out.expect(i, double(exact(column, whole, taps)), 0.0);
  }
  c.check(slot, [&](ResampleColumnFn fn, const Places &at, int) {
    const void *rows[128];
    for (int32_t t = 0; t < taps; ++t) rows[t] = at(in) + int64_t(t) * elems;
    const ResampleColumnArgs a = {rows, at(weights), stride, taps, elems, at(out)};
    fn(&a);
  });
}

int64_t pillow_column(const int64_t *column, const int32_t *weights, int32_t taps) {
  int64_t sum = 0;
  for (int32_t t = 0; t < taps; ++t) sum += column[t] * weights[t];
  return round_22(sum);
}

int64_t opencv_column(const int64_t *column, const int32_t *weights, int32_t) {
  return ((column[0] * weights[0] >> 16) + (column[1] * weights[1] >> 16) + 2) >> 2;
}

}  // namespace

void check_normalise(Harness &h) {
  Random random(h.seed);
  check_normalise_width(h, random, kOut, 1.0f, "300 px");
  check_normalise_width(h, random, kOut, 255.0f, nullptr);
  for (int32_t width = 1; width <= 40; ++width)
    for (int32_t i = 0; i < 4 * h.repeat; ++i) check_normalise_width(h, random, width, i % 2 == 0 ? 1.0f : 255.0f, nullptr);
}

void check_resample_rows(Harness &h) { check_rows<uint8_t>(h, &KernelTable::resample_rows); }
void check_bilinear_rows(Harness &h) { check_rows<int16_t>(h, &KernelTable::bilinear_rows); }

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
    check_column<int16_t>(h, random, &KernelTable::bilinear_column, elems, 2, 255 << 7, 1 << 11, opencv_column, layer);
  };
  check(kOut * 3, "500 x 375 px");
  for (int32_t elems = 1; elems <= 70; ++elems)
    for (int32_t i = 0; i < h.repeat; ++i) check(elems, nullptr);
}

}  // namespace skiff::kcheck
