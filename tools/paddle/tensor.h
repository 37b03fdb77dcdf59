// SPDX-License-Identifier: MIT
//
// What the readers of tensors share: the TensorDesc message, element sizes, and shapes in messages.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/paddle/program.h"
#include "tools/paddle/wire.h"

namespace skiff::paddle {

// Reads TensorDesc (framework.proto): element type and dims, -1 = unknown.
void read_tensor_desc(WireMessage message, DataType *element, std::vector<int64_t> *dims, MemoryBudget *budget);

// Bytes of one element as stored; 0 for types that are no element type.
uint32_t element_bytes(DataType type);

// "FP32 [32, 3, 3, 3]".
std::string tensor_text(DataType type, const std::vector<int64_t> &dims);

// Bytes of a tensor, exact. Throws Error where the type has no size, a dim is negative, or more than `max_bytes` come out.
uint64_t checked_tensor_bytes(DataType type, const std::vector<int64_t> &dims, uint64_t max_bytes);

}  // namespace skiff::paddle
