// SPDX-License-Identifier: MIT
#include "engine/decode.h"

#include <math.h>

namespace skiff {

void decode_center_size(const float *loc, const float *priors, const float variances[4], bool is_normalized, uint32_t count,
                        float *boxes) {
  const float one = is_normalized ? 0.0f : 1.0f;
  for (uint32_t i = 0; i < count; ++i, loc += 4, priors += 4, boxes += 4) {
    const float prior_w = priors[2] - priors[0] + one, prior_h = priors[3] - priors[1] + one;
    const float prior_x = priors[0] + prior_w / 2, prior_y = priors[1] + prior_h / 2;
    const float x = variances[0] * loc[0] * prior_w + prior_x;
    const float y = variances[1] * loc[1] * prior_h + prior_y;
    const float w = expf(variances[2] * loc[2]) * prior_w;
    const float h = expf(variances[3] * loc[3]) * prior_h;
    boxes[0] = x - w / 2;
    boxes[1] = y - h / 2;
    boxes[2] = x + w / 2 - one;
    boxes[3] = y + h / 2 - one;
  }
}

}  // namespace skiff
