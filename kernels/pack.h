// SPDX-License-Identifier: MIT
//
// Parameter layouts that kernels read and converters write, in one place.
//
// Convolutions: output channels in panels of kPanelWidth, zero-padded. Inside a panel K runs outermost, so that one row is kPanelWidth
// weights of one input value: one AVX-512 register, two AVX2 registers or four NEON registers. K = (kh, kw, in_c), in_c fastest and
// zero-padded to whole blocks of kPanelWidth as activations are, but for the network's input, whose 3 channels stay 3.
//     panels[out_c / 16][kh * kw * in_c][16]
// Depthwise 3x3: channels in blocks of kPanelWidth, zero-padded.
//     taps[c / 16][9][16]
// Bias: one float per output channel, zero-padded to kPanelWidth.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff {

constexpr uint32_t kPanelWidth = 16;  // output channels per panel

constexpr uint64_t round_up(uint64_t n, uint64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

constexpr uint64_t padded_channels(uint64_t c) { return round_up(c, kPanelWidth); }

// Length of K for one kernel tap of in_c channels.
constexpr uint64_t padded_k(uint64_t in_c, bool is_image) { return is_image ? in_c : padded_channels(in_c); }
constexpr uint64_t panel_elems(uint64_t k, uint64_t out_c) { return padded_channels(out_c) * k; }
constexpr uint64_t depthwise_elems(uint64_t c) { return 9 * padded_channels(c); }

// Packs out_c filters w[out_c][in_c][taps] (Paddle's OIHW) into zeroed `panels`, from output channel `first` of the packed layer on,
// `tap_k` values of K to a tap.
inline void pack_panels(const float *w, uint32_t out_c, uint32_t in_c, uint32_t taps, uint64_t tap_k, uint32_t first,
                        float *panels) {
  for (uint32_t o = 0; o < out_c; ++o) {
    float *column = panels + (first + o) / kPanelWidth * taps * tap_k * kPanelWidth + (first + o) % kPanelWidth;
    for (uint32_t i = 0; i < in_c; ++i)
      for (uint32_t t = 0; t < taps; ++t) column[(t * tap_k + i) * kPanelWidth] = w[(uint64_t(o) * in_c + i) * taps + t];
  }
}

// Packs depthwise filters w[c][1][3][3] into zeroed `taps`.
inline void pack_depthwise(const float *w, uint32_t c, float *taps) {
  for (uint32_t i = 0; i < c; ++i)
    for (uint32_t t = 0; t < 9; ++t)
      taps[(uint64_t(i / kPanelWidth) * 9 + t) * kPanelWidth + i % kPanelWidth] = w[uint64_t(i) * 9 + t];
}

}  // namespace skiff
