// SPDX-License-Identifier: MIT
//
// The program that PaddlePaddle/models PaddleCV/ssd/mobilenet_ssd.py builds, with the names that fluid gives its variables: what
// a bare training checkpoint leaves unsaid.
#pragma once
#include "tools/paddle/network.h"

namespace skiff::paddle {

struct CanonicalSpec {
  uint32_t input_px = 300, class_count = 21;
  uint32_t channels[kFirstHead] = {};  // output channels of the backbone's layers, in the order of kGraph
};

// The inference program, ops as Paddle 1.7 writes them, variables declared; NMS 0.01 / 400 / 200 / 0.45.
Program canonical_program(const CanonicalSpec &spec);

// Completes a checkpoint that has parameters and no program: channels and classes are read off the parameters, everything else is
// canonical, and parameters that the program does not use (an optimizer's) are dropped. Throws Error naming the parameter that is
// missing or has no usable shape.
void add_canonical_program(Source *source);

// A source with random weights that keep activations near 1: for tests and benches.
Source random_source(const RandomSpec &spec);

}  // namespace skiff::paddle
