// SPDX-License-Identifier: MIT
//
// Paddle's binary files read, whole and damaged: ProgramDesc, LoDTensor records, combined parameters.
#include <doctest/doctest.h>

#include "tests/support/hostile.h"
#include "tests/support/paddle_write.h"
#include "tools/paddle/canonical.h"

using namespace skiff;
using namespace skiff::paddle;
using namespace skiff::test;

namespace {

void read_program(const uint8_t *data, size_t size) { parse_program(data, size); }

void read_record(const uint8_t *data, size_t size) {
  size_t consumed = 0;
  parse_lod_tensor(data, size, &consumed);
  CHECK(consumed <= size);
}

void read_small_combined(const uint8_t *data, size_t size) { parse_combined(data, size, {"a", "b", "c"}); }

Program reread(const std::string &bytes) { return parse_program(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()); }

void check_same(const Program &a, const Program &b) {
  CHECK(a.version == b.version);
  REQUIRE(a.ops.size() == b.ops.size());
  for (size_t i = 0; i < a.ops.size(); ++i) {
    CHECK(a.ops[i].index == int(i));
    CHECK(a.ops[i].type == b.ops[i].type);
    CHECK(a.ops[i].inputs == b.ops[i].inputs);
    CHECK(a.ops[i].outputs == b.ops[i].outputs);
    CHECK(a.ops[i].attrs == b.ops[i].attrs);
  }
  REQUIRE(a.vars.size() == b.vars.size());
  for (const auto &[name, var] : a.vars) {
    REQUIRE(b.vars.count(name) == 1);
    const Var &other = b.vars.at(name);
    CHECK(var.name == other.name);
    CHECK(var.type == other.type);
    CHECK(var.element == other.element);
    CHECK(var.dims == other.dims);
    CHECK(var.persistable == other.persistable);
  }
}

bool has(const std::string &text, const std::string &part) {
  if (text.find(part) != text.npos) return true;
  MESSAGE(text);
  return false;
}

// The conv2d of a program that has this attribute message.
const Attr *attr_of(const ProtoWriter &attr, Program *program) {
  ProtoWriter op, block, file;
  op.text(3, "conv2d").message(4, attr);
  *program = reread(file.message(1, block.message(4, op)).bytes());
  const auto found = program->ops[0].attrs.find("x");
  return found == program->ops[0].attrs.end() ? nullptr : &found->second;
}

ProtoWriter attr_x(uint64_t type) { return ProtoWriter().text(1, "x").varint(2, type); }

}  // namespace

TEST_CASE("a program is read as it was written") {
  SmallModel model;
  model.program.version = 1007002;
  check_same(reread(write_program(model.program)), model.program);
  const Source source = random_source({1.0 / 16, 64, 5, 1});
  check_same(reread(write_program(source.program)), source.program);
}

TEST_CASE("attributes of every kind") {
  Program program;
  CHECK(std::get<int64_t>(*attr_of(attr_x(0).varint(3, uint64_t(-5)), &program)) == -5);
  CHECK(std::get<int64_t>(*attr_of(attr_x(0).varint(3, 0xFFFFFFFFu), &program)) == -1);
  CHECK(std::get<int64_t>(*attr_of(attr_x(9).varint(13, uint64_t(1) << 40), &program)) == int64_t(1) << 40);
  CHECK(std::get<int64_t>(*attr_of(attr_x(6).varint(10, 1), &program)) == 1);
  CHECK(std::get<float>(*attr_of(attr_x(1).real(4, 0.25f), &program)) == 0.25f);
  CHECK(std::get<std::string>(*attr_of(attr_x(2).text(5, "NCHW"), &program)) == "NCHW");
  CHECK(std::get<std::vector<int64_t>>(*attr_of(attr_x(3).varint(6, 2).varint(6, uint64_t(-1)), &program)) ==
        std::vector<int64_t>{2, -1});
  CHECK(std::get<std::vector<int64_t>>(*attr_of(attr_x(7).varint(11, 1).varint(11, 0), &program)) == std::vector<int64_t>{1, 0});
  CHECK(std::get<std::vector<int64_t>>(*attr_of(attr_x(11).varint(15, 7), &program)) == std::vector<int64_t>{7});
  CHECK(std::get<std::vector<float>>(*attr_of(attr_x(4).real(7, 1).real(7, 2), &program)) == std::vector<float>{1, 2});
  CHECK(std::get<std::vector<std::string>>(*attr_of(attr_x(5).text(8, "a").text(8, ""), &program)).size() == 2);
  // proto3 writers pack numbers; Paddle 2.6 has doubles.
  CHECK(std::get<std::vector<int64_t>>(*attr_of(attr_x(3).text(6, "\x03\x04"), &program)) == std::vector<int64_t>{3, 4});
  CHECK(std::get<std::vector<float>>(*attr_of(attr_x(4).text(7, std::string("\0\0\x80\x3F", 4)), &program)) ==
        std::vector<float>{1});
  CHECK(std::get<std::vector<float>>(*attr_of(attr_x(12).text(16, std::string("\0\0\0\0\0\0\xF0\x3F", 8)), &program)) ==
        std::vector<float>{1});
  // Blocks and kinds to come.
  CHECK(attr_of(attr_x(8).varint(12, 1), &program) == nullptr);
  CHECK(attr_of(attr_x(77).varint(99, 1), &program) == nullptr);
}

