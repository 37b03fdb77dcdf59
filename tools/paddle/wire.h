// SPDX-License-Identifier: MIT
//
// A bounded reader of protobuf's wire format (proto2), enough for Paddle's messages. A message is walked field by field; the
// caller takes the numbers that it knows and ignores the rest, whatever their wire type. Groups, which Paddle never used, are
// refused. Source: protobuf.dev, "Encoding".
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tools/support/error.h"

namespace skiff::paddle {

// What parsed structures may still take. Nodes are larger than the bytes they come from, so a small hostile file could ask for a
// lot: readers announce here before they allocate.
class MemoryBudget {
 public:
  // Twice the input and 1 MB; real programs need about as much as their size.
  explicit MemoryBudget(size_t input_bytes) : left_(2 * uint64_t(input_bytes) + (1u << 20)) {}

  void charge(uint64_t bytes) {
    if (bytes > left_) throw Error("asks for more memory than its size justifies: damaged, or no such file");
    left_ -= bytes;
  }

 private:
  uint64_t left_;
};

class WireMessage;

struct WireField {
  enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  uint32_t number = 0;
  Type type = kVarint;
  uint64_t value = 0;             // kVarint, kFixed64, kFixed32: the raw bits
  const uint8_t *data = nullptr;  // kBytes
  size_t size = 0;
  const uint8_t *file = nullptr;  // where the outermost message begins: errors name offsets in it

  // The value as a scalar of .proto type int64 (or uint64, enum), int32, bool, float, double, string, message. Throw Error where
  // the field has another wire type.
  int64_t as_int64() const { return int64_t(expect(kVarint).value); }
  int32_t as_int32() const { return int32_t(uint32_t(expect(kVarint).value)); }
  bool as_bool() const { return expect(kVarint).value != 0; }
  float as_float() const { return float_of(expect(kFixed32).value); }
  double as_double() const { return double_of(expect(kFixed64).value); }
  std::string as_string() const { return std::string(reinterpret_cast<const char *>(expect(kBytes).data), size); }
  WireMessage as_message() const;

  // Append one value, or a packed run of them, of a repeated field. What is charged includes a growing vector's spare room: while
  // it moves, it takes three times its contents.
  void append_int64s(std::vector<int64_t> *out, MemoryBudget *budget) const;
  void append_int32s(std::vector<int64_t> *out, MemoryBudget *budget) const;
  void append_floats(std::vector<float> *out, MemoryBudget *budget) const;
  void append_doubles(std::vector<float> *out, MemoryBudget *budget) const;

 private:
  const WireField &expect(Type wanted) const {
    if (type != wanted)
      throw Error("field " + std::to_string(number) + " has wire type " + std::to_string(type) + ", expected " +
                  std::to_string(wanted));
    return *this;
  }
  static float float_of(uint64_t bits) {
    const uint32_t low = uint32_t(bits);
    float x;
    memcpy(&x, &low, 4);
    return x;
  }
  static double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, 8);
    return x;
  }
};

// The fields of one message, in order.
class WireMessage {
 public:
  WireMessage(const uint8_t *data, size_t size, const uint8_t *file = nullptr)
      : p_(data), end_(data + size), file_(file ? file : data) {}

  // The next field, or false at the message's end. Throws Error where the message is malformed.
  bool next(WireField *field);

  bool at_end() const { return p_ == end_; }
  uint64_t read_varint();
  uint64_t read_fixed(size_t bytes);

 private:
  [[noreturn]] void fail(const std::string &what) const { throw Error(what + " at byte " + std::to_string(p_ - file_)); }
  size_t left() const { return size_t(end_ - p_); }

  const uint8_t *p_, *end_, *file_;
};

inline uint64_t WireMessage::read_varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (p_ == end_) fail("ends inside a number");
    const uint8_t byte = *p_++;
    value |= uint64_t(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("number longer than 10 bytes");
}

inline uint64_t WireMessage::read_fixed(size_t bytes) {
  if (left() < bytes) fail("ends inside a number");
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t(p_[i]) << (8 * i);
  p_ += bytes;
  return value;
}

inline bool WireMessage::next(WireField *field) {
  if (p_ == end_) return false;
  const uint64_t key = read_varint();
  if (key >> 3 == 0 || key >> 3 >= 1u << 29) fail("field number out of range");
  *field = WireField();
  field->number = uint32_t(key >> 3);
  field->type = WireField::Type(key & 7);
  field->file = file_;
  switch (field->type) {
    case WireField::kVarint:
      field->value = read_varint();
      return true;
    case WireField::kFixed64:
      field->value = read_fixed(8);
      return true;
    case WireField::kFixed32:
      field->value = read_fixed(4);
      return true;
    case WireField::kBytes:
      break;
    default:
      fail("wire type " + std::to_string(key & 7) + " is not used by Paddle");
  }
  const uint64_t bytes = read_varint();
  if (bytes > left()) fail("needs " + std::to_string(bytes) + " more bytes but has " + std::to_string(left()));
  field->data = p_;
  field->size = size_t(bytes);
  p_ += bytes;
  return true;
}

inline WireMessage WireField::as_message() const {
  expect(kBytes);
  return WireMessage(data, size, file);
}

inline void WireField::append_int64s(std::vector<int64_t> *out, MemoryBudget *budget) const {
  if (type != kBytes) {
    budget->charge(24);
    return out->push_back(as_int64());
  }
  for (WireMessage packed = as_message(); !packed.at_end();) {
    budget->charge(24);
    out->push_back(int64_t(packed.read_varint()));
  }
}

inline void WireField::append_int32s(std::vector<int64_t> *out, MemoryBudget *budget) const {
  const size_t first = out->size();
  append_int64s(out, budget);
  for (size_t i = first; i < out->size(); ++i) (*out)[i] = int32_t(uint32_t(uint64_t((*out)[i])));
}

inline void WireField::append_floats(std::vector<float> *out, MemoryBudget *budget) const {
  budget->charge(16 + uint64_t(size) * 3);
  if (type != kBytes) return out->push_back(as_float());
  for (WireMessage packed = as_message(); !packed.at_end();) out->push_back(float_of(packed.read_fixed(4)));
}

inline void WireField::append_doubles(std::vector<float> *out, MemoryBudget *budget) const {
  budget->charge(16 + uint64_t(size) * 2);
  if (type != kBytes) return out->push_back(float(as_double()));
  for (WireMessage packed = as_message(); !packed.at_end();) out->push_back(float(double_of(packed.read_fixed(8))));
}

}  // namespace skiff::paddle
