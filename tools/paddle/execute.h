// SPDX-License-Identifier: MIT
//
// Runs a Paddle program as it stands, nothing folded, nothing fused: what a converted network is held against. Plain ordered
// loops, one rounding per operation: every compiler computes the same floats.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "tools/paddle/program.h"

namespace skiff::paddle {

// A f32 tensor, row-major.
struct Value {
  std::vector<int64_t> dims;
  std::vector<float> data;
};

// Called with each value as it is made.
using Watch = std::function<void(const std::string &var, const Value &value)>;

// Feeds `input` to `input_var`, runs the program's ops in order and returns the values of `wanted` in that order, as soon as all
// have been made. Only the ops that they need are run: convolutions, batch norm, activations, and what moves heads about; 8-bit
// models run with their filters dequantised and activations left in f32. Throws Error naming the op that it cannot run. Source:
// Paddle 1.7's CPU kernels conv_op.h, batch_norm_op.cc, activation_op.h, elementwise_add_op.h, transpose_op.h, reshape_op.cc,
// concat_op.h.
std::vector<Value> execute(const Source &source, const std::string &input_var, const Value &input,
                           const std::vector<std::string> &wanted, const Watch &watch = nullptr);

}  // namespace skiff::paddle
