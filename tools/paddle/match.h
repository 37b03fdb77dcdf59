// SPDX-License-Identifier: MIT
//
// Finds MobileNet-SSD in a program: which op does what. Parameters are looked at afterwards (take_params.h), so that a foreign
// model is refused for what it is and not for its parameters.
#pragma once
#include "tools/paddle/network.h"
#include "tools/paddle/program_graph.h"

namespace skiff::paddle {

// A convolution with what follows it. Null where there is none.
struct ConvOps {
  const Op *conv = nullptr;
  const Op *dequantize = nullptr;  // 8-bit models
  const Op *norm = nullptr;        // layers
  const Op *activation = nullptr;  // layers
  const Op *add = nullptr;         // heads
};

struct MatchedOps {
  ConvOps layers[kFirstHead];  // in the order of kGraph
  ConvOps loc[kMapCount], conf[kMapCount];
  const Op *priors[kMapCount] = {};
  const Op *box_coder = nullptr, *softmax = nullptr, *nms = nullptr;
  std::string input_var;
  bool is_fetch_replaced = false;  // the program fetches something else than the detections
};

// Throws Error "op 57 pool2d: ..." for anything that is not the network, the program's order and names aside.
MatchedOps match_ops(const ProgramGraph &graph);

}  // namespace skiff::paddle
