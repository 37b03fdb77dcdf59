// SPDX-License-Identifier: MIT
//
// Combined files have no names, so all persistable tensors of the program are read in their order and the unused dropped; where
// each variable has a file, only used ones are opened. Files are mapped: what is held in memory is the tensors.
#include "tools/paddle/parameters.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "tools/paddle/layout.h"
#include "tools/support/error.h"
#include "tools/support/file.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

// Sorted bytewise, as a map is: the order of a combined file. Source: fluid/io.py, inference/io.cc of Paddle 1.7.
std::vector<std::string> stored_names(const Program &program) {
  std::vector<std::string> names;
  for (const auto &[name, var] : program.vars) {
    const bool is_tensor = var.type != DataType::kFeedMinibatch && var.type != DataType::kFetchList &&
                           var.type != DataType::kReader && var.type != DataType::kRaw;
    if (var.persistable && is_tensor) names.push_back(name);
  }
  return names;
}

std::vector<std::string> used_names(const Program &program) {
  std::set<std::string_view> mentioned;
  for (const Op &op : program.ops) {
    for (const auto *slots : {&op.inputs, &op.outputs})
      for (const auto &slot : *slots) mentioned.insert(slot.second.begin(), slot.second.end());
  }
  std::vector<std::string> names;
  for (std::string &name : stored_names(program))
    if (mentioned.count(name) > 0) names.push_back(std::move(name));
  return names;
}

// Names come from the program, so from anybody: none may lead out of its directory.
void check_file_name(const std::string &name) {
  constexpr size_t kMaxFileNameBytes = 255;
  const char *reason = nullptr;
  if (name.find('\0') != name.npos) reason = "a NUL";
  if (name.find('/') != name.npos) reason = "a '/'";
  if (name == "." || name == "..") reason = "the name of a directory";
  if (name.size() > kMaxFileNameBytes) reason = "more than 255 bytes";
  if (reason)
    throw Error("parameter " + quoted(name) + ": " + reason + " in its name, which cannot be the name of a file: refused");
}

template <typename Run>
auto with_path(const std::string &path, Run run) {
  try {
    return run();
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
}

Tensor read_variable(const std::string &path) {
  const MappedFile file(path);
  return with_path(path, [&] {
    size_t consumed = 0;
    Tensor tensor = parse_lod_tensor(file.data(), file.size(), &consumed);
    if (consumed != file.size())
      throw Error(std::to_string(file.size() - consumed) +
                  " bytes left after its tensor, expected none (were it a combined file, " + "its program would be needed)");
    return tensor;
  });
}

[[noreturn]] void fail_missing(const std::string &where, const std::string &name, size_t missing, size_t total,
                               const char *what) {
  throw Error(where + ": parameter " + quoted(name) + " is missing: expected " + what + " of that name (" +
              std::to_string(missing) + " of " + std::to_string(total) + " parameters are not there)");
}

Params read_variables(const std::string &directory, const std::vector<std::string> &names) {
  std::vector<std::string> missing;
  for (const std::string &name : names) {
    check_file_name(name);
    if (!is_regular_file(join_path(directory, name))) missing.push_back(name);
  }
  if (!missing.empty()) fail_missing(directory, missing[0], missing.size(), names.size(), "a file");
  Params params;
  for (const std::string &name : names) params[name] = read_variable(join_path(directory, name));
  return params;
}

// Keeps `names`, which must all be there.
Params select(const std::string &path, Params all, const std::vector<std::string> &names) {
  Params params;
  std::vector<std::string> missing;
  for (const std::string &name : names) {
    auto node = all.extract(name);
    if (node.empty()) {
      missing.push_back(name);
    } else {
      params.insert(std::move(node));
    }
  }
  if (!missing.empty()) fail_missing(path, missing[0], missing.size(), names.size(), "an entry");
  return params;
}

Params read_combined(const std::string &path, const Program &program) {
  const MappedFile file(path);
  return with_path(path, [&] { return parse_combined(file.data(), file.size(), stored_names(program)); });
}

std::string replace_last(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  return at == text.npos ? std::string() : text.replace(at, from.size(), to);
}

// The only file beside the program that looks like parameters, or empty.
std::string find_lone_records(const std::string &directory, const std::string &program_name) {
  std::string found;
  for (const std::string &name : list_files(directory)) {
    const std::string path = join_path(directory, name);
    if (name == program_name || !is_lod_tensor(path)) continue;
    if (!found.empty()) return "";
    found = path;
  }
  return found;
}

// The parameters' file by the program's name: X.pdmodel has X.pdiparams or, of fluid.save, X.pdparams; `__model__` has
// `__params__`; AI Studio's mobilenet-ssd-model has mobilenet-ssd-params.
ParamsFiles find_by_name(const std::string &directory, const std::string &program_name) {
  const std::pair<std::string, ParamsFiles::Kind> candidates[] = {
      {replace_last(program_name, ".pdmodel", ".pdiparams"), ParamsFiles::kCombined},
      {replace_last(program_name, ".pdmodel", ".pdparams"), ParamsFiles::kPickle},
      {"__params__", ParamsFiles::kCombined},
      {"params", ParamsFiles::kCombined},
      {replace_last(program_name, "model", "params"), ParamsFiles::kCombined},
  };
  for (const auto &[name, kind] : candidates)
    if (!name.empty() && name != program_name && is_regular_file(join_path(directory, name)))
      return {kind, join_path(directory, name)};
  return {ParamsFiles::kNone, directory};
}

// A parameter's name as Paddle makes it, up to its number ("conv2d_0.w_0"), or empty where `name` does not begin with one.
std::string parameter_stem(const std::string &name) {
  for (const char *kind : {".w_", ".b_"}) {
    const size_t dot = name.find(kind);
    if (dot == name.npos) continue;
    const size_t end = name.find_first_not_of("0123456789", dot + 3);
    if (dot > 0 && end != dot + 3) return name.substr(0, end);
  }
  return "";
}

bool is_optimizer_variable(const std::string &name) {
  const std::string stem = parameter_stem(name);
  return !stem.empty() && name.size() > stem.size() && name[stem.size()] == '_';
}

}  // namespace