TEST_CASE("what Paddle notes for itself is dropped, and what it may add is stepped over") {
  Program program;
  CHECK(attr_of(ProtoWriter().text(1, "op_callstack").varint(2, 5).text(8, "File \"train.py\""), &program) == nullptr);
  CHECK(program.ops[0].attrs.empty());

  const std::string unknown = ProtoWriter()
                                  .varint(99, 1)
                                  .text(100, "new")
                                  .real(101, 1)
                                  .raw(
                                      "\xB1\x06"
                                      "12345678")
                                  .bytes();
  ProtoWriter var, op, block, file;
  var.raw(write_var(SmallModel().program.vars.at("out")).bytes()).raw(unknown);
  op.raw(unknown).text(3, "relu").varint(5, 0);
  block.message(3, var).raw(unknown).message(4, op);
  file.message(5, ProtoWriter().raw(unknown)).message(1, block).raw(unknown).message(4, ProtoWriter().varint(1, 2006000));
  program = reread(file.bytes());
  CHECK(program.version == 2006000);
  CHECK(program.ops.at(0).type == "relu");
  CHECK(program.vars.at("out").dims == std::vector<int64_t>{-1, 4, 8, 8});
}

TEST_CASE("blocks after the first are another program's") {
  ProtoWriter first, second, file;
  first.message(4, ProtoWriter().text(3, "relu"));
  second.message(4, ProtoWriter().text(3, "while")).message(4, ProtoWriter().text(3, "sgd"));
  CHECK(reread(file.message(1, first).message(1, second).bytes()).ops.size() == 1);
}

TEST_CASE("programs that are none say so") {
  CHECK(has(parse_hostile("", read_program), "it holds no ops"));
  CHECK(has(parse_hostile("hello", read_program), "not a Paddle program"));
  CHECK(has(parse_hostile(ProtoWriter().message(1, ProtoWriter().message(4, ProtoWriter())).bytes(), read_program),
            "op 0 has no type"));
  CHECK(has(parse_hostile(ProtoWriter().varint(1, 5).bytes(), read_program), "wire type 0, expected 2"));
  CHECK(has(parse_hostile("\x0A\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", read_program), "number longer than 10 bytes"));
  const std::string whole = write_program(SmallModel().program);
  CHECK(has(parse_hostile(whole.substr(0, whole.size() - 1), read_program), "bytes but has"));
}

TEST_CASE("a tiny file cannot ask for much memory") {
  // 2 bytes an op, where an op in memory takes a hundred times that.
  std::string ops, dims, texts;
  for (int i = 0; i < 200000; ++i) ops += std::string("\x22\x00", 2);
  const auto block = [](const std::string &bytes) { return ProtoWriter().message(1, ProtoWriter().raw(bytes)).bytes(); };
  CHECK(has(parse_hostile(block(ops), read_program), "more memory than its size justifies"));
  // 1 byte a dimension.
  ProtoWriter desc, type, var;
  desc.varint(1, 5).text(2, std::string(400000, '\1'));
  var.text(1, "v").message(2, type.varint(1, 7).message(3, ProtoWriter().message(1, desc)));
  CHECK(!parse_hostile(block(ProtoWriter().message(3, var).bytes()), read_program).empty());
  // 2 bytes a string.
  for (int i = 0; i < 200000; ++i) texts += std::string("\x42\x00", 2);
  const ProtoWriter op = ProtoWriter().text(3, "x").message(4, ProtoWriter().text(1, "a").varint(2, 5).raw(texts));
  CHECK(has(parse_hostile(block(ProtoWriter().message(4, op).bytes()), read_program), "more memory"));
}

