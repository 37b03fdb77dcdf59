// SPDX-License-Identifier: MIT
#include "engine/im2col.h"

#include <string.h>

namespace skiff {

void im2col3x3(const Tensor &in, int32_t out_h, int32_t out_w, int32_t stride, float *columns) {
  constexpr size_t kPixelBytes = kPanelWidth * sizeof(float);
  for (int32_t tap = 0; tap < 9; ++tap)
    for (int32_t block = 0; block < in.blocks(); ++block)
      for (int32_t out_y = 0; out_y < out_h; ++out_y)
        for (int32_t out_x = 0; out_x < out_w; ++out_x, columns += kPanelWidth) {
          const int32_t y = out_y * stride + tap / 3 - 1, x = out_x * stride + tap % 3 - 1;
          if (y < 0 || y >= in.h || x < 0 || x >= in.w)
            memset(columns, 0, kPixelBytes);
          else
            memcpy(columns, in.data + block * in.block_elems() + (int64_t(y) * in.w + x) * kPanelWidth, kPixelBytes);
        }
}

}  // namespace skiff
