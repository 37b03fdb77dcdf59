// SPDX-License-Identifier: MIT
//
// The operators that execute.h runs, one function each: inputs by reference, the result by value. All tensors are NCHW with n = 1
// unless an operator says otherwise. Each throws Error by refuse() where shapes do not fit.
#pragma once
#include "tools/paddle/execute.h"
#include "tools/paddle/program_graph.h"

namespace skiff::paddle {

// Grouped convolution with zero padding; filter [out_c][in_c / groups][kh][kw]. Sums run over in_c, kh, kw in this order.
Value run_conv(const Op &op, const Value &input, const Value &filter);

// y = x * a + b with a = scale / sqrt(variance + epsilon), b = bias - mean * a.
Value run_batch_norm(const Op &op, const Value &x, const Value &scale, const Value &bias, const Value &mean,
                     const Value &variance);

// min(max(x, 0), limit).
Value run_relu(Value x, float limit);

// x + y, y per channel (axis 1).
Value run_add(const Op &op, Value x, const Value &y);

Value run_transpose(const Op &op, const Value &x);
Value run_reshape(const Op &op, Value x);
Value run_flatten(const Op &op, Value x);
Value run_concat(const Op &op, const std::vector<const Value *> &parts);

// Quantised convolutions are left as sums of f32 by int8 numbers; this brings them back: x * 127 / max_range.
Value run_dequantize(const Op &op, Value x);

}  // namespace skiff::paddle
