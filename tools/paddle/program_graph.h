// SPDX-License-Identifier: MIT
//
// A program as a graph: which op made the value that another op reads. Names alone do not tell, as old programs run relu in
// place.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tools/paddle/program.h"
#include "tools/support/error.h"

namespace skiff::paddle {

// Throws Error "op 57 pool2d: <reason>".
[[noreturn]] void refuse(const Op &op, const std::string &reason);

// Typed attributes. Where an attribute is absent: the value given, which is the op's own default; without one it is refused.
// Where it has another type: refused.
int64_t int_attr(const Op &op, const std::string &name, int64_t absent);
int64_t int_attr(const Op &op, const std::string &name);
float float_attr(const Op &op, const std::string &name, float absent);
float float_attr(const Op &op, const std::string &name);
std::string string_attr(const Op &op, const std::string &name, const std::string &absent);
std::vector<int64_t> ints_attr(const Op &op, const std::string &name, const std::vector<int64_t> &absent);
std::vector<float> floats_attr(const Op &op, const std::string &name, const std::vector<float> &absent);

// Names of a slot's arguments; none where the slot is absent.
const std::vector<std::string> &input_args(const Op &op, const std::string &slot);
const std::vector<std::string> &output_args(const Op &op, const std::string &slot);

// The only argument of a slot. Refused where there is none or more than one.
const std::string &input_arg(const Op &op, const std::string &slot);
const std::string &output_arg(const Op &op, const std::string &slot);

class ProgramGraph {
 public:
  // The program must outlive the graph.
  explicit ProgramGraph(const Program &program);

  const Program &program() const { return program_; }

  // The op that made what argument `index` of this slot reads; null where no op before it did (a parameter).
  const Op *producer(const Op &op, const std::string &slot, size_t index = 0) const;

  // Whether an op's result reaches `sink`, which counts itself; by op index.
  std::vector<bool> ancestors(const Op &sink) const;

 private:
  const Program &program_;
  std::vector<std::map<std::string, std::vector<int>>> producers_;  // per op: slot -> op index per argument, -1 = none
};

}  // namespace skiff::paddle
