// SPDX-License-Identifier: MIT
//
// Convolutions as a test wants to ask for them: Paddle's weight layout in, packing and argument structs done here, work cut into
// uneven ranges on the way.
#pragma once
#include <cfloat>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/pack.h"

namespace skiff::test {

// A f32 activation as kernels see it: NHWC, channels c to stride are zero.
struct Map {
  int32_t h, w, c, stride;
  std::vector<float> values;

  Map(int32_t h_, int32_t w_, int32_t c_, int32_t stride_)
      : h(h_), w(w_), c(c_), stride(stride_), values(size_t(h_) * size_t(w_) * size_t(stride_)) {}
  float &at(int32_t y, int32_t x, int32_t channel) { return values[size_t((y * w + x) * stride + channel)]; }
  float at(int32_t y, int32_t x, int32_t channel) const { return const_cast<Map *>(this)->at(y, x, channel); }
};

inline int32_t padded(int32_t c) { return int32_t(padded_channels(uint64_t(c))); }

// From one image of an NCHW tensor.
inline Map from_nchw(const float *image, int32_t c, int32_t h, int32_t w, int32_t stride) {
  Map map(h, w, c, stride);
  for (int32_t i = 0; i < c; ++i)
    for (int32_t y = 0; y < h; ++y)
      for (int32_t x = 0; x < w; ++x) map.at(y, x, i) = *image++;
  return map;
}

// One image as an NCHW tensor has it.
inline std::vector<float> to_nchw(const Map &map) {
  std::vector<float> image;
  for (int32_t i = 0; i < map.c; ++i)
    for (int32_t y = 0; y < map.h; ++y)
      for (int32_t x = 0; x < map.w; ++x) image.push_back(map.at(y, x, i));
  return image;
}

// Calls fn(begin, end) for uneven ranges that cover [0, count).
template <typename Fn>
void in_ranges(int32_t count, Fn fn) {
  for (int32_t begin = 0, step = 1; begin < count; begin += step, step = step % 5 + 1)
    fn(begin, begin + step < count ? begin + step : count);
}

inline std::vector<float> padded_bias(const std::vector<float> &bias) {
  std::vector<float> out = bias;
  out.resize(padded_channels(bias.size()));
  return out;
}

// The three convolutions: weights [out_c][in_c][kh][kw] (depthwise [c][1][3][3]), bias [out_c]. The output's padding is NaN
// before the kernel runs, so that what it does not write shows.
inline Map make_output(int32_t h, int32_t w, int32_t c) {
  Map out(h, w, c, padded(c));
  out.values.assign(out.values.size(), __builtin_nanf(""));
  return out;
}

inline Map conv3x3(Conv3x3Fn kernel, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                   int32_t stride, float act_max) {
  const int32_t out_c = int32_t(bias.size());
  Map out = make_output((in.h - 1) / stride + 1, (in.w - 1) / stride + 1, out_c);
  std::vector<float> panels(panel_elems(9 * uint64_t(in.c), uint64_t(out_c)));
  pack_panels(weights.data(), uint32_t(out_c), uint32_t(in.c), 3, 3, 0, panels.data());
  const std::vector<float> padded_b = padded_bias(bias);
  Conv3x3Args args = {in.values.data(),
                      panels.data(),
                      padded_b.data(),
                      out.values.data(),
                      in.h,
                      in.w,
                      in.c,
                      in.stride,
                      out.h,
                      out.w,
                      out.stride,
                      out.stride / int32_t(kPanelWidth),
                      stride,
                      act_max,
                      0,
                      0};
  in_ranges(out.h, [&](int32_t begin, int32_t end) {
    args.row_begin = begin;
    args.row_end = end;
    kernel(&args);
  });
  return out;
}

inline Map depthwise(DepthwiseFn kernel, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                     int32_t stride, float act_max) {
  Map out = make_output((in.h - 1) / stride + 1, (in.w - 1) / stride + 1, in.c);
  std::vector<float> taps(depthwise_elems(uint64_t(in.c)));
  pack_depthwise(weights.data(), uint32_t(in.c), taps.data());
  const std::vector<float> padded_b = padded_bias(bias);
  DepthwiseArgs args = {
      in.values.data(), taps.data(), padded_b.data(), out.values.data(), in.h, in.w, out.h, out.w, in.stride, act_max, 0, 0};
  in_ranges(out.h, [&](int32_t begin, int32_t end) {
    args.row_begin = begin;
    args.row_end = end;
    kernel(&args);
  });
  return out;
}

inline Map pointwise(PointwiseFn kernel, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                     float act_min, float act_max) {
  const int32_t out_c = int32_t(bias.size());
  Map out = make_output(in.h, in.w, out_c);
  std::vector<float> panels(panel_elems(uint64_t(in.c), uint64_t(out_c)));
  pack_panels(weights.data(), uint32_t(out_c), uint32_t(in.c), 1, 1, 0, panels.data());
  const std::vector<float> padded_b = padded_bias(bias);
  PointwiseArgs args = {in.values.data(),
                        panels.data(),
                        padded_b.data(),
                        out.values.data(),
                        in.c,
                        in.stride,
                        out.stride,
                        out.stride / int32_t(kPanelWidth),
                        act_min,
                        act_max,
                        0,
                        0};
  in_ranges(in.h * in.w, [&](int32_t begin, int32_t end) {
    args.pixel_begin = begin;
    args.pixel_end = end;
    kernel(&args);
  });
  return out;
}

}  // namespace skiff::test
