// SPDX-License-Identifier: MIT
//
// What a pickle may call, and what a call does here: nothing is looked up, imported or run.
#include "tools/paddle/pickle_machine.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

enum GlobalId : uint8_t {
  kReconstruct,
  kScalar,
  kFromBuffer,
  kNdarray,
  kDtypeType,
  kOrderedDict,
  kEncode,
  kTupleType,
  kBytesType,
  kEval
};

struct GlobalName {
  std::string_view module, name;
  GlobalId id;
};

// Everything that a pickle may name. numpy moved its modules in 2.0; protocol 2 calls `builtins` by its name in Python 2.
constexpr GlobalName kGlobals[] = {
    {"numpy.core.multiarray", "_reconstruct", kReconstruct},
    {"numpy._core.multiarray", "_reconstruct", kReconstruct},
    {"numpy.core.multiarray", "scalar", kScalar},
    {"numpy._core.multiarray", "scalar", kScalar},
    {"numpy.core.numeric", "_frombuffer", kFromBuffer},
    {"numpy._core.numeric", "_frombuffer", kFromBuffer},
    {"numpy", "ndarray", kNdarray},
    {"numpy", "dtype", kDtypeType},
    {"collections", "OrderedDict", kOrderedDict},
    {"_codecs", "encode", kEncode},
    {"builtins", "tuple", kTupleType},
    {"__builtin__", "tuple", kTupleType},
    {"builtins", "bytes", kBytesType},
    {"__builtin__", "bytes", kBytesType},
    {"builtins", "eval", kEval},
    {"__builtin__", "eval", kEval},
};

// "os.system", of at most 200 bytes.
std::string dotted(std::string_view module, std::string_view name) {
  return std::string(module.substr(0, 100)) + "." + std::string(name.substr(0, 100));
}

[[noreturn]] void refuse(const std::string &what) {
  throw Error("pickle asks for " + what + ": refused, skiff loads arrays only");
}

}  // namespace

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  for (const GlobalName &allowed : kGlobals)
    if (allowed.module == module && allowed.name == name) return push_int(PickleValue::kGlobal, &allowed - kGlobals);
  refuse(quoted(dotted(module, name)));
}

PickleValue PickleMachine::reduce(const PickleValue &callable, const PickleValue &arguments) {
  if (callable.kind != PickleValue::kGlobal) refuse(std::string("a call of ") + pickle_kind_name(callable.kind));
  if (arguments.kind != PickleValue::kTuple) fail(std::string("a call with ") + pickle_kind_name(arguments.kind));
  const GlobalName &global = kGlobals[callable.index];
  PickleValue items[4];
  switch (global.id) {
    case kReconstruct:
      if (!get_items(arguments, items, 3) || items[0].kind != PickleValue::kGlobal || kGlobals[items[0].index].id != kNdarray)
        refuse("an array of a class of its own");
      return make_array(Array());
    case kScalar:
      if (!get_items(arguments, items + 1, 2)) break;
      push_container(PickleValue::kTuple, 0);
      items[0] = items[2];
      items[2] = pop();  // the shape of a scalar
      return make_filled_array(items, false);
    case kFromBuffer:
      if (!get_items(arguments, items, 4) || !items[3].is_text()) break;
      return make_filled_array(items, items[3].text() == "F");
    case kDtypeType:
      return make_dtype(arguments);
    case kOrderedDict:
      return make_ordered_dict(arguments);
    case kEncode:
      return encode_latin1(arguments);
    case kTupleType:
      if (!get_items(arguments, items, 1) || items[0].kind != PickleValue::kTuple) break;
      return items[0];
    case kBytesType:
      if (item_count(arguments) != 0) break;
      items[0].kind = PickleValue::kBytes;
      items[0].data = p_;
      return items[0];
    case kEval:
      return evaluate(arguments);
    case kNdarray:
      break;
  }
  refuse(quoted(dotted(global.module, global.name)) + " with unknown arguments");
}

PickleValue PickleMachine::make_dtype(const PickleValue &arguments) {
  PickleValue items[3];
  if (!get_items(arguments, items, 3) || !items[0].is_text()) fail("a dtype without a name");
  PickleValue value;
  value.kind = PickleValue::kDtype;
  value.index = dtypes_.size();
  grow(&dtypes_, Dtype{items[0].text(), '<'});
  return value;
}

