// SPDX-License-Identifier: MIT
//
// A MobileNet-SSD taken out of a Paddle program: every convolution with its own batch norm, not folded yet.
#pragma once
#include <string>
#include <vector>

#include "engine/graph.h"
#include "tools/paddle/program.h"

namespace skiff::paddle {

// Statistics and affine transform per channel, [out_c] each; empty where a layer has none.
// y = (x - mean) / sqrt(variance + epsilon) * scale + bias. Source: Paddle batch_norm with is_test.
struct BatchNorm {
  std::vector<float> scale, bias, mean, variance;
  float epsilon = 1e-5f;
};

struct ConvLayer {
  uint32_t out_c = 0, in_c = 0;  // depthwise: both are the channel count, weights have 1 input channel
  uint32_t kernel = 1;           // height and width
  std::vector<float> weights;    // [out_c][in_c / groups][kernel][kernel]
  std::vector<float> bias;       // [out_c], heads only
  BatchNorm norm;                // all but heads
  float act_max = 0;             // 6 for relu6, FLT_MAX for relu, 0 for heads
};

struct Network {
  uint32_t input_h = 0, input_w = 0;
  uint32_t class_count = 0;
  ConvLayer layers[kFirstHead];           // in the order of kGraph
  ConvLayer loc[kMapCount], conf[kMapCount];
  PriorRecord priors[kMapCount] = {};
  NmsRecord nms = {};
  std::string input_var, loc_var, conf_var;  // the program's variables for the three; loc [n, priors, 4] or flat, conf likewise
};

// Takes the network out of a program, op by op. Throws Error for anything that is not a MobileNet-SSD, naming the op by index and
// type with the reason, or the parameter with what was expected and found.
Network match_network(const Source &source);

// A network with random weights that keep activations near 1: for tests and benches. `width` multiplies channels (1 = published).
struct RandomSpec {
  double width = 1.0;
  uint32_t input_px = 300, class_count = 21;
  uint64_t seed = 1;
};
Network random_network(const RandomSpec &spec);

}  // namespace skiff::paddle
