// SPDX-License-Identifier: MIT
//
// The layers of a weights file as other libraries want them: every convolution by itself, its weights unpacked.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/weights_read.h"

namespace skiff::bench {

// One convolution; a head is two, loc and conf.
struct PlainConv {
  int layer = 0;  // of kGraph
  int input = 0;  // the layer it reads, or kImage
  bool is_depthwise = false, is_loc = false, is_conf = false;
  uint32_t in_h = 0, in_w = 0, out_h = 0, out_w = 0, in_c = 0, out_c = 0;
  uint32_t kernel = 1, stride = 1, padding = 0;
  float act_min = 0, act_max = 0;  // infinite where there is no bound
  std::vector<float> weights;      // [out_c][in_c][kernel][kernel]; depthwise: [out_c][kernel][kernel]
  std::vector<float> bias;         // [out_c]
  uint64_t begin = 0;              // heads: where the output begins in loc or conf, in floats
};

// All convolutions in the order of execution. Source: kernels/pack.h.
std::vector<PlainConv> unpack_network(const WeightsView &view);

}  // namespace skiff::bench