bool is_lod_tensor(const std::string &path) {
  constexpr size_t kHeadBytes = 12;  // its version, 0, and the count of LoD levels
  constexpr uint8_t kMaxLevels = 8;  // far more than Paddle uses
  const MappedFile file(path);
  if (file.size() < kHeadBytes) return false;
  const uint8_t *head = file.data();
  const bool has_zeros = std::all_of(head, head + 4, [](uint8_t byte) { return byte == 0; }) &&
                         std::all_of(head + 5, head + kHeadBytes, [](uint8_t byte) { return byte == 0; });
  return has_zeros && head[4] <= kMaxLevels;
}

ParamsFiles find_params(const std::string &program_path, const Program &program, const std::string &params_file) {
  if (!params_file.empty()) {
    if (is_directory(params_file)) return {ParamsFiles::kVariables, params_file};
    return {is_pickle(params_file) ? ParamsFiles::kPickle : ParamsFiles::kCombined, params_file};
  }
  const std::string directory = parent_directory(program_path), program_name = file_name(program_path);
  const ParamsFiles by_name = find_by_name(directory, program_name);
  if (by_name.kind != ParamsFiles::kNone) return by_name;
  const std::vector<std::string> files = list_files(directory);
  for (const std::string &name : used_names(program))
    if (std::binary_search(files.begin(), files.end(), name)) return {ParamsFiles::kVariables, directory};
  const std::string lone = find_lone_records(directory, program_name);
  if (!lone.empty()) return {ParamsFiles::kCombined, lone};
  return by_name;
}

const char *params_form(ParamsFiles::Kind kind) {
  switch (kind) {
    case ParamsFiles::kCombined:
      return "combined parameters";
    case ParamsFiles::kPickle:
      return ".pdparams";
    case ParamsFiles::kVariables:
      return "one file per variable";
    case ParamsFiles::kNone:
      break;
  }
  return "no parameters";
}

Params read_params(const ParamsFiles &files, const Program &program) {
  const std::vector<std::string> names = used_names(program);
  switch (files.kind) {
    case ParamsFiles::kCombined:
      return select(files.path, read_combined(files.path, program), names);
    case ParamsFiles::kPickle:
      return select(files.path, read_pickle(files.path), names);
    case ParamsFiles::kVariables:
      return read_variables(files.path, names);
    case ParamsFiles::kNone:
      break;
  }
  if (names.empty()) return {};
  throw Error("holds none of the program's " + std::to_string(names.size()) + " parameters: looked for __params__, " +
              "params, X.pdiparams beside X.pdmodel, and files named by variable (" + quoted(names[0]) +
              ", ...); a combined file of another name can be given by --params");
}

Params read_variable_files(const std::string &directory) {
  Params params;
  for (const std::string &name : list_files(directory)) {
    if (is_optimizer_variable(name)) continue;
    const std::string path = join_path(directory, name);
    if (!parameter_stem(name).empty() || is_lod_tensor(path)) params[name] = read_variable(path);
  }
  return params;
}

Params read_pickle(const std::string &path) {
  const MappedFile file(path);
  return with_path(path, [&] { return parse_pickle(file.data(), file.size()); });
}

}  // namespace skiff::paddle
