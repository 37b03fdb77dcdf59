// SPDX-License-Identifier: MIT
//
// A machine that runs a pickle's opcodes and can do nothing but build arrays and the containers around them. Python's own would
// import and call whatever the file names; here a name that is not in a short list ends the run, and what the listed names do is
// written out in pickle_calls.cpp. Strings and bytes are views of the file, containers refer to their items by index, so a value
// is never copied and nested or shared containers cost nothing to follow. Source: pickletools.py of CPython 3.11, PEP 3154 and
// 574.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "tools/paddle/wire.h"

namespace skiff::paddle {

struct PickleValue {
  enum Kind : uint32_t {
    kNone,
    kBool,
    kInt,
    kFloat,   // its number is of no use here and not kept
    kText,    // UTF-8
    kBytes,   // also Python 2's str
    kLatin1,  // bytes, spelt as the UTF-8 of their Latin-1 characters: how protocol 2 writes Python 3's bytes
    kTuple,
    kList,
    kDict,    // items are key, value, key, value, ...
    kGlobal,  // one of the names allowed
    kDtype,
    kArray,
  };
  Kind kind = kNone;
  union {
    int64_t integer = 0;
    const uint8_t *data;  // kText, kBytes, kLatin1: `size` bytes of the file
    size_t index;         // kTuple, kList, kDict, kDtype, kArray: into the machine's store; kGlobal: into its list of names
  };
  size_t size = 0;

  bool is_text() const { return kind == kText || kind == kBytes; }
  std::string_view text() const { return {reinterpret_cast<const char *>(data), size}; }
};

// "a dict" and the like, for messages.
const char *pickle_kind_name(PickleValue::Kind kind);

class PickleMachine {
 public:
  struct Dtype {
    std::string_view name;  // "f4"
    char byte_order = '<';
  };

  struct Array {
    bool is_filled = false;  // false: made, but its contents never came
    bool is_fortran = false;
    size_t dtype = 0;   // see dtype()
    PickleValue shape;  // kTuple
    PickleValue data;   // kBytes or kLatin1, else of no kind that can hold elements
  };

  // The bytes must outlive the machine. What it keeps is charged to `budget`.
  PickleMachine(const uint8_t *data, size_t size, MemoryBudget *budget);

  // Runs up to the STOP opcode; the result is what stands on the stack then. Throws Error.
  PickleValue run();

  const Dtype &dtype(size_t index) const { return dtypes_[index]; }
  const Array &array(const PickleValue &value) const { return arrays_[value.index]; }
  size_t item_count(const PickleValue &container) const { return containers_[container.index].count; }

  // Calls visit(item) for the items of a tuple, list or dict, in order.
  template <typename Visit>
  void for_each(const PickleValue &container, Visit visit) const {
    size_t at = containers_[container.index].first;
    for (size_t i = containers_[container.index].count; i > 0; --i, at = nodes_[at].next) visit(nodes_[at].value);
  }

  // Copies the items where there are exactly `count`; else false.
  bool get_items(const PickleValue &container, PickleValue *items, size_t count) const;

 private:
  struct Node {
    PickleValue value;
    size_t next = 0;
  };
  struct Container {
    size_t first = 0, last = 0, count = 0;
  };

  [[noreturn]] void fail(const std::string &what) const;
  template <typename T>
  void grow(std::deque<T> *store, const T &item);

  const uint8_t *take(uint64_t bytes);
  uint64_t take_number(size_t bytes);
  std::string_view take_line();

  void push(const PickleValue &value);
  void push_int(PickleValue::Kind kind, int64_t integer);
  void push_view(PickleValue::Kind kind, uint64_t bytes);
  void push_long(uint64_t bytes);
  void push_container(PickleValue::Kind kind, size_t item_count);
  PickleValue pop();
  PickleValue &top();
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  size_t pop_mark();

  // Groups of opcodes; false where the opcode is of none of them.
  bool push_constant(uint8_t opcode);
  bool push_string(uint8_t opcode);
  bool make_container(uint8_t opcode);
  bool fill_container(uint8_t opcode);
  bool use_stack(uint8_t opcode);
  bool use_memo(uint8_t opcode);
  bool call(uint8_t opcode);

  void append(const PickleValue &container, const PickleValue &item);
  void append_from(PickleValue::Kind kind, size_t item_count);
  void put_memo(uint64_t at);
  void get_memo(uint64_t at);

  // What the allowed names do: pickle_calls.cpp.
  void push_global(std::string_view module, std::string_view name);
  PickleValue reduce(const PickleValue &callable, const PickleValue &arguments);
  PickleValue make_dtype(const PickleValue &arguments);
  PickleValue make_array(const Array &array);
  PickleValue make_filled_array(const PickleValue *data_dtype_shape, bool is_fortran);
  PickleValue make_ordered_dict(const PickleValue &arguments);
  PickleValue encode_latin1(const PickleValue &arguments);
  PickleValue evaluate(const PickleValue &arguments);
  void set_byte_order(const PickleValue &dtype, const PickleValue &state);
  void build(const PickleValue &object, const PickleValue &state);

  const uint8_t *const begin_, *p_, *const end_;
  const uint8_t *opcode_at_;
  MemoryBudget *const budget_;
  size_t stack_peak_ = 0;
  std::deque<PickleValue> stack_, memo_;
  std::deque<size_t> marks_;  // sizes of the stack
  std::deque<Node> nodes_;
  std::deque<Container> containers_;
  std::deque<Dtype> dtypes_;
  std::deque<Array> arrays_;
};

// std::deque allocates 512 bytes at a time and a table of pointers to them: less than 4 bytes more per item of ours.
template <typename T>
void PickleMachine::grow(std::deque<T> *store, const T &item) {
  budget_->charge(sizeof(T) + 4);
  store->push_back(item);
}

}  // namespace skiff::paddle
