// SPDX-License-Identifier: MIT
//
// Ops stand in execution order, so one pass that remembers who wrote each name last resolves every read.
#include "tools/paddle/program_graph.h"

#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

const std::vector<std::string> kNoArgs;

const std::vector<std::string> &args_of(const std::map<std::string, std::vector<std::string>> &slots, const std::string &slot) {
  const auto found = slots.find(slot);
  return found == slots.end() ? kNoArgs : found->second;
}

const std::string &only_arg(const Op &op, const std::vector<std::string> &args, const char *kind, const std::string &slot) {
  if (args.size() != 1)
    refuse(op, std::string(kind) + " " + slot + " has " + std::to_string(args.size()) + " variables, expected 1");
  return args[0];
}

// The attribute as a T, or null where it is absent. Refused where it has another type.
template <class T>
const T *find_attr(const Op &op, const std::string &name) {
  const auto found = op.attrs.find(name);
  if (found == op.attrs.end()) return nullptr;
  const T *value = std::get_if<T>(&found->second);
  if (value == nullptr) refuse(op, "attribute " + name + " has an unexpected type");
  return value;
}

template <class T>
T attr_or(const Op &op, const std::string &name, const T &absent) {
  const T *value = find_attr<T>(op, name);
  return value == nullptr ? absent : *value;
}

template <class T>
T needed_attr(const Op &op, const std::string &name) {
  const T *value = find_attr<T>(op, name);
  if (value == nullptr) refuse(op, "attribute " + name + " is missing");
  return *value;
}

}  // namespace

void refuse(const Op &op, const std::string &reason) {
  throw Error("op " + std::to_string(op.index) + " " + printable(op.type) + ": " + reason);
}

int64_t int_attr(const Op &op, const std::string &name, int64_t absent) { return attr_or<int64_t>(op, name, absent); }
int64_t int_attr(const Op &op, const std::string &name) { return needed_attr<int64_t>(op, name); }
float float_attr(const Op &op, const std::string &name, float absent) { return attr_or<float>(op, name, absent); }
float float_attr(const Op &op, const std::string &name) { return needed_attr<float>(op, name); }

std::string string_attr(const Op &op, const std::string &name, const std::string &absent) {
  return attr_or<std::string>(op, name, absent);
}

std::vector<int64_t> ints_attr(const Op &op, const std::string &name, const std::vector<int64_t> &absent) {
  return attr_or(op, name, absent);
}

std::vector<float> floats_attr(const Op &op, const std::string &name, const std::vector<float> &absent) {
  return attr_or(op, name, absent);
}

const std::vector<std::string> &input_args(const Op &op, const std::string &slot) { return args_of(op.inputs, slot); }
const std::vector<std::string> &output_args(const Op &op, const std::string &slot) { return args_of(op.outputs, slot); }

const std::string &input_arg(const Op &op, const std::string &slot) { return only_arg(op, input_args(op, slot), "input", slot); }

const std::string &output_arg(const Op &op, const std::string &slot) {
  return only_arg(op, output_args(op, slot), "output", slot);
}

ProgramGraph::ProgramGraph(const Program &program) : program_(program), producers_(program.ops.size()) {
  std::map<std::string, int> last_writer;
  for (const Op &op : program.ops) {
    for (const auto &[slot, args] : op.inputs) {
      std::vector<int> &producers = producers_[size_t(op.index)][slot];
      for (const std::string &arg : args) {
        const auto found = last_writer.find(arg);
        producers.push_back(found == last_writer.end() ? -1 : found->second);
      }
    }
    for (const auto &[slot, args] : op.outputs)
      for (const std::string &arg : args) last_writer[arg] = op.index;
  }
}

const Op *ProgramGraph::producer(const Op &op, const std::string &slot, size_t index) const {
  const auto &slots = producers_[size_t(op.index)];
  const auto found = slots.find(slot);
  if (found == slots.end() || index >= found->second.size() || found->second[index] < 0) return nullptr;
  return &program_.ops[size_t(found->second[index])];
}

std::vector<bool> ProgramGraph::ancestors(const Op &sink) const {
  std::vector<bool> is_reached(program_.ops.size(), false);
  is_reached[size_t(sink.index)] = true;
  for (int i = sink.index; i >= 0; --i) {
    if (!is_reached[size_t(i)]) continue;
    for (const auto &[slot, producers] : producers_[size_t(i)])
      for (const int producer : producers)
        if (producer >= 0) is_reached[size_t(producer)] = true;
  }
  return is_reached;
}

}  // namespace skiff::paddle
