// SPDX-License-Identifier: MIT
//
// The part of the match below the heads: convolutions one after another.
#pragma once
#include "tools/paddle/match.h"

namespace skiff::paddle {

// The ops that make the six feature maps, as the heads read them.
struct BackboneMaps {
  const Op *made_by[kMapCount];
};

// Fills conv and dequantize of `ops` with what makes input `slot` of `op`.
void match_conv(const ProgramGraph &graph, const Op &op, const std::string &slot, ConvOps *ops);

// The op that makes what a convolution reads, an 8-bit model's quantize skipped; null for none.
const Op *conv_input(const ProgramGraph &graph, const ConvOps &ops);

// Fills layers[] of `matched`, checking each layer's kind, stride and padding against kGraph and each feature map against the
// layer that makes it. Throws Error at the first op that differs.
void match_backbone(const ProgramGraph &graph, const BackboneMaps &maps, MatchedOps *matched);

}  // namespace skiff::paddle
