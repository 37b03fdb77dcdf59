// SPDX-License-Identifier: MIT
//
// Which layers run together, and how a step's units are computed.
//
// A separable step keeps the depthwise rows of a tile in scratch, where the matrix product finds them in cache. Its units are
// tiles of rows as long as every lane gets as many; the rows that are left are cut by output panels instead, so that lanes end
// together.
#include "engine/step.h"

#include <string.h>

#include "engine/im2col.h"
#include "engine/stem.h"

namespace skiff {
namespace {

constexpr StepKind S = StepKind::kSeparable, P = StepKind::kPointwise, C = StepKind::kConv3x3, H = StepKind::kHead;

// Rows [begin, end) of a separable step's output, panels [panel, panel_end).
void run_separable(const Step &s, int32_t unit, int32_t begin, int32_t end, int32_t panel, int32_t panel_end, float *scratch) {
  DepthwiseArgs dw = s.dw[0];
  dw.out = scratch;
  dw.out_block = (end - begin) * s.out.row_elems();
  dw.row_begin = begin;
  dw.row_end = end;
  s.depthwise[0](&dw);
  PointwiseArgs pw = s.pw[0];
  pw.in = scratch;
  pw.in_block = dw.out_block;
  pw.pixels = (end - begin) * s.out.w;
  pw.out += begin * s.out.row_elems() + panel * pw.out_block;
  pw.weights += int64_t(panel) * pw.in_blocks * kPanelWidth * kPanelWidth;
  pw.bias += panel * int32_t(kPanelWidth);
  pw.panels = panel_end - panel;
  fetch_ahead(s, unit, s.units, &pw);
  s.pointwise(&pw);
}

// The part of all panels that is unit `unit` of `units`. Pairs stay together: wide kernels work on two panels at once.
void run_panels(const Step &s, PointwiseArgs pw, int32_t unit, int32_t units) {
  const int32_t begin = part_begin(pw.panels, 2, units, unit), end = part_begin(pw.panels, 2, units, unit + 1);
  pw.out += begin * pw.out_block;
  pw.weights += int64_t(begin) * pw.in_blocks * kPanelWidth * kPanelWidth;
  pw.bias += begin * int32_t(kPanelWidth);
  pw.panels = end - begin;
  fetch_ahead(s, unit, units, &pw);
  if (pw.panels > 0) s.pointwise(&pw);
}

void run_separable_unit(const Step &s, int32_t unit, float *scratch) {
  const int32_t panels = s.pw[0].panels;
  if (unit < s.whole_tiles) {
    const int32_t begin = unit * s.tile_rows, end = begin + s.tile_rows;
    return run_separable(s, unit, begin, end < s.out.h ? end : s.out.h, 0, panels, scratch);
  }
  const int32_t part = unit - s.whole_tiles, parts = s.units - s.whole_tiles;
  run_separable(s, unit, s.whole_tiles * s.tile_rows, s.out.h, part_begin(panels, 2, parts, part),
                part_begin(panels, 2, parts, part + 1), scratch);
}

void run_conv3x3_unit(const Step &s, int32_t unit, float *scratch) {
  im2col3x3(s.in, s.out.h, s.out.w, s.stride, scratch);
  PointwiseArgs pw = s.pw[0];
  pw.in = scratch;
  pw.in_block = int64_t(s.out.pixels()) * kPanelWidth;
  run_panels(s, pw, unit, s.units);
}

// Channels [first, first + count) of pixels [begin, end), out of their blocks and side by side.
void gather(const Tensor &from, int32_t begin, int32_t end, int32_t first, int32_t count, float *out) {
  constexpr int32_t kWidth = int32_t(kPanelWidth);
  const float *const last = out + int64_t(end) * count - kWidth;
  for (int32_t p = begin; p < end; ++p)
    for (int32_t c = first, run; c < first + count; c += run) {
      const int32_t lane = c % kWidth, rest = first + count - c;
      run = kWidth - lane < rest ? kWidth - lane : rest;
      const float *in = from.data + c / kWidth * from.block_elems() + int64_t(p) * kWidth + lane;
      float *to = out + int64_t(p) * count + (c - first);
      // What is copied too much is overwritten by what comes next, in order; a constant size needs no call.
      if (to <= last && p + 1 < from.pixels())
        memcpy(to, in, kWidth * sizeof(float));
      else
        memcpy(to, in, size_t(run) * sizeof(float));
    }
}

void run_head_unit(const Step &s, const NetworkIo &io, int32_t unit) {
  PointwiseArgs pw = s.pw[0];
  const int32_t begin = part_begin(s.out.pixels(), 1, s.units, unit), end = part_begin(s.out.pixels(), 1, s.units, unit + 1);
  pw.in += int64_t(begin) * kPanelWidth;
  pw.out += int64_t(begin) * kPanelWidth;
  pw.pixels = end - begin;
  fetch_ahead(s, unit, s.units, &pw);
  if (pw.pixels > 0) s.pointwise(&pw);
  gather(s.out, begin, end, 0, s.head.loc_c, io.loc + s.head.loc_begin);
  gather(s.out, begin, end, s.head.loc_c, s.head.conf_c, io.conf + s.head.conf_begin);
}

}  // namespace

void fetch_ahead(const Step &step, int32_t i, int32_t parts, PointwiseArgs *pw) {
  const int32_t begin = part_begin(step.ahead_lines, 1, parts, i);
  pw->ahead = step.ahead + int64_t(begin) * 16;
  pw->ahead_lines = part_begin(step.ahead_lines, 1, parts, i + 1) - begin;
}

const StepSpan kSteps[kStepCount] = {
    {StepKind::kStem, 0, 8},
    {S, 9, 10},
    {S, 11, 12},
    {S, 13, 14},
    {S, 15, 16},
    {S, 17, 18},
    {S, 19, 20},
    {S, 21, 22},
    {H, 35, 35},
    {S, 23, 24},
    {S, 25, 26},
    {H, 36, 36},
    {P, 27, 27},
    {C, 28, 28},
    {H, 37, 37},
    {P, 29, 29},
    {C, 30, 30},
    {H, 38, 38},
    {P, 31, 31},
    {C, 32, 32},
    {H, 39, 39},
    {P, 33, 33},
    {C, 34, 34},
    {H, 40, 40},
};

void run_unit(const Step &step, const NetworkIo &io, int32_t unit, float *scratch) {
  switch (step.kind) {
    case StepKind::kStem:
      return run_stem_band(step, io, part_begin(step.out.h, 1, step.units, unit), part_begin(step.out.h, 1, step.units, unit + 1),
                           scratch);
    case StepKind::kSeparable:
      return run_separable_unit(step, unit, scratch);
    case StepKind::kPointwise:
      return run_panels(step, step.pw[0], unit, step.units);
    case StepKind::kConv3x3:
      return run_conv3x3_unit(step, unit, scratch);
    case StepKind::kHead:
      return run_head_unit(step, io, unit);
  }
}

}  // namespace skiff
