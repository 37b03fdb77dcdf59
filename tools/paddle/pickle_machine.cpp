// SPDX-License-Identifier: MIT
//
// The opcodes in groups, one function a group. Memory grows by at most a few dozen bytes per opcode and all of it is charged, as
// a file of opcodes only would otherwise ask for fifty times its size.
#include "tools/paddle/pickle_machine.h"

#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNoneOp = 'N',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobalOp = 'c',
  kInst = 'i',  // names a class and makes one of it
  kDictOp = 'd',
  kEmptyDict = '}',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kListOp = 'l',
  kEmptyList = ']',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTupleOp = 't',
  kEmptyTuple = ')',
  kSetItems = 'u',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8A,
  kLong4 = 0x8B,
  kShortBinUnicode = 0x8C,
  kBinUnicode8 = 0x8D,
  kBinBytes8 = 0x8E,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
};

}  // namespace

const char *pickle_kind_name(PickleValue::Kind kind) {
  constexpr const char *kNames[] = {"None",    "a bool", "an integer", "a float",          "a string", "bytes",   "bytes",
                                    "a tuple", "a list", "a dict",     "a name in Python", "a dtype",  "an array"};
  return kNames[kind];
}

PickleMachine::PickleMachine(const uint8_t *data, size_t size, MemoryBudget *budget)
    : begin_(data), p_(data), end_(data + size), opcode_at_(data), budget_(budget) {}

void PickleMachine::fail(const std::string &what) const {
  throw Error("not a pickle of arrays, or a damaged one: " + what + " at byte " + std::to_string(opcode_at_ - begin_));
}

const uint8_t *PickleMachine::take(uint64_t bytes) {
  const size_t left = size_t(end_ - p_);
  if (bytes > left) fail("needs " + std::to_string(bytes) + " more bytes but has " + std::to_string(left));
  const uint8_t *taken = p_;
  p_ += bytes;
  return taken;
}

uint64_t PickleMachine::take_number(size_t bytes) { return WireMessage(take(bytes), bytes).read_fixed(bytes); }

std::string_view PickleMachine::take_line() {
  const std::string_view rest(reinterpret_cast<const char *>(p_), size_t(end_ - p_));
  const size_t length = rest.find('\n');
  if (length == rest.npos) fail("ends inside a name");
  p_ += length + 1;
  return rest.substr(0, length);
}

void PickleMachine::push(const PickleValue &value) {
  if (stack_.size() == stack_peak_) {
    budget_->charge(sizeof(PickleValue) + 4);
    ++stack_peak_;
  }
  stack_.push_back(value);
}

void PickleMachine::push_int(PickleValue::Kind kind, int64_t integer) {
  PickleValue value;
  value.kind = kind;
  value.integer = integer;
  push(value);
}

void PickleMachine::push_view(PickleValue::Kind kind, uint64_t bytes) {
  PickleValue value;
  value.kind = kind;
  value.data = take(bytes);
  value.size = size_t(bytes);
  push(value);
}

// Two's complement, little-endian, any length.
void PickleMachine::push_long(uint64_t bytes) {
  const uint8_t *number = take(bytes);
  if (bytes > 8) fail("an integer of " + std::to_string(bytes) + " bytes");
  uint64_t bits = bytes > 0 && number[bytes - 1] >= 0x80 ? ~uint64_t(0) : 0;
  for (uint64_t i = bytes; i > 0; --i) bits = bits << 8 | number[i - 1];
  push_int(PickleValue::kInt, int64_t(bits));
}

PickleValue PickleMachine::pop() {
  const PickleValue value = top();
  stack_.pop_back();
  return value;
}

PickleValue &PickleMachine::top() {
  if (stack_.size() <= floor()) fail("takes from an empty stack");
  return stack_.back();
}

// How many values stand above the mark.
size_t PickleMachine::pop_mark() {
  if (marks_.empty()) fail("no mark on the stack");
  const size_t count = stack_.size() - marks_.back();
  marks_.pop_back();
  return count;
}

void PickleMachine::append(const PickleValue &container, const PickleValue &item) {
  grow(&nodes_, Node{item, 0});
  Container &items = containers_[container.index];
  const size_t at = nodes_.size() - 1;
  if (items.count == 0) {
    items.first = at;
  } else {
    nodes_[items.last].next = at;
  }
  items.last = at;
  ++items.count;
}

// Replaces the topmost `item_count` values by a container of them.
void PickleMachine::push_container(PickleValue::Kind kind, size_t item_count) {
  if (stack_.size() - floor() < item_count) fail("takes from an empty stack");
  if (kind == PickleValue::kDict && item_count % 2 != 0) fail("a key without a value");
  PickleValue container;
  container.kind = kind;
  container.index = containers_.size();
  grow(&containers_, Container());
  const size_t first = stack_.size() - item_count;
  for (size_t i = first; i < stack_.size(); ++i) append(container, stack_[i]);
  stack_.resize(first);
  push(container);
}

// Moves the topmost `item_count` values into the container below them.
void PickleMachine::append_from(PickleValue::Kind kind, size_t item_count) {
  if (stack_.size() - floor() <= item_count) fail("takes from an empty stack");
  const size_t first = stack_.size() - item_count;
  const PickleValue container = stack_[first - 1];
  if (container.kind != kind) fail(std::string("adds items to ") + pickle_kind_name(container.kind));
  if (kind == PickleValue::kDict && item_count % 2 != 0) fail("a key without a value");
  for (size_t i = first; i < stack_.size(); ++i) append(container, stack_[i]);
  stack_.resize(first);
}

bool PickleMachine::get_items(const PickleValue &container, PickleValue *items, size_t count) const {
  if (item_count(container) != count) return false;
  for_each(container, [&](const PickleValue &item) { *items++ = item; });
  return true;
}