TEST_CASE("a damaged program is refused or read, and nothing else") {
  const std::string small = write_program(SmallModel().program);
  parse_truncated(small, read_program);
  parse_mutated(small, read_program, 100000);
  const std::string whole = write_program(random_source({1.0 / 16, 64, 5, 1}).program);
  parse_truncated(whole, read_program, 61);
  parse_mutated(whole, read_program, 1000);
}

TEST_CASE("a record is read as it was written, and so are many") {
  const Tensor tensor = float_tensor({2, 3, 1}, 7);
  const std::string record = write_tensor(tensor);
  size_t consumed = 0;
  const std::string two = record + record;
  CHECK(same_tensor(parse_lod_tensor(reinterpret_cast<const uint8_t *>(two.data()), two.size(), &consumed), tensor));
  CHECK(consumed == record.size());

  const Params params = {{"a", tensor}, {"b", float_tensor({})}, {"c", float_tensor({0, 4})}};
  const std::string combined = write_combined(params);
  const Params read = parse_combined(reinterpret_cast<const uint8_t *>(combined.data()), combined.size(), {"a", "b", "c"});
  REQUIRE(read.size() == 3);
  for (const auto &[name, expected] : params) CHECK(same_tensor(read.at(name), expected));
}

TEST_CASE("offsets of a LoD are stepped over") {
  std::string record = write_tensor(float_tensor({2}));
  record = record.substr(0, 4) + little_endian(1, 8) + little_endian(16, 8) + std::string(16, '\1') + record.substr(12);
  CHECK(parse_hostile(record, read_record) == "");
  record[4] = char(0xFF);
  CHECK(has(parse_hostile(record, read_record), "255 LoD levels do not fit"));
}

TEST_CASE("records that are wrong say where") {
  Tensor tensor = float_tensor({2, 3});
  std::string record = write_tensor(tensor);
  CHECK(has(parse_hostile(record.substr(0, record.size() - 1), read_record),
            "truncated: FP32 [2, 3] needs 24 bytes of data, found 23"));
  CHECK(has(parse_hostile(record.substr(0, 3), read_record), "needs 4 bytes, found 3"));
  record[0] = 1;
  CHECK(has(parse_hostile(record, read_record), "version is 1, expected 0"));
  tensor.dims = {-2, 3};
  CHECK(has(parse_hostile(write_tensor(tensor), read_record), "negative dimension"));
  tensor.dims = {int64_t(1) << 40, int64_t(1) << 40};
  CHECK(has(parse_hostile(write_tensor(tensor), read_record), "truncated: FP32 [1099511627776, 1099511627776] needs"));
  tensor.dims = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  CHECK(has(parse_hostile(write_tensor(tensor), read_record), "more than 9 dimensions"));
  tensor = float_tensor({2});
  tensor.type = DataType::kRaw;
  CHECK(has(parse_hostile(write_tensor(tensor), read_record), "RAW is not an element type"));

  const std::string combined = write_combined({{"a", float_tensor({2})}, {"b", float_tensor({2})}, {"c", float_tensor({2})}});
  CHECK(has(parse_hostile(combined.substr(0, combined.size() - 9), read_small_combined),
            "parameter 'c' (record 3 of 3, at byte 64)"));
  CHECK(has(parse_hostile(combined + "x", read_small_combined), "1 bytes left after 3 tensors"));
}

TEST_CASE("a combined file cannot ask for more memory than its size") {
  const std::string record = write_tensor(float_tensor({0}));
  std::string many;
  std::vector<std::string> names;
  for (int i = 0; i < 20000; ++i) {
    many += record;
    names.push_back(std::string(60, 'x') + std::to_string(100000 + i));
  }
  CHECK(has(parse_hostile(many, [&](const uint8_t *data, size_t size) { parse_combined(data, size, names); }), "more memory"));
}

TEST_CASE("damaged records are refused or read, and nothing else") {
  const std::string combined =
      write_combined({{"a", float_tensor({2, 2})}, {"b", float_tensor({3})}, {"c", float_tensor({1, 5})}});
  parse_truncated(combined, read_small_combined);
  parse_mutated(combined, read_small_combined, 50000);
  parse_mutated(write_tensor(float_tensor({2, 3, 1})), read_record, 50000);
}
