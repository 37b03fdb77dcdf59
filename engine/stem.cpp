// SPDX-License-Identifier: MIT
//
// Rows are made when the layer below asks for them, and a ring keeps as many as that layer works on at a time. A depthwise layer
// of stride 1 works on two rows and reads four, one of stride 2 on one row and reads three.
#include "engine/stem.h"

namespace skiff {
namespace {

int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

// Rows that a depthwise layer computes at a time, and those of its input that it reads for them.
constexpr int32_t dw_rows(int32_t stride) { return stride == 1 ? 2 : 1; }
constexpr int32_t ring_rows(int32_t stride) { return stride * (dw_rows(stride) - 1) + 3; }

// Sizes of one depthwise layer with its input ring and the pointwise layer that follows.
struct ModuleShape {
  int32_t stride, in_w, out_w, blocks;
};

uint64_t ring_elems(const ModuleShape &m) { return uint64_t(m.blocks) * ring_rows(m.stride) * m.in_w * kPanelWidth; }
uint64_t dw_elems(const ModuleShape &m) { return uint64_t(m.blocks) * dw_rows(m.stride) * m.out_w * kPanelWidth; }

// A depthwise layer, the pointwise one that reads it, and how far they have come.
struct Module {
  DepthwiseArgs dw;
  PointwiseArgs pw;
  DepthwiseFn depthwise;
  int32_t stride;
  float *ring;      // the depthwise layer's input
  int32_t end = 0;  // output rows before this one have been made
};

class Band {
 public:
  Band(const Step &step, const NetworkIo &io, float *scratch) : s_(step), image_(step.image) {
    for (int32_t i = 0; i < kStemModules; ++i) {
      Module &m = modules_[i];
      m.dw = step.dw[i];
      m.pw = step.pw[i];
      m.depthwise = step.depthwise[i];
      m.stride = step.dw_stride[i];
      const ModuleShape shape = {m.stride, m.dw.in_w, m.dw.out_w, m.dw.blocks};
      m.ring = scratch;
      scratch += ring_elems(shape);
      m.dw.in = m.ring;
      m.dw.in_rows = ring_rows(m.stride);
      m.dw.in_block = int64_t(m.dw.in_rows) * m.dw.in_w * kPanelWidth;
      m.dw.out = scratch;
      m.dw.out_block = dw_rows(m.stride) * row_elems(m);
      m.pw.in_block = m.dw.out_block;
      m.pw.pixels = m.dw.out_w;
      if (i > 0) modules_[i - 1].pw.out_block = m.dw.in_block;
      scratch += dw_elems(shape);
    }
    image_.in = io.image;
    image_.out_block = modules_[0].dw.in_block;
  }

  void run(int32_t begin, int32_t end) {
    for (int32_t i = kStemModules - 1, row = begin; i >= 0; --i) {
      modules_[i].end = row;
      row = row > 0 ? row * modules_[i].stride - 1 : 0;
      conv_end_ = row;
    }
    make(kStemModules - 1, end);
  }

 private:
  static int64_t row_elems(const Module &m) { return int64_t(m.dw.out_w) * kPanelWidth; }

  void make_conv(int32_t end) {
    const Module &reader = modules_[0];
    for (; conv_end_ < end; ++conv_end_) {
      image_.row_begin = conv_end_;
      image_.row_end = conv_end_ + 1;
      image_.out = reader.ring + conv_end_ % reader.dw.in_rows * int64_t(image_.out_w) * kPanelWidth;
      s_.conv_image(&image_);
    }
  }

  float *output_row(int32_t module, int32_t y) const {
    const Module &m = modules_[module];
    if (module + 1 == kStemModules) return m.pw.out + y * row_elems(m);
    const Module &reader = modules_[module + 1];
    return reader.ring + y % reader.dw.in_rows * row_elems(m);
  }

  // Makes a module's output rows up to `end`.
  void make(int32_t module, int32_t end) {
    Module &m = modules_[module];
    while (m.end < end) {
      m.dw.row_begin = m.end;
      m.dw.row_end = m.end = min(m.end + dw_rows(m.stride), end);
      const int32_t in_end = min((m.end - 1) * m.stride + 2, m.dw.in_h);
      if (module == 0)
        make_conv(in_end);
      else
        make(module - 1, in_end);
      m.depthwise(&m.dw);
      for (int32_t y = m.dw.row_begin; y < m.end; ++y) {
        PointwiseArgs pw = m.pw;
        pw.in = m.dw.out + (y - m.dw.row_begin) * row_elems(m);
        pw.out = output_row(module, y);
        if (module + 1 == kStemModules) fetch_ahead(s_, y, s_.out.h, &pw);
        s_.pointwise(&pw);
      }
    }
  }

  const Step &s_;
  ConvImageArgs image_;
  Module modules_[kStemModules];
  int32_t conv_end_ = 0;  // rows of conv0 before this one have been made
};

}  // namespace

uint64_t stem_scratch_elems(const WeightsView &view) {
  uint64_t elems = 0;
  for (uint32_t layer = 1; layer < 1 + 2 * kStemModules; layer += 2) {
    const LayerShape &shape = view.shapes[layer];
    const ModuleShape m = {int32_t(view.layers[layer].stride), int32_t(shape.in_w), int32_t(shape.out_w),
                           int32_t(padded_channels(view.layers[layer].out_c) / kPanelWidth)};
    elems += ring_elems(m) + dw_elems(m);
  }
  return elems;
}

void run_stem_band(const Step &step, const NetworkIo &io, int32_t begin, int32_t end, float *scratch) {
  Band(step, io, scratch).run(begin, end);
}

}  // namespace skiff
