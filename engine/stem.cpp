// SPDX-License-Identifier: MIT
//
// Rows are made when the layer above asks for them. A ring of four rows of conv0 serves dw1, which works on two rows at a time;
// pw1 writes a ring of three rows, which is what dw2 reads for one row of its own.
#include "engine/stem.h"

namespace skiff {
namespace {

constexpr int32_t kConvRing = 4, kDw1Rows = 2, kPw1Ring = 3;

int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

struct Layout {
  int64_t dw1, pw1, dw2, end;  // offsets in a lane's scratch, floats; conv0's ring comes first
};

Layout layout(int32_t conv_blocks, int32_t pw1_blocks, int32_t w1, int32_t w2) {
  Layout l;
  const int64_t row1 = int64_t(w1) * kPanelWidth, row2 = int64_t(w2) * kPanelWidth;
  l.dw1 = conv_blocks * kConvRing * row1;
  l.pw1 = l.dw1 + conv_blocks * kDw1Rows * row1;
  l.dw2 = l.pw1 + pw1_blocks * kPw1Ring * row1;
  l.end = l.dw2 + pw1_blocks * row2;
  return l;
}

class Band {
 public:
  Band(const Step &step, const NetworkIo &io, float *scratch) : s_(step), image_(step.image), dw1_(step.dw[0]), dw2_(step.dw[1]) {
    const Layout l = layout(image_.blocks, dw2_.blocks, image_.out_w, dw2_.out_w);
    conv_ring_ = scratch;
    dw1_rows_ = scratch + l.dw1;
    pw1_ring_ = scratch + l.pw1;
    dw2_row_ = scratch + l.dw2;
    image_.in = io.image;
    image_.out_block = dw1_.in_block = kConvRing * row1();
    dw1_.in = conv_ring_;
    dw1_.in_rows = kConvRing;
    dw1_.out = dw1_rows_;
    dw1_.out_block = kDw1Rows * row1();
    dw2_.in = pw1_ring_;
    dw2_.in_rows = kPw1Ring;
    dw2_.in_block = kPw1Ring * row1();
    dw2_.out = dw2_row_;
    dw2_.out_block = int64_t(dw2_.out_w) * kPanelWidth;
  }

  void run(int32_t begin, int32_t end) {
    pw1_end_ = begin > 0 ? 2 * begin - 1 : 0;
    conv_end_ = pw1_end_ > 0 ? pw1_end_ - 1 : 0;
    for (int32_t y = begin; y < end; ++y) {
      make_pw1(min(2 * y + 2, dw2_.in_h));
      dw2_.row_begin = y;
      dw2_.row_end = y + 1;
      s_.depthwise[1](&dw2_);
      PointwiseArgs pw = s_.pw[1];
      pw.in = dw2_row_;
      pw.in_block = dw2_.out_block;
      pw.pixels = dw2_.out_w;
      pw.out += int64_t(y) * dw2_.out_w * kPanelWidth;
      s_.pointwise(&pw);
    }
  }

 private:
  int64_t row1() const { return int64_t(image_.out_w) * kPanelWidth; }

  void make_conv(int32_t end) {
    for (; conv_end_ < end; ++conv_end_) {
      image_.row_begin = conv_end_;
      image_.row_end = conv_end_ + 1;
      image_.out = conv_ring_ + conv_end_ % kConvRing * row1();
      s_.conv_image(&image_);
    }
  }

  void make_pw1(int32_t end) {
    while (pw1_end_ < end) {
      const int32_t begin = pw1_end_;
      pw1_end_ = min(begin + kDw1Rows, end);
      make_conv(min(pw1_end_ + 1, dw1_.in_h));
      dw1_.row_begin = begin;
      dw1_.row_end = pw1_end_;
      s_.depthwise[0](&dw1_);
      PointwiseArgs pw = s_.pw[0];
      pw.in_block = dw1_.out_block;
      pw.out_block = dw2_.in_block;
      pw.pixels = image_.out_w;
      for (int32_t y = begin; y < pw1_end_; ++y) {
        pw.in = dw1_rows_ + (y - begin) * row1();
        pw.out = pw1_ring_ + y % kPw1Ring * row1();
        s_.pointwise(&pw);
      }
    }
  }

  const Step &s_;
  ConvImageArgs image_;
  DepthwiseArgs dw1_, dw2_;
  float *conv_ring_, *dw1_rows_, *pw1_ring_, *dw2_row_;
  int32_t conv_end_ = 0, pw1_end_ = 0;  // rows before these have been made
};

}  // namespace

uint64_t stem_scratch_elems(const WeightsView &view) {
  const auto blocks = [&view](uint32_t layer) { return int32_t(padded_channels(view.layers[layer].out_c) / kPanelWidth); };
  return uint64_t(layout(blocks(0), blocks(2), int32_t(view.shapes[0].out_w), int32_t(view.shapes[3].out_w)).end);
}

void run_stem_band(const Step &step, const NetworkIo &io, int32_t begin, int32_t end, float *scratch) {
  Band(step, io, scratch).run(begin, end);
}

}  // namespace skiff
