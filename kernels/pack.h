// SPDX-License-Identifier: MIT
//
// Parameter layouts that kernels read and converters write, in one place.
//
// Full and pointwise convolutions: output channels in panels of kPanelWidth, zero-padded. Inside a panel K runs outermost, so
// that one row is kPanelWidth weights of one input value: one AVX-512 register, two AVX2 registers or four NEON registers. K =
// (kh, kw, in_c), in_c fastest, which is the order in which an NHWC activation is read.
//     panels[out_c / 16][kh * kw * in_c][16]
// Depthwise 3x3: taps outermost, channels zero-padded to kPanelWidth.
//     taps[9][round_up(c, 16)]
// Bias: one float per output channel, zero-padded to kPanelWidth.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff {

constexpr uint32_t kPanelWidth = 16;  // output channels per panel

constexpr uint64_t round_up(uint64_t n, uint64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

constexpr uint64_t padded_channels(uint64_t c) { return round_up(c, kPanelWidth); }
constexpr uint64_t panel_elems(uint64_t k, uint64_t out_c) { return padded_channels(out_c) * k; }
constexpr uint64_t depthwise_elems(uint64_t c) { return 9 * padded_channels(c); }

// Packs out_c filters w[out_c][in_c][kh][kw] (Paddle's OIHW) into zeroed `panels`, from output channel `first` of the packed
// layer on.
inline void pack_panels(const float *w, uint32_t out_c, uint32_t in_c, uint32_t kh, uint32_t kw, uint32_t first, float *panels) {
  const uint64_t k_total = uint64_t(in_c) * kh * kw;
  for (uint32_t o = 0; o < out_c; ++o) {
    float *column = panels + (first + o) / kPanelWidth * k_total * kPanelWidth + (first + o) % kPanelWidth;
    for (uint32_t i = 0; i < in_c; ++i)
      for (uint32_t t = 0; t < kh * kw; ++t)
        column[(uint64_t(t) * in_c + i) * kPanelWidth] = w[(uint64_t(o) * in_c + i) * kh * kw + t];
  }
}

// Packs depthwise filters w[c][1][3][3] into zeroed `taps`.
inline void pack_depthwise(const float *w, uint32_t c, float *taps) {
  for (uint32_t i = 0; i < c; ++i)
    for (uint32_t t = 0; t < 9; ++t) taps[t * padded_channels(c) + i] = w[uint64_t(i) * 9 + t];
}

}  // namespace skiff
