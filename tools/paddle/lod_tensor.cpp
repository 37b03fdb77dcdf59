// SPDX-License-Identifier: MIT
//
// LoDTensor records, as Paddle's save and save_combine ops write them. A record has no length field: its size follows from its
// TensorDesc, so a wrong type or shape shows as a truncated record or as bytes left over.
//
//     u32 0 | u64 level_count | level_count x (u64 bytes, offsets) | u32 0 | i32 desc_bytes | TensorDesc | data, row-major
//
// Source: lod_tensor.cc and tensor_util.cc of Paddle 1.7 (SerializeToStream, TensorToStream).
#include "tools/paddle/program.h"
#include "tools/paddle/tensor.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

// Walks little-endian numbers and runs of bytes; never past the end.
class Cursor {
 public:
  Cursor(const uint8_t *data, size_t size) : begin_(data), p_(data), end_(data + size) {}

  size_t used() const { return size_t(p_ - begin_); }
  size_t left() const { return size_t(end_ - p_); }

  const uint8_t *take(uint64_t bytes, const char *what) {
    if (bytes > left())
      throw Error("truncated: " + std::string(what) + " needs " + std::to_string(bytes) + " bytes, found " +
                  std::to_string(left()));
    const uint8_t *taken = p_;
    p_ += bytes;
    return taken;
  }

  uint64_t take_number(size_t bytes, const char *what) { return WireMessage(take(bytes, what), bytes).read_fixed(bytes); }

  void expect_version_0(const char *what) {
    const uint64_t version = take_number(4, what);
    if (version != 0) throw Error("not a LoDTensor: " + std::string(what) + " is " + std::to_string(version) + ", expected 0");
  }

 private:
  const uint8_t *begin_, *p_, *end_;
};

}  // namespace

Tensor parse_lod_tensor(const uint8_t *data, size_t size, size_t *consumed) {
  Cursor cursor(data, size);
  cursor.expect_version_0("its LoDTensor version");
  const uint64_t level_count = cursor.take_number(8, "the level count");
  if (level_count > cursor.left() / 8)
    throw Error("truncated: " + std::to_string(level_count) + " LoD levels do not fit in " + std::to_string(cursor.left()) +
                " bytes");
  for (uint64_t i = 0; i < level_count; ++i) cursor.take(cursor.take_number(8, "a LoD level's size"), "a LoD level");
  cursor.expect_version_0("its Tensor version");
  const uint64_t desc_bytes = cursor.take_number(4, "the description's size");
  const uint8_t *desc = cursor.take(desc_bytes, "the tensor's description");

  Tensor tensor;
  tensor.type = DataType(-1);
  MemoryBudget budget(size);
  read_tensor_desc(WireMessage(desc, size_t(desc_bytes)), &tensor.type, &tensor.dims, &budget);
  const uint64_t bytes = checked_tensor_bytes(tensor.type, tensor.dims, cursor.left());
  const uint8_t *elements = cursor.take(bytes, "the tensor's data");
  tensor.bytes.assign(elements, elements + bytes);
  *consumed = cursor.used();
  return tensor;
}

Params parse_combined(const uint8_t *data, size_t size, const std::vector<std::string> &sorted_names) {
  constexpr uint64_t kNodeBytes = 48;  // of a std::map, with the allocator's own; libstdc++ on 64 bits
  Params params;
  MemoryBudget budget(size);
  size_t at = 0, count = 0;
  for (const std::string &name : sorted_names) {
    size_t consumed = 0;
    ++count;
    try {
      budget.charge(kNodeBytes + sizeof(Params::value_type) + name.size());
      params[name] = parse_lod_tensor(data + at, size - at, &consumed);
      budget.charge(consumed);
    } catch (const Error &error) {
      throw Error("parameter " + quoted(name) + " (record " + std::to_string(count) + " of " +
                  std::to_string(sorted_names.size()) + ", at byte " + std::to_string(at) + "): " + error.what());
    }
    at += consumed;
  }
  if (at != size)
    throw Error(std::to_string(size - at) + " bytes left after " + std::to_string(count) +
                " tensors: does the program belong to these parameters?");
  return params;
}

}  // namespace skiff::paddle
