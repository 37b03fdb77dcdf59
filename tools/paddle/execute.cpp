// SPDX-License-Identifier: MIT
#include "tools/paddle/execute.h"

#include <algorithm>
#include <cfloat>
#include <map>
#include <utility>

#include "tools/paddle/execute_ops.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

class Run {
 public:
  Run(const Source &source, const std::string &input_var, const Value &input) : source_(source) { values_[input_var] = input; }

  Value value(const std::string &name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw Error("the program makes no variable " + quoted(name));
    return found->second;
  }

  // The name of what the op made.
  const std::string &step(const Op &op) {
    const char *slot = op.type == "batch_norm" ? "Y" : is_conv(op) ? "Output" : "Out";
    const std::string &name = output_arg(op, slot);
    values_[name] = compute(op);
    return name;
  }

  void forget(const std::string &name) { values_.erase(name); }

 private:
  static bool is_conv(const Op &op) { return op.type == "conv2d" || op.type == "depthwise_conv2d"; }

  const Value &in(const Op &op, const char *slot, size_t index = 0) {
    const std::vector<std::string> &args = input_args(op, slot);
    if (index >= args.size()) refuse(op, std::string("its ") + slot + " is missing");
    const auto found = values_.find(args[index]);
    if (found != values_.end()) return found->second;
    const auto param = source_.params.find(args[index]);
    if (param == source_.params.end()) refuse(op, "its " + std::string(slot) + " " + quoted(args[index]) + " is missing");
    return values_[args[index]] = parameter(param->second);
  }

  static Value parameter(const Tensor &tensor) {
    Value value;
    value.dims = tensor.dims;
    if (tensor.type != DataType::kInt8) {
      value.data = tensor.to_float();
    } else {
      for (const uint8_t byte : tensor.bytes) value.data.push_back(float(int8_t(byte)));
    }
    return value;
  }

  Value compute(const Op &op) {
    const std::string &t = op.type;
    if (is_conv(op)) return run_conv(op, in(op, "Input"), in(op, "Filter"));
    if (t == "batch_norm")
      return run_batch_norm(op, in(op, "X"), in(op, "Scale"), in(op, "Bias"), in(op, "Mean"), in(op, "Variance"));
    if (t == "relu") return run_relu(in(op, "X"), FLT_MAX);
    if (t == "relu6") return run_relu(in(op, "X"), float_attr(op, "threshold", 6.0f));
    if (t == "elementwise_add") return run_add(op, in(op, "X"), in(op, "Y"));
    if (t == "transpose" || t == "transpose2") return run_transpose(op, in(op, "X"));
    if (t == "reshape" || t == "reshape2") return run_reshape(op, in(op, "X"));
    if (t == "flatten" || t == "flatten2" || t == "flatten_contiguous_range") return run_flatten(op, in(op, "X"));
    if (t == "quantize") return in(op, "X");
    if (t == "dequantize") return run_dequantize(op, in(op, "X"));
    if (t == "concat") {
      std::vector<const Value *> parts;
      for (size_t i = 0; i < input_args(op, "X").size(); ++i) parts.push_back(&in(op, "X", i));
      return run_concat(op, parts);
    }
    refuse(op, "cannot be run here");
  }

  const Source &source_;
  std::map<std::string, Value> values_;
};

// Last op that writes one of the names.
int last_writer(const Program &program, const std::vector<std::string> &names) {
  int last = -1;
  for (const Op &op : program.ops)
    for (const auto &[slot, args] : op.outputs)
      for (const std::string &arg : args)
        if (std::find(names.begin(), names.end(), arg) != names.end()) last = op.index;
  return last;
}

// For each variable the last op up to `end` that reads it.
std::map<std::string, int> last_readers(const Program &program, int end) {
  std::map<std::string, int> last;
  for (int i = 0; i <= end; ++i)
    for (const auto &[slot, args] : program.ops[size_t(i)].inputs)
      for (const std::string &arg : args) last[arg] = i;
  return last;
}

// Which ops have a part in the wanted values.
std::vector<bool> needed_ops(const Program &program, const std::vector<std::string> &wanted, int end) {
  const ProgramGraph graph(program);
  std::vector<bool> is_needed(program.ops.size(), false);
  for (const std::string &name : wanted) {
    const int writer = last_writer(program, {name});
    if (writer < 0 || writer > end) continue;
    const std::vector<bool> ancestors = graph.ancestors(program.ops[size_t(writer)]);
    for (size_t i = 0; i < is_needed.size(); ++i) is_needed[i] = is_needed[i] || ancestors[i];
  }
  return is_needed;
}

}  // namespace

std::vector<Value> execute(const Source &source, const std::string &input_var, const Value &input,
                           const std::vector<std::string> &wanted, const Watch &watch) {
  const Program &program = source.program;
  const int end = last_writer(program, wanted);
  const std::vector<bool> is_needed = needed_ops(program, wanted, end);
  const std::map<std::string, int> last_reader = last_readers(program, end);
  Run run(source, input_var, input);
  for (int i = 0; i <= end; ++i) {
    const Op &op = program.ops[size_t(i)];
    if (!is_needed[size_t(i)] || op.type == "feed") continue;
    const std::string &made = run.step(op);
    if (watch) watch(made, run.value(made));
    for (const auto &[slot, args] : op.inputs)
      for (const std::string &arg : args)
        if (last_reader.at(arg) == i && arg != made && std::find(wanted.begin(), wanted.end(), arg) == wanted.end())
          run.forget(arg);
  }
  std::vector<Value> values;
  for (const std::string &name : wanted) values.push_back(run.value(name));
  return values;
}

}  // namespace skiff::paddle
