// SPDX-License-Identifier: MIT
//
// Convolutions as a test wants to ask for them: Paddle's weight layout in, packing and argument structs done here, work cut into
// uneven ranges on the way.
#pragma once
#include <cfloat>
#include <cstdint>
#include <vector>

#include "engine/im2col.h"
#include "engine/skiff.h"
#include "kernels/cpu.h"
#include "kernels/kernels.h"
#include "kernels/pack.h"

namespace skiff::test {

// A f32 activation as kernels see it: in blocks of 16 channels, those past c zero; or the network's input, 3 channels side by
// side.
struct Map {
  int32_t h, w, c;
  bool is_image;
  std::vector<float> values;

  Map(int32_t h_, int32_t w_, int32_t c_, bool is_image_ = false)
      : h(h_), w(w_), c(c_), is_image(is_image_), values(size_t(h_) * size_t(w_) * padded_k(uint64_t(c_), is_image_)) {}
  size_t index(int32_t y, int32_t x, int32_t channel) const {
    const size_t pixel = size_t(y * w + x);
    if (is_image) return pixel * size_t(c) + size_t(channel);
    return (size_t(channel) / kPanelWidth * size_t(h * w) + pixel) * kPanelWidth + size_t(channel) % kPanelWidth;
  }
  float &at(int32_t y, int32_t x, int32_t channel) { return values[index(y, x, channel)]; }
  float at(int32_t y, int32_t x, int32_t channel) const { return values[index(y, x, channel)]; }
  int32_t blocks() const { return int32_t(padded_channels(uint64_t(c)) / kPanelWidth); }
  int64_t block_elems() const { return int64_t(h) * w * kPanelWidth; }
};

// From one image of an NCHW tensor.
inline Map from_nchw(const float *image, int32_t c, int32_t h, int32_t w, bool is_image = false) {
  Map map(h, w, c, is_image);
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

// The output's padding is NaN before the kernel runs, so that what it does not write shows.
inline Map make_output(int32_t h, int32_t w, int32_t c) {
  Map out(h, w, c);
  out.values.assign(out.values.size(), __builtin_nanf(""));
  return out;
}

inline Map pointwise_packed(const KernelTable &kernels, const float *in, int32_t in_blocks, const std::vector<float> &panels,
                            const std::vector<float> &bias, float act_min, float act_max, Map out) {
  const std::vector<float> padded_b = padded_bias(bias);
  in_ranges(out.h * out.w, [&](int32_t begin, int32_t end) {
    const int64_t at = int64_t(begin) * kPanelWidth, block = out.block_elems();
    const PointwiseArgs args = {in + at,
                                panels.data(),
                                padded_b.data(),
                                out.values.data() + at,
                                block,
                                block,
                                in_blocks,
                                out.blocks(),
                                end - begin,
                                act_min,
                                act_max,
                                nullptr,
                                0};
    kernels.pw(&args);
  });
  return out;
}

// The three convolutions: weights [out_c][in_c][kh][kw] (depthwise [c][1][3][3]), bias [out_c].
inline Map pointwise(const KernelTable &kernels, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                     float act_min, float act_max) {
  const uint64_t k = padded_k(uint64_t(in.c), false);
  std::vector<float> panels(panel_elems(k, bias.size()));
  pack_panels(weights.data(), uint32_t(bias.size()), uint32_t(in.c), 1, k, 0, panels.data());
  return pointwise_packed(kernels, in.values.data(), in.blocks(), panels, bias, act_min, act_max,
                          make_output(in.h, in.w, int32_t(bias.size())));
}

// On an image by the kernel for images, else as the engine does it: im2col and a matrix product.
inline Map conv3x3(const KernelTable &kernels, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                   int32_t stride, float act_max) {
  const uint64_t k = padded_k(uint64_t(in.c), in.is_image);
  Map out = make_output((in.h - 1) / stride + 1, (in.w - 1) / stride + 1, int32_t(bias.size()));
  std::vector<float> panels(panel_elems(9 * k, bias.size()));
  pack_panels(weights.data(), uint32_t(bias.size()), uint32_t(in.c), 9, k, 0, panels.data());
  if (!in.is_image) {
    std::vector<float> columns(size_t(out.h * out.w) * size_t(9 * k));
    im2col3x3({const_cast<float *>(in.values.data()), in.h, in.w, in.c}, out.h, out.w, stride, columns.data());
    return pointwise_packed(kernels, columns.data(), 9 * in.blocks(), panels, bias, 0.0f, act_max, out);
  }
  const std::vector<float> padded_b = padded_bias(bias);
  in_ranges(out.h, [&](int32_t begin, int32_t end) {
    float *rows = out.values.data() + int64_t(begin) * out.w * kPanelWidth;
    const ConvImageArgs args = {in.values.data(), panels.data(), padded_b.data(), rows, out.block_elems(), in.h, in.w, out.w,
                                out.blocks(),     act_max,       begin,           end};
    kernels.conv_image(&args);
  });
  return out;
}

inline Map depthwise(const KernelTable &kernels, const Map &in, const std::vector<float> &weights, const std::vector<float> &bias,
                     int32_t stride, float act_max) {
  Map out = make_output((in.h - 1) / stride + 1, (in.w - 1) / stride + 1, in.c);
  std::vector<float> taps(depthwise_elems(uint64_t(in.c)));
  pack_depthwise(weights.data(), uint32_t(in.c), taps.data());
  const std::vector<float> padded_b = padded_bias(bias), zeros(size_t(in.w) * kPanelWidth);
  in_ranges(out.h, [&](int32_t begin, int32_t end) {
    float *rows = out.values.data() + int64_t(begin) * out.w * kPanelWidth;
    const DepthwiseArgs args = {in.values.data(),
                                taps.data(),
                                padded_b.data(),
                                zeros.data(),
                                rows,
                                in.block_elems(),
                                out.block_elems(),
                                in.h,
                                in.w,
                                in.h,
                                out.w,
                                in.blocks(),
                                act_max,
                                begin,
                                end};
    (stride == 1 ? kernels.dw3x3s1 : kernels.dw3x3s2)(&args);
  });
  return out;
}

// The kernels of every instruction set that this CPU offers, the reference first.
inline std::vector<KernelTable> all_kernels() {
  std::vector<KernelTable> tables;
  for (const uint32_t mask : {0u, SKIFF_CPU_NEON, SKIFF_CPU_AVX2, SKIFF_CPU_AVX2 | SKIFF_CPU_AVX512}) {
    if ((mask & ~cpu_features()) != 0) continue;
    tables.emplace_back();
    resolve_kernels(mask, &tables.back());
  }
  return tables;
}

}  // namespace skiff::test
