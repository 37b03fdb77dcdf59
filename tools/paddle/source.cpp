// SPDX-License-Identifier: MIT
//
// From a path to a Source: which form the model has, its program, its parameters, and what lies beside it.
#include <string_view>

#include "engine/checksum.h"
#include "tools/paddle/layout.h"
#include "tools/paddle/parameters.h"
#include "tools/paddle/program.h"
#include "tools/support/error.h"
#include "tools/support/file.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

constexpr int kMaxUnpackedDepth = 4;  // a tar's directory in a download's directory, and two to spare

uint64_t checksum_of(const void *data, uint64_t bytes) {
  Checksum checksum;
  checksum.add(data, bytes);
  return checksum.value();
}

// Over the program's checksum (0 = none), then name, shape and bytes of every parameter. The same model gives the same value
// whichever files hold its parameters.
uint64_t checksum_source(uint64_t program_checksum, const Params &params) {
  std::vector<uint64_t> parts = {program_checksum};
  for (const auto &[name, tensor] : params) {
    parts.push_back(checksum_of(name.data(), name.size()));
    parts.push_back(checksum_of(tensor.dims.data(), tensor.dims.size() * sizeof(int64_t)));
    parts.push_back(checksum_of(tensor.bytes.data(), tensor.bytes.size()));
  }
  return checksum_of(parts.data(), parts.size() * sizeof(uint64_t));
}

// Path of the first of `names` that is in one of the directories, or empty.
std::string find_first(const std::vector<std::string> &directories, std::initializer_list<const char *> names) {
  for (const std::string &directory : directories)
    for (const char *name : names)
      if (is_regular_file(join_path(directory, name))) return join_path(directory, name);
  return "";
}

std::vector<std::string> read_labels(const std::vector<std::string> &directories) {
  constexpr uint64_t kMaxBytes = 1u << 20;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::string path = find_first(directories, {"label_list", "label_list.txt", "labels.txt", "pascalvoc_label_list"});
  if (path.empty()) return {};
  const std::vector<uint8_t> bytes = read_file(path, kMaxBytes);
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> labels = split_lines(text);
  for (std::string &label : labels) label.erase(label.find_last_not_of(" \t") + 1);
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i].empty()) throw Error(path + ": line " + std::to_string(i + 1) + " is empty, expected a label");
  return labels;
}

// Returns whether the directory is one of Paddle Serving.
bool read_serving_config(const std::string &directory, Source *source) {
  const std::string path = find_first({directory}, {"serving_server_conf.prototxt", "serving_server_conf.stream.prototxt"});
  if (path.empty()) return false;
  const MappedFile file(path);
  try {
    const bool is_binary = has_suffix(path, ".stream.prototxt");
    const ServingConfig config =
        is_binary ? parse_serving_stream(file.data(), file.size()) : parse_serving_config(file.data(), file.size());
    source->feed_name = config.feed_name;
    source->feed_alias = config.feed_alias;
    source->fetch_name = config.fetch_name;
    source->fetch_alias = config.fetch_alias;
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
  return true;
}

std::string form_name(const std::string &program_path, bool is_serving, ParamsFiles::Kind kind) {
  const char *form = is_serving ? "Paddle Serving directory" : "fluid inference directory";
  if (!is_serving && has_suffix(program_path, ".pdmodel")) form = "Paddle 2 inference model";
  return std::string(form) + ", " + params_form(kind);
}

// `given` is the directory that the user named, where labels may lie too.
Source read_model(const std::string &path, const std::string &given, const ReadOptions &options) {
  Source source;
  source.has_program = true;
  uint64_t program_checksum = 0;
  {
    const MappedFile file(path);
    try {
      source.program = parse_program(file.data(), file.size());
    } catch (const Error &error) {
      throw Error(path + ": " + error.what());
    }
    program_checksum = checksum_of(file.data(), file.size());
  }
  const std::string directory = parent_directory(path);
  const bool is_serving = read_serving_config(directory, &source);
  source.labels = read_labels({directory, given});
  const ParamsFiles files = find_params(path, source.program, options.params_file);
  source.form = form_name(path, is_serving, files.kind);
  try {
    source.params = read_params(files, source.program);
  } catch (const Error &error) {
    source.params_problem = error.what();
  }
  source.checksum = checksum_source(program_checksum, source.params);
  return source;
}

Source make_checkpoint(Params params, ParamsFiles::Kind kind, const std::vector<std::string> &directories) {
  Source source;
  source.form = std::string("training checkpoint without a program, ") + params_form(kind);
  source.params = std::move(params);
  source.labels = read_labels(directories);
  source.checksum = checksum_source(0, source.params);
  return source;
}

Source read_checkpoint(const std::string &path, const std::string &given) {
  return make_checkpoint(read_pickle(path), ParamsFiles::kPickle, {parent_directory(path), given});
}

[[noreturn]] void fail_no_model(const std::string &directory) {
  for (const std::string &name : list_files(directory)) refuse_foreign_file(join_path(directory, name));
  throw Error(directory +
              ": holds no Paddle model: looked for __model__, X.pdmodel, another file that is a program, X.pdparams, and " +
              "variable files as save_persistables writes them (conv2d_0.w_0, ...), here and in the only subdirectory");
}

Source read_directory(const std::string &given, const ReadOptions &options) {
  std::string directory = given;
  for (int depth = 0; depth < kMaxUnpackedDepth && !directory.empty(); ++depth, directory = find_subdirectory(directory)) {
    const std::string program = find_program(directory, !options.params_file.empty());
    if (!program.empty()) return read_model(program, given, options);
    if (!options.params_file.empty()) continue;
    const std::string pickle = find_pickle(directory);
    if (!pickle.empty()) return read_checkpoint(pickle, given);
    Params params = read_variable_files(directory);
    if (!params.empty()) return make_checkpoint(std::move(params), ParamsFiles::kVariables, {directory, given});
  }
  if (options.params_file.empty()) fail_no_model(given);
  if (is_pickle(options.params_file)) return read_checkpoint(options.params_file, given);
  throw Error(given + ": holds no program, which the parameters of " + options.params_file + " need");
}

Source read_single_file(const std::string &path, const ReadOptions &options) {
  const std::string directory = parent_directory(path);
  refuse_foreign_file(path);
  if (is_pickle(path)) return read_checkpoint(path, directory);
  if (is_lod_tensor(path))
    throw Error(path + ": holds parameters and no program: give the directory or the program, and this file by --params");
  return read_model(path, directory, options);
}

}  // namespace

Source read_source(const std::string &path, const ReadOptions &options) {
  if (is_directory(path)) return read_directory(path, options);
  // Paddle 2 names a model by what its two files have in common.
  const std::string program = path + ".pdmodel";
  if (!is_regular_file(path) && is_regular_file(program)) return read_model(program, parent_directory(program), options);
  return read_single_file(path, options);
}

}  // namespace skiff::paddle
