// SPDX-License-Identifier: MIT
#pragma once
#include <stdint.h>

#include "kernels/pack.h"

namespace skiff {

// A f32 activation in blocks of 16 channels (kernels/kernels.h): data[(block * h + y) * w + x][16]. Borrowed, never owned.
struct Tensor {
  float *data;
  int32_t h, w;
  int32_t c;  // channels that mean something; the rest of the last block is zero

  int32_t blocks() const { return int32_t(padded_channels(uint64_t(c)) / kPanelWidth); }
  int32_t pixels() const { return h * w; }
  int64_t row_elems() const { return int64_t(w) * kPanelWidth; }  // of one block
  int64_t block_elems() const { return int64_t(h) * row_elems(); }
  uint64_t elems() const { return uint64_t(blocks()) * uint64_t(block_elems()); }
};

}  // namespace skiff
