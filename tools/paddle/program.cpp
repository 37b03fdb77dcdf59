// SPDX-License-Identifier: MIT
//
// ProgramDesc into Program. Only block 0 is read: an inference program has no other, and the blocks of a training program's
// control flow are nothing to a converter. Attributes that are Paddle's bookkeeping (op_callstack and its like) are dropped here,
// as they are the larger part of newer programs. Source: framework.proto of Paddle 1.7 and, for the numbers above 15 in an
// attribute, of 2.6.
#include "tools/paddle/program.h"

#include <utility>

#include "tools/paddle/tensor.h"
#include "tools/paddle/wire.h"

namespace skiff::paddle {
namespace {

// AttrType of framework.proto, as far as an Attr can hold it; BLOCK, VAR, SCALAR and their like are dropped.
enum AttrType : int {
  kInt = 0,
  kFloat = 1,
  kString = 2,
  kInts = 3,
  kFloats = 4,
  kStrings = 5,
  kBoolean = 6,
  kBooleans = 7,
  kLong = 9,
  kLongs = 11,
  kFloat64s = 12,
  kFloat64 = 15,
};

// What a std::map or std::vector node costs beside its strings' characters, with the allocator's own bytes; sizes of libstdc++ on
// 64 bits, rounded up.
constexpr uint64_t kStringBytes = sizeof(std::string) + 16;
constexpr uint64_t kNodeBytes = 48;

std::string read_string(const WireField &field, MemoryBudget *budget) {
  budget->charge(kStringBytes + field.size);
  return field.as_string();
}

// Every value that the message may carry; `type` tells which one counts.
struct AttrFields {
  std::string name;
  int type = -1;
  int64_t integer = 0;
  float real = 0;
  std::string text;
  std::vector<int64_t> integers;
  std::vector<float> reals;
  std::vector<std::string> texts;
};

void read_attr_field(const WireField &field, AttrFields *attr, MemoryBudget *budget) {
  switch (field.number) {
    case 1:
      attr->name = read_string(field, budget);
      break;
    case 2:
      attr->type = field.as_int32();
      break;
    case 3:
      attr->integer = field.as_int32();
      break;
    case 4:
      attr->real = field.as_float();
      break;
    case 5:
      attr->text = read_string(field, budget);
      break;
    case 6:
      field.append_int32s(&attr->integers, budget);
      break;
    case 7:
      field.append_floats(&attr->reals, budget);
      break;
    case 8:
      budget->charge(2 * sizeof(std::string));
      attr->texts.push_back(read_string(field, budget));
      break;
    case 10:
      attr->integer = field.as_bool();
      break;
    case 11:
      field.append_int64s(&attr->integers, budget);
      break;
    case 13:
      attr->integer = field.as_int64();
      break;
    case 15:
      field.append_int64s(&attr->integers, budget);
      break;
    case 16:
      field.append_doubles(&attr->reals, budget);
      break;
    case 19:
      attr->real = float(field.as_double());
      break;
    default:
      break;
  }
}

bool is_bookkeeping(const std::string &attr_name) {
  return attr_name.compare(0, 3, "op_") == 0;  // op_callstack, op_role, op_role_var, op_namescope, op_device
}

void read_attr(WireMessage message, std::map<std::string, Attr> *attrs, MemoryBudget *budget) {
  AttrFields attr;
  for (WireField field; message.next(&field);) {
    read_attr_field(field, &attr, budget);
    if (field.number == 1 && is_bookkeeping(attr.name)) return;
  }
  if (attr.name.empty()) throw Error("an attribute without a name");
  budget->charge(sizeof(Attr) + kNodeBytes);
  Attr &value = (*attrs)[attr.name];
  switch (attr.type) {
    case kInt:
    case kLong:
    case kBoolean:
      value = attr.integer;
      break;
    case kFloat:
    case kFloat64:
      value = attr.real;
      break;
    case kString:
      value = std::move(attr.text);
      break;
    case kInts:
    case kLongs:
    case kBooleans:
      value = std::move(attr.integers);
      break;
    case kFloats:
    case kFloat64s:
      value = std::move(attr.reals);
      break;
    case kStrings:
      value = std::move(attr.texts);
      break;
    default:
      attrs->erase(attr.name);
  }
}

using Slots = std::map<std::string, std::vector<std::string>>;

void read_slot(WireMessage message, Slots *slots, MemoryBudget *budget) {
  std::string parameter;
  std::vector<std::string> arguments;
  for (WireField field; message.next(&field);) {
    if (field.number == 1) parameter = read_string(field, budget);
    if (field.number == 2) {
      budget->charge(2 * sizeof(std::string));  // the vector's spare room, also while it moves
      arguments.push_back(read_string(field, budget));
    }
  }
  budget->charge(sizeof(arguments) + kNodeBytes);
  (*slots)[parameter] = std::move(arguments);
}

void read_op(WireMessage message, Op *op, MemoryBudget *budget) {
  for (WireField field; message.next(&field);) {
    switch (field.number) {
      case 1:
        read_slot(field.as_message(), &op->inputs, budget);
        break;
      case 2:
        read_slot(field.as_message(), &op->outputs, budget);
        break;
      case 3:
        op->type = read_string(field, budget);
        break;
      case 4:
        read_attr(field.as_message(), &op->attrs, budget);
        break;
      default:
        break;
    }
  }
  if (op->type.empty()) throw Error("op " + std::to_string(op->index) + " has no type");
}

void read_var_type(WireMessage message, Var *var, MemoryBudget *budget) {
  for (WireField field; message.next(&field);) {
    if (field.number == 1) var->type = DataType(field.as_int32());
    if (field.number != 3) continue;
    WireMessage lod_tensor = field.as_message();
    for (WireField inner; lod_tensor.next(&inner);)
      if (inner.number == 1) read_tensor_desc(inner.as_message(), &var->element, &var->dims, budget);
  }
}

Var read_var(WireMessage message, MemoryBudget *budget) {
  Var var;
  for (WireField field; message.next(&field);) {
    switch (field.number) {
      case 1:
        var.name = read_string(field, budget);
        break;
      case 2:
        read_var_type(field.as_message(), &var, budget);
        break;
      case 3:
        var.persistable = field.as_bool();
        break;
      default:
        break;
    }
  }
  if (var.name.empty()) throw Error("a variable without a name");
  return var;
}

size_t count_fields(WireMessage message, uint32_t number) {
  size_t count = 0;
  for (WireField field; message.next(&field);) count += field.number == number;
  return count;
}

void read_block(WireMessage message, Program *program, MemoryBudget *budget) {
  const size_t op_count = count_fields(message, 4);
  budget->charge(op_count * sizeof(Op));
  program->ops.reserve(op_count);
  for (WireField field; message.next(&field);) {
    if (field.number == 3) {
      Var var = read_var(field.as_message(), budget);
      budget->charge(sizeof(Var) + kNodeBytes + kStringBytes + var.name.size());
      std::string name = var.name;
      program->vars.insert_or_assign(std::move(name), std::move(var));
    }
    if (field.number == 4) {
      Op op;
      op.index = int(program->ops.size());
      read_op(field.as_message(), &op, budget);
      program->ops.push_back(std::move(op));
    }
  }
}

int64_t read_version(WireMessage message) {
  int64_t version = 0;
  for (WireField field; message.next(&field);)
    if (field.number == 1) version = field.as_int64();
  return version;
}

}  // namespace

Program parse_program(const uint8_t *data, size_t size) {
  try {
    Program program;
    MemoryBudget budget(size);
    size_t block_count = 0;
    WireMessage message(data, size);
    for (WireField field; message.next(&field);) {
      if (field.number == 1 && block_count++ == 0) read_block(field.as_message(), &program, &budget);
      if (field.number == 4) program.version = read_version(field.as_message());
    }
    if (program.ops.empty()) throw Error("it holds no ops");
    return program;
  } catch (const Error &error) {
    throw Error(std::string("not a Paddle program, or a damaged one: ") + error.what());
  }
}

}  // namespace skiff::paddle
