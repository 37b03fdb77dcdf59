// SPDX-License-Identifier: MIT
//
// A Paddle program and its parameters in memory: what the readers make and the matcher takes.
// Source: Paddle framework.proto (ProgramDesc, BlockDesc, OpDesc, VarDesc); only what a converter needs is kept.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace skiff::paddle {

// VarType.Type of framework.proto; values as there.
enum class DataType : int {
  kBool = 0,
  kInt16 = 1,
  kInt32 = 2,
  kInt64 = 3,
  kFp16 = 4,
  kFp32 = 5,
  kFp64 = 6,
  kLodTensor = 7,
  kSelectedRows = 8,
  kFeedMinibatch = 9,
  kFetchList = 10,
  kReader = 15,
  kRaw = 17,
  kUint8 = 20,
  kInt8 = 21,
};

// "FP32" and the like; "type 99" for others.
std::string data_type_name(DataType type);

// Integers (INT, LONG, BOOLEAN) share one alternative, as old and new programs store the same attribute with different types.
using Attr = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, std::vector<std::string>>;

struct Op {
  int index = 0;  // position in block 0, as Paddle counts
  std::string type;
  std::map<std::string, std::vector<std::string>> inputs, outputs;  // slot -> variable names; empty slots may be present
  std::map<std::string, Attr> attrs;
};

struct Var {
  std::string name;
  DataType type = DataType::kLodTensor;  // LOD_TENSOR, FEED_MINIBATCH, FETCH_LIST, RAW, ...
  DataType element = DataType::kFp32;    // of a LOD_TENSOR
  std::vector<int64_t> dims;             // -1 = unknown
  bool persistable = false;
};

struct Program {
  int64_t version = 0;  // major * 1000000 + minor * 1000 + patch; 0 in old files
  std::vector<Op> ops;  // of block 0
  std::map<std::string, Var> vars;
};

// A parameter as stored. Row-major. `bytes` holds numel elements of `type`.
struct Tensor {
  DataType type = DataType::kFp32;
  std::vector<int64_t> dims;
  std::vector<uint8_t> bytes;

  uint64_t elems() const;               // product of dims
  std::vector<float> to_float() const;  // throws Error unless type is FP32 and bytes match
};

using Params = std::map<std::string, Tensor>;

// A model directory, read but not yet understood.
struct Source {
  std::string form;          // what was found, for the user: "fluid inference directory, one file per variable"
  bool has_program = false;  // false: a bare training checkpoint; `program` is empty
  Program program;
  Params params;  // where there is a program: its persistable tensors that ops use; else all found but optimizer variables
  // Why the parameters of a program could not be read; empty where they were. Then `params` is empty. Not thrown, so that the
  // graph is judged first: "op 57 pool2d: not part of a MobileNet-SSD" helps more than the name of a missing file. Whoever needs
  // values throws Error(params_problem) once the graph has matched.
  std::string params_problem;
  std::string feed_alias, fetch_alias;  // from serving_server_conf.prototxt, else empty
  std::string feed_name, fetch_name;    // variable names there
  std::vector<std::string> labels;      // from a label_list beside the model, else empty
  uint64_t checksum = 0;                // Checksum over the program's bytes and the parameters in sorted order: names the origin
};

struct ReadOptions {
  std::string params_file;  // --params, empty = look for it
};

// Reads a Paddle model from a directory, a program file or a .pdparams file, in any of the forms that README lists. Throws Error,
// but for a program without its parameters: see Source::params_problem.
Source read_source(const std::string &path, const ReadOptions &options);

// The parsers behind it, for tests and fuzzing; each reads only inside its bytes and throws Error on anything malformed.
Program parse_program(const uint8_t *data, size_t size);                      // ProgramDesc
Tensor parse_lod_tensor(const uint8_t *data, size_t size, size_t *consumed);  // one LoDTensor record
Params parse_combined(const uint8_t *data, size_t size, const std::vector<std::string> &sorted_names);
Params parse_pickle(const uint8_t *data, size_t size);  // .pdparams: dict of name to ndarray
struct ServingConfig {
  std::string feed_name, feed_alias, fetch_name, fetch_alias;  // of the first feed_var and fetch_var
};
ServingConfig parse_serving_config(const uint8_t *data, size_t size);  // serving_server_conf.prototxt
ServingConfig parse_serving_stream(const uint8_t *data, size_t size);  // serving_server_conf.stream.prototxt, the binary twin

}  // namespace skiff::paddle
