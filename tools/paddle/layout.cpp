// SPDX-License-Identifier: MIT
//
// Names are tried before contents, as names are what users can see and change; a guess that could go two ways is an error that
// asks.
#include "tools/paddle/layout.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "tools/paddle/program.h"
#include "tools/support/error.h"
#include "tools/support/file.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

constexpr char kServingConfig[] = "serving_server_conf.prototxt";

// Names in `names` that end in `suffix`.
std::vector<std::string> with_suffix(const std::vector<std::string> &names, const std::string &suffix) {
  std::vector<std::string> out;
  for (const std::string &name : names)
    if (has_suffix(name, suffix)) out.push_back(name);
  return out;
}

// The only name, or empty where there is none. `what` says in the message of what there are several.
std::string only(const std::string &directory, const std::vector<std::string> &names, const std::string &what) {
  if (names.size() > 1)
    throw Error(directory + ": holds several " + what + " (" + quoted(names[0]) + ", " + quoted(names[1]) +
                (names.size() > 2 ? ", ..." : "") + "): give the path of the one to read");
  return names.empty() ? std::string() : join_path(directory, names[0]);
}

// Whether the file begins like the JSON of Paddle 3's PIR programs.
bool is_pir_json(const std::string &path) {
  const MappedFile file(path);
  const std::string_view head(reinterpret_cast<const char *>(file.data()), std::min(file.size(), size_t(4096)));
  return !head.empty() && head[0] == '{' && head.find("base_code") != head.npos && head.find("pir") != head.npos;
}

bool is_program(const std::string &path) {
  const MappedFile file(path);
  try {
    parse_program(file.data(), file.size());
    return true;
  } catch (const Error &) {
    return false;
  }
}

}  // namespace

std::string join_path(const std::string &directory, const std::string &name) {
  return (std::filesystem::path(directory) / name).string();
}

std::string parent_directory(const std::string &path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string file_name(const std::string &path) { return std::filesystem::path(path).filename().string(); }

bool has_suffix(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::vector<std::string> list_files(const std::string &directory) {
  std::vector<std::string> files;
  for (const std::string &name : list_directory(directory))
    if (is_regular_file(join_path(directory, name))) files.push_back(name);
  return files;
}

std::string find_program(const std::string &directory, bool has_params_file) {
  const std::vector<std::string> names = list_files(directory);
  if (std::binary_search(names.begin(), names.end(), "__model__")) return join_path(directory, "__model__");

  const bool has_pickle = !with_suffix(names, ".pdparams").empty() && !has_params_file;
  std::vector<std::string> programs;
  for (const std::string &name : with_suffix(names, ".pdmodel")) {
    const std::string parameters = name.substr(0, name.size() - std::string_view(".pdmodel").size()) + ".pdiparams";
    if (!has_pickle || std::binary_search(names.begin(), names.end(), parameters)) programs.push_back(name);
  }
  if (!programs.empty()) return only(directory, programs, "programs");
  if (has_pickle) return "";

  for (const std::string &name : names) {
    if (has_suffix(name, ".json")) refuse_foreign_file(join_path(directory, name));
    if (is_program(join_path(directory, name))) programs.push_back(name);
  }
  return only(directory, programs, "files that could be the program");
}

std::string find_pickle(const std::string &directory) {
  return only(directory, with_suffix(list_files(directory), ".pdparams"), "checkpoints");
}

std::string find_subdirectory(const std::string &directory) {
  std::vector<std::string> all, serving;
  for (const std::string &name : list_directory(directory)) {
    const std::string path = join_path(directory, name);
    if (!is_directory(path) || name[0] == '.' || name == "__MACOSX") continue;  // the latter: what a Mac's zip leaves
    all.push_back(path);
    if (is_regular_file(join_path(path, kServingConfig))) serving.push_back(path);
  }
  if (all.size() == 1) return all[0];
  return serving.size() == 1 ? serving[0] : std::string();
}

void refuse_foreign_file(const std::string &path) {
  if (has_suffix(path, ".json") && is_pir_json(path))
    throw Error(
        path +
        ": a program of Paddle 3 (PIR), which skiff does not read: export it in the 2.x format, as X.pdmodel and X.pdiparams");
  if (has_suffix(path, ".nb"))
    throw Error(path + ": a model optimised by Paddle-Lite, which skiff does not read: give the Paddle model it was made from");
  const MappedFile file(path);
  const std::string_view bytes(reinterpret_cast<const char *>(file.data()), file.size());
  const bool is_tar = bytes.size() > 262 && bytes.substr(257, 5) == "ustar";
  if (is_tar || bytes.substr(0, 2) == "\x1f\x8b" || bytes.substr(0, 4) == "PK\x03\x04")
    throw Error(path + ": a packed archive: unpack it and give the directory");
}

bool is_pickle(const std::string &path) {
  const MappedFile file(path);
  return file.size() > 2 && file.data()[0] == 0x80 && file.data()[1] >= 2 && file.data()[1] <= 5;
}

}  // namespace skiff::paddle