PickleValue PickleMachine::make_array(const Array &array) {
  PickleValue value;
  value.kind = PickleValue::kArray;
  value.index = arrays_.size();
  grow(&arrays_, array);
  return value;
}

PickleValue PickleMachine::make_filled_array(const PickleValue *data_dtype_shape, bool is_fortran) {
  const PickleValue &data = data_dtype_shape[0], &dtype = data_dtype_shape[1], &shape = data_dtype_shape[2];
  if (dtype.kind != PickleValue::kDtype || shape.kind != PickleValue::kTuple)
    fail(std::string("an array whose dtype is ") + pickle_kind_name(dtype.kind) + " and whose shape is " +
         pickle_kind_name(shape.kind));
  Array array;
  array.is_filled = true;
  array.is_fortran = is_fortran;
  array.dtype = dtype.index;
  array.shape = shape;
  array.data = data;
  return make_array(array);
}

// OrderedDict() or, as Python 2 has it, OrderedDict([[key, value], ...]).
PickleValue PickleMachine::make_ordered_dict(const PickleValue &arguments) {
  push_container(PickleValue::kDict, 0);
  const PickleValue dict = pop();
  PickleValue pairs;
  if (item_count(arguments) == 0) return dict;
  if (!get_items(arguments, &pairs, 1) || pairs.kind != PickleValue::kList) fail("an OrderedDict of unknown arguments");
  for_each(pairs, [&](const PickleValue &pair) {
    PickleValue key_value[2];
    const bool is_pair = pair.kind == PickleValue::kList || pair.kind == PickleValue::kTuple;
    if (!is_pair || !get_items(pair, key_value, 2)) fail("an OrderedDict of other things than pairs");
    append(dict, key_value[0]);
    append(dict, key_value[1]);
  });
  return dict;
}

PickleValue PickleMachine::encode_latin1(const PickleValue &arguments) {
  PickleValue items[2];
  if (!get_items(arguments, items, 2) || items[0].kind != PickleValue::kText || !items[1].is_text() ||
      (items[1].text() != "latin1" && items[1].text() != "latin-1"))
    refuse("'_codecs.encode' to anything but latin1");
  items[0].kind = PickleValue::kLatin1;
  return items[0];
}

// Paddle saves a LoDTensor as eval('data', {'data': array}): that text, and no other, stands for the array.
PickleValue PickleMachine::evaluate(const PickleValue &arguments) {
  PickleValue items[2], key_value[2];
  const bool is_paddles = get_items(arguments, items, 2) && items[0].is_text() && items[0].text() == "data" &&
                          items[1].kind == PickleValue::kDict && get_items(items[1], key_value, 2) && key_value[0].is_text() &&
                          key_value[0].text() == "data";
  if (!is_paddles) refuse("'eval'");
  return key_value[1];
}

void PickleMachine::set_byte_order(const PickleValue &dtype, const PickleValue &state) {
  // version, byte order, subarray, names, fields, element size, alignment, flags; and metadata since version 4
  PickleValue items[9];
  if (state.kind != PickleValue::kTuple || !(get_items(state, items, 8) || get_items(state, items, 9)) || !items[1].is_text() ||
      items[1].size != 1)
    fail("a dtype of unknown state");
  dtypes_[dtype.index].byte_order = items[1].text()[0];
}

void PickleMachine::build(const PickleValue &object, const PickleValue &state) {
  if (object.kind == PickleValue::kDtype) return set_byte_order(object, state);
  if (object.kind != PickleValue::kArray) refuse(std::string("the state of ") + pickle_kind_name(object.kind) + " to be set");
  PickleValue items[5];  // version, shape, dtype, whether Fortran order, elements
  if (state.kind != PickleValue::kTuple || !get_items(state, items, 5) || items[1].kind != PickleValue::kTuple ||
      items[2].kind != PickleValue::kDtype || (items[3].kind != PickleValue::kBool && items[3].kind != PickleValue::kInt))
    fail("an array of unknown state");
  Array &array = arrays_[object.index];
  array.is_filled = true;
  array.shape = items[1];
  array.dtype = items[2].index;
  array.is_fortran = items[3].integer != 0;
  array.data = items[4];
}

}  // namespace skiff::paddle
