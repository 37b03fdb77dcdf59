// SPDX-License-Identifier: MIT
//
// Paddle's files, written: ProgramDesc, LoDTensor records, model directories. Only tests need them.
#pragma once
#include <cstring>
#include <string>
#include <string_view>

#include "tools/paddle/program.h"

namespace skiff::test {

// One protobuf message, field by field.
class ProtoWriter {
 public:
  ProtoWriter &varint(uint32_t field, uint64_t value) {
    put_varint(field << 3);
    put_varint(value);
    return *this;
  }
  ProtoWriter &real(uint32_t field, float value) {
    put_varint(field << 3 | 5);
    char raw[4];
    memcpy(raw, &value, 4);
    bytes_.append(raw, 4);
    return *this;
  }
  ProtoWriter &text(uint32_t field, std::string_view value) {
    put_varint(field << 3 | 2);
    put_varint(value.size());
    bytes_.append(value);
    return *this;
  }
  ProtoWriter &message(uint32_t field, const ProtoWriter &value) { return text(field, value.bytes_); }
  ProtoWriter &raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  void put_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += char(value | 0x80);
    bytes_ += char(value);
  }

  const std::string &bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

inline ProtoWriter write_tensor_desc(paddle::DataType type, const std::vector<int64_t> &dims) {
  ProtoWriter desc;
  desc.varint(1, uint64_t(type));
  for (int64_t dim : dims) desc.varint(2, uint64_t(dim));
  return desc;
}

inline ProtoWriter write_var(const paddle::Var &var) {
  ProtoWriter type;
  type.varint(1, uint64_t(var.type));
  if (var.type == paddle::DataType::kLodTensor)
    type.message(3, ProtoWriter().message(1, write_tensor_desc(var.element, var.dims)).varint(2, 0));
  return ProtoWriter().text(1, var.name).message(2, type).varint(3, var.persistable);
}

inline ProtoWriter write_attr(const std::string &name, const paddle::Attr &value) {
  ProtoWriter attr;
  attr.text(1, name);
  if (const auto *integer = std::get_if<int64_t>(&value)) attr.varint(2, 9).varint(13, uint64_t(*integer));
  if (const auto *real = std::get_if<float>(&value)) attr.varint(2, 1).real(4, *real);
  if (const auto *text = std::get_if<std::string>(&value)) attr.varint(2, 2).text(5, *text);
  if (const auto *integers = std::get_if<std::vector<int64_t>>(&value)) {
    attr.varint(2, 3);
    for (int64_t x : *integers) attr.varint(6, uint64_t(x));
  }
  if (const auto *reals = std::get_if<std::vector<float>>(&value)) {
    attr.varint(2, 4);
    for (float x : *reals) attr.real(7, x);
  }
  if (const auto *texts = std::get_if<std::vector<std::string>>(&value)) {
    attr.varint(2, 5);
    for (const std::string &x : *texts) attr.text(8, x);
  }
  return attr;
}

inline ProtoWriter write_op(const paddle::Op &op) {
  ProtoWriter out;
  const auto add_slots = [&](uint32_t field, const std::map<std::string, std::vector<std::string>> &slots) {
    for (const auto &[parameter, arguments] : slots) {
      ProtoWriter slot;
      slot.text(1, parameter);
      for (const std::string &argument : arguments) slot.text(2, argument);
      out.message(field, slot);
    }
  };
  add_slots(1, op.inputs);
  add_slots(2, op.outputs);
  out.text(3, op.type);
  for (const auto &[name, value] : op.attrs) out.message(4, write_attr(name, value));
  return out;
}

// The bytes of `__model__`.
inline std::string write_program(const paddle::Program &program) {
  ProtoWriter block;
  block.varint(1, 0).varint(2, uint64_t(-1));
  for (const auto &named : program.vars) block.message(3, write_var(named.second));
  for (const paddle::Op &op : program.ops) block.message(4, write_op(op));
  ProtoWriter out;
  out.message(1, block);
  if (program.version != 0) out.message(4, ProtoWriter().varint(1, uint64_t(program.version)));
  return out.bytes();
}

inline std::string little_endian(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += char(value >> (8 * i));
  return out;
}

// One LoDTensor record.
inline std::string write_tensor(const paddle::Tensor &tensor) {
  const std::string desc = write_tensor_desc(tensor.type, tensor.dims).bytes();
  return little_endian(0, 4) + little_endian(0, 8) + little_endian(0, 4) + little_endian(desc.size(), 4) + desc +
         std::string(tensor.bytes.begin(), tensor.bytes.end());
}

inline std::string write_combined(const paddle::Params &params) {
  std::string out;
  for (const auto &named : params) out += write_tensor(named.second);
  return out;
}

// A .pdparams of float tensors, protocol 4.
inline std::string write_pickle(const paddle::Params &params) {
  const auto text = [](const std::string &value) { return "X" + little_endian(value.size(), 4) + value; };
  std::string out = "\x80\x04}(";
  for (const auto &[name, tensor] : params) {
    out += text(name) + "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK" + std::string(1, '\0') +
           "\x85"
           "C\x01"
           "b\x87R(K\x01(";
    for (int64_t dim : tensor.dims) out += "J" + little_endian(uint64_t(dim), 4);
    out += "tcnumpy\ndtype\n" + text("f4") + "\x89\x88\x87R(K\x03" + text("<") + "NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK" +
           std::string(1, '\0') +
           "tb\x89"
           "B" +
           little_endian(tensor.bytes.size(), 4) + std::string(tensor.bytes.begin(), tensor.bytes.end()) + "tb";
  }
  return out + "u.";
}

inline paddle::Tensor float_tensor(const std::vector<int64_t> &dims, float first = 0) {
  paddle::Tensor tensor;
  tensor.dims = dims;
  for (uint64_t i = 0; i < tensor.elems(); ++i) {
    const float value = first + float(i);
    const std::string raw(reinterpret_cast<const char *>(&value), 4);
    tensor.bytes.insert(tensor.bytes.end(), raw.begin(), raw.end());
  }
  return tensor;
}

inline bool same_tensor(const paddle::Tensor &a, const paddle::Tensor &b) {
  return a.type == b.type && a.dims == b.dims && a.bytes == b.bytes;
}

// A program of two convolutions, with their parameters: enough of everything that files hold, and small.
struct SmallModel {
  paddle::Program program;
  paddle::Params params;

