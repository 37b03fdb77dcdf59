// SPDX-License-Identifier: MIT
//
// Element types, and tensors of them.
#include "tools/paddle/tensor.h"

#include <algorithm>
#include <cstring>

#include "tools/support/error.h"

namespace skiff::paddle {
namespace {

constexpr size_t kMaxDims = 9;  // Paddle's own limit: DDim::kMaxRank

struct TypeInfo {
  DataType type;
  const char *name;
  uint32_t element_bytes;  // 0: not an element type
};

// VarType.Type of framework.proto; the last four only so that such tensors can be stepped over.
constexpr TypeInfo kTypes[] = {
    {DataType::kBool, "BOOL", 1},
    {DataType::kInt16, "INT16", 2},
    {DataType::kInt32, "INT32", 4},
    {DataType::kInt64, "INT64", 8},
    {DataType::kFp16, "FP16", 2},
    {DataType::kFp32, "FP32", 4},
    {DataType::kFp64, "FP64", 8},
    {DataType::kLodTensor, "LOD_TENSOR", 0},
    {DataType::kSelectedRows, "SELECTED_ROWS", 0},
    {DataType::kFeedMinibatch, "FEED_MINIBATCH", 0},
    {DataType::kFetchList, "FETCH_LIST", 0},
    {DataType::kReader, "READER", 0},
    {DataType::kRaw, "RAW", 0},
    {DataType::kUint8, "UINT8", 1},
    {DataType::kInt8, "INT8", 1},
    {DataType(19), "SIZE_T", 8},
    {DataType(22), "BF16", 2},
    {DataType(23), "COMPLEX64", 8},
    {DataType(24), "COMPLEX128", 16},
};

const TypeInfo *find_type(DataType type) {
  for (const TypeInfo &info : kTypes)
    if (info.type == type) return &info;
  return nullptr;
}

}  // namespace

std::string data_type_name(DataType type) {
  const TypeInfo *info = find_type(type);
  return info ? info->name : "type " + std::to_string(int(type));
}

uint32_t element_bytes(DataType type) {
  const TypeInfo *info = find_type(type);
  return info ? info->element_bytes : 0;
}

std::string tensor_text(DataType type, const std::vector<int64_t> &dims) {
  std::string text = data_type_name(type) + " [";
  for (size_t i = 0; i < dims.size() && i < 8; ++i) text += (i > 0 ? ", " : "") + std::to_string(dims[i]);
  return text + (dims.size() > 8 ? ", ...]" : "]");
}

uint64_t checked_tensor_bytes(DataType type, const std::vector<int64_t> &dims, uint64_t max_bytes) {
  uint64_t bytes = element_bytes(type);
  if (bytes == 0) throw Error(data_type_name(type) + " is not an element type");
  bool is_empty = false;
  for (int64_t dim : dims) {
    if (dim < 0) throw Error(tensor_text(type, dims) + " has a negative dimension");
    is_empty = is_empty || dim == 0;
  }
  if (is_empty) return 0;
  for (int64_t dim : dims) bytes = uint64_t(dim) > UINT64_MAX / bytes ? UINT64_MAX : bytes * uint64_t(dim);
  if (bytes > max_bytes)
    throw Error("truncated: " + tensor_text(type, dims) + " needs " + std::to_string(bytes) + " bytes of data, found " +
                std::to_string(max_bytes));
  return bytes;
}

void read_tensor_desc(WireMessage message, DataType *element, std::vector<int64_t> *dims, MemoryBudget *budget) {
  for (WireField field; message.next(&field);) {
    if (field.number == 1) *element = DataType(field.as_int32());
    if (field.number == 2) field.append_int64s(dims, budget);
    if (dims->size() > kMaxDims) throw Error("a tensor of more than " + std::to_string(kMaxDims) + " dimensions");
  }
}

uint64_t Tensor::elems() const {
  uint64_t count = 1;
  for (int64_t dim : dims) count *= uint64_t(dim);
  return count;
}

std::vector<float> Tensor::to_float() const {
  if (type != DataType::kFp32) throw Error("holds " + data_type_name(type) + ", expected FP32");
  if (bytes.size() != elems() * sizeof(float))
    throw Error("holds " + std::to_string(bytes.size()) + " bytes, expected " + std::to_string(elems() * sizeof(float)));
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace skiff::paddle
