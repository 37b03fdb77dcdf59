// SPDX-License-Identifier: MIT
//
// From the panels of a .skiff file to filters as XNNPACK wants them: the inverse of kernels/pack.h.
#pragma once
#include "kernels/pack.h"

namespace skiff {

// Panels of convolutions to filter[out_c][taps][in_c]. `tap_k` values of K belong to a tap.
inline void unpack_panels(const float *panels, uint32_t out_c, uint32_t in_c, uint32_t taps, uint64_t tap_k, float *filter) {
  for (uint32_t o = 0; o < out_c; ++o) {
    const float *column = panels + uint64_t(o / kPanelWidth) * taps * tap_k * kPanelWidth + o % kPanelWidth;
    for (uint32_t t = 0; t < taps; ++t)
      for (uint32_t i = 0; i < in_c; ++i) *filter++ = column[(t * tap_k + i) * kPanelWidth];
  }
}

// Depthwise taps to filter[c][9]: a group of one channel each.
inline void unpack_depthwise(const float *taps, uint32_t c, float *filter) {
  for (uint32_t i = 0; i < c; ++i)
    for (uint32_t t = 0; t < 9; ++t) *filter++ = taps[(uint64_t(i / kPanelWidth) * 9 + t) * kPanelWidth + i % kPanelWidth];
}

}  // namespace skiff