  SmallModel() {
    using paddle::DataType;
    add_var("feed", {}, true, DataType::kFeedMinibatch);
    add_var("fetch", {}, true, DataType::kFetchList);
    add_var("image", {-1, 3, 8, 8}, false);
    add_op("feed", {{"X", {"feed"}}}, {{"Out", {"image"}}}, {{"col", int64_t(0)}});
    add_param("conv2d_0.w_0", {2, 3, 3, 3});
    add_conv("image", "conv2d_0.w_0", "conv2d_0.tmp_0");
    add_param("conv2d_10.w_0", {4, 2, 1, 1});
    add_conv("conv2d_0.tmp_0", "conv2d_10.w_0", "conv2d_10.tmp_0");
    add_param("conv2d_2.b_0", {4});
    add_op("elementwise_add", {{"X", {"conv2d_10.tmp_0"}}, {"Y", {"conv2d_2.b_0"}}}, {{"Out", {"out"}}}, {{"axis", int64_t(1)}});
    add_var("out", {-1, 4, 8, 8}, false);
    add_op("fetch", {{"X", {"out"}}}, {{"Out", {"fetch"}}}, {{"col", int64_t(0)}});
  }

  void add_var(const std::string &name, const std::vector<int64_t> &dims, bool persistable,
               paddle::DataType type = paddle::DataType::kLodTensor) {
    paddle::Var var;
    var.name = name;
    var.type = type;
    var.dims = dims;
    var.persistable = persistable;
    program.vars[name] = var;
  }
  void add_param(const std::string &name, const std::vector<int64_t> &dims) {
    add_var(name, dims, true);
    params[name] = float_tensor(dims, float(params.size()));
  }
  using Slots = std::map<std::string, std::vector<std::string>>;
  void add_op(const std::string &type, const Slots &inputs, const Slots &outputs,
              const std::map<std::string, paddle::Attr> &attrs) {
    program.ops.push_back({int(program.ops.size()), type, inputs, outputs, attrs});
  }
  void add_conv(const std::string &input, const std::string &filter, const std::string &output) {
    add_var(output, {-1, program.vars[filter].dims[0], 8, 8}, false);
    add_op("conv2d", {{"Input", {input}}, {"Filter", {filter}}, {"Bias", {}}}, {{"Output", {output}}},
           {{"strides", std::vector<int64_t>{1, 1}},
            {"paddings", std::vector<int64_t>{-1, 1}},
            {"scales", std::vector<float>{0.5f, 2.0f}},
            {"epsilon", 1e-5f},
            {"use_cudnn", int64_t(1)},
            {"data_format", std::string("NCHW")},
            {"passes", std::vector<std::string>{"a", "bc"}}});
  }
};

}  // namespace skiff::test