PickleValue PickleMachine::run() {
  if (p_ == end_ || *p_ != kProto) fail("does not begin with a protocol");
  for (;;) {
    opcode_at_ = p_;
    if (p_ == end_) fail("ends before its stop");
    const uint8_t opcode = *p_++;
    if (opcode == kStop) return pop();
    if (push_constant(opcode) || push_string(opcode) || make_container(opcode) || fill_container(opcode) || use_stack(opcode) ||
        use_memo(opcode) || call(opcode))
      continue;
    fail("opcode " + quoted(std::string(1, char(opcode))) + " is none that arrays need");
  }
}

bool PickleMachine::push_constant(uint8_t opcode) {
  switch (opcode) {
    case kProto: {
      const uint64_t version = take_number(1);
      if (version < 2 || version > 5) fail("protocol " + std::to_string(version) + ", expected 2 to 5");
      return true;
    }
    case kFrame:  // only tells readers of streams how much to fetch
      if (take_number(8) > size_t(end_ - p_)) fail("ends inside a frame");
      return true;
    case kNoneOp:
      push(PickleValue());
      return true;
    case kNewTrue:
    case kNewFalse:
      push_int(PickleValue::kBool, opcode == kNewTrue);
      return true;
    case kBinInt:
      push_int(PickleValue::kInt, int32_t(uint32_t(take_number(4))));
      return true;
    case kBinInt1:
      push_int(PickleValue::kInt, int64_t(take_number(1)));
      return true;
    case kBinInt2:
      push_int(PickleValue::kInt, int64_t(take_number(2)));
      return true;
    case kLong1:
      push_long(take_number(1));
      return true;
    case kLong4:
      push_long(take_number(4));
      return true;
    case kBinFloat:
      take(8);
      push_int(PickleValue::kFloat, 0);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::push_string(uint8_t opcode) {
  switch (opcode) {
    case kShortBinUnicode:
      push_view(PickleValue::kText, take_number(1));
      return true;
    case kBinUnicode:
      push_view(PickleValue::kText, take_number(4));
      return true;
    case kBinUnicode8:
      push_view(PickleValue::kText, take_number(8));
      return true;
    case kShortBinBytes:
    case kShortBinString:
      push_view(PickleValue::kBytes, take_number(1));
      return true;
    case kBinBytes:
    case kBinString:
      push_view(PickleValue::kBytes, take_number(4));
      return true;
    case kBinBytes8:
    case kByteArray8:
      push_view(PickleValue::kBytes, take_number(8));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::make_container(uint8_t opcode) {
  switch (opcode) {
    case kEmptyTuple:
      push_container(PickleValue::kTuple, 0);
      return true;
    case kTuple1:
    case kTuple2:
    case kTuple3:
      push_container(PickleValue::kTuple, opcode - kTuple1 + 1);
      return true;
    case kTupleOp:
      push_container(PickleValue::kTuple, pop_mark());
      return true;
    case kEmptyList:
      push_container(PickleValue::kList, 0);
      return true;
    case kListOp:
      push_container(PickleValue::kList, pop_mark());
      return true;
    case kEmptyDict:
      push_container(PickleValue::kDict, 0);
      return true;
    case kDictOp:
      push_container(PickleValue::kDict, pop_mark());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::fill_container(uint8_t opcode) {
  switch (opcode) {
    case kAppend:
      append_from(PickleValue::kList, 1);
      return true;
    case kAppends:
      append_from(PickleValue::kList, pop_mark());
      return true;
    case kSetItem:
      append_from(PickleValue::kDict, 2);
      return true;
    case kSetItems:
      append_from(PickleValue::kDict, pop_mark());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::use_stack(uint8_t opcode) {
  switch (opcode) {
    case kMark:
      grow(&marks_, stack_.size());
      return true;
    case kPop:
      if (!marks_.empty() && stack_.size() == marks_.back()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case kPopMark:
      stack_.resize(stack_.size() - pop_mark());
      return true;
    case kDup: {
      const PickleValue value = top();
      push(value);
      return true;
    }
    default:
      return false;
  }
}

void PickleMachine::put_memo(uint64_t at) {
  const PickleValue value = top();
  while (memo_.size() <= at) grow(&memo_, PickleValue());  // an index out of all proportion ends at the budget
  memo_[size_t(at)] = value;
}

void PickleMachine::get_memo(uint64_t at) {
  if (at >= memo_.size()) fail("asks for memo " + std::to_string(at) + " of " + std::to_string(memo_.size()));
  push(memo_[size_t(at)]);
}

bool PickleMachine::use_memo(uint8_t opcode) {
  switch (opcode) {
    case kMemoize:
      put_memo(memo_.size());
      return true;
    case kBinPut:
      put_memo(take_number(1));
      return true;
    case kLongBinPut:
      put_memo(take_number(4));
      return true;
    case kBinGet:
      get_memo(take_number(1));
      return true;
    case kLongBinGet:
      get_memo(take_number(4));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::call(uint8_t opcode) {
  switch (opcode) {
    case kGlobalOp:
    case kInst: {
      const std::string_view module = take_line();
      push_global(module, take_line());
      return opcode == kGlobalOp;
    }
    case kStackGlobal: {
      const PickleValue name = pop(), module = pop();
      if (!name.is_text() || !module.is_text()) fail("a name that is no string");
      push_global(module.text(), name.text());
      return true;
    }
    case kReduce: {
      const PickleValue arguments = pop(), callable = pop();
      push(reduce(callable, arguments));
      return true;
    }
    case kBuild: {
      const PickleValue state = pop();
      build(top(), state);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace skiff::paddle
