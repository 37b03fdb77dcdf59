// SPDX-License-Identifier: MIT
//
// Paths are expanded and output names settled before the first picture is read: a slip in the command line is told at once, not
// after an hour of work.
#include "tools/skiff/inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <utility>

#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

namespace fs = std::filesystem;

constexpr char kStdin[] = "-";
constexpr uint64_t kMaxListBytes = 64u << 20;
constexpr int kMaxSidePx = 65535;                  // what an engine can be made for (skiff_config.max_width_px)
constexpr uint64_t kMaxPictureBytes = 512u << 20;  // above the largest picture decoded: 50 megapixels of 16-bit RGB, uncompressed

// Extension of a path in lower case, with its dot.
std::string extension_of(const std::string &path) {
  std::string extension = fs::path(path).extension().string();
  for (char &c : extension) c = char(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

bool is_picture_name(const std::string &name) {
  static const std::set<std::string> extensions = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".pnm", ".ppm", ".pgm", ".pbm"};
  return extensions.count(extension_of(name)) > 0;
}

void add_path(const std::string &path, std::vector<WorkItem> *items) {
  if (!is_directory(path)) {
    items->push_back({path, ""});
    return;
  }
  const size_t before = items->size();
  for (const std::string &name : list_directory(path)) {
    const std::string inside = (fs::path(path) / name).string();
    if (is_picture_name(name) && !is_directory(inside)) items->push_back({inside, ""});
  }
  if (items->size() == before)
    throw Error(path + ": no pictures in this directory (.jpg .jpeg .png .bmp .gif .pnm .ppm .pgm .pbm)");
}

void add_list(const std::string &path, std::vector<WorkItem> *items) {
  const std::vector<uint8_t> bytes = read_file(path, kMaxListBytes);
  const size_t before = items->size();
  for (const std::string &line : split_lines({reinterpret_cast<const char *>(bytes.data()), bytes.size()})) {
    if (!line.empty()) add_path(line, items);
  }
  if (items->size() == before) throw Error(path + ": the list names no pictures");
}

using FileId = std::pair<dev_t, ino_t>;

// What tells two names of one file, false where there is no such file.
bool find_file_id(const std::string &path, FileId *id) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return false;
  *id = {status.st_dev, status.st_ino};
  return true;
}

void refuse_to_overwrite_inputs(const std::vector<WorkItem> &items) {
  std::set<FileId> inputs;
  FileId id;
  for (const WorkItem &item : items) {
    if (find_file_id(item.path, &id)) inputs.insert(id);
  }
  for (const WorkItem &item : items) {
    if (find_file_id(item.output, &id) && inputs.count(id)) {
      throw UsageError(item.output + ": -o would overwrite an input; name another place");
    }
  }
}

// A name for the annotated copy of `input` in a directory, not in `taken`.
std::string output_name(const std::string &input, std::set<std::string> *taken) {
  static const std::set<std::string> writable = {".jpg", ".jpeg", ".png", ".bmp", ".ppm"};
  const fs::path path(input == kStdin ? "stdin.png" : input);
  const std::string stem = path.stem().string();
  const std::string extension = writable.count(extension_of(input)) ? path.extension().string() : ".png";
  std::string name = stem + extension;
  for (int copy = 2; !taken->insert(name).second; ++copy) name = stem + "-" + std::to_string(copy) + extension;
  return name;
}

}  // namespace

WorkList expand_inputs(const std::vector<std::string> &inputs) {
  WorkList list;
  for (const std::string &input : inputs) {
    if (input == kStdin) {
      list.items.push_back({input, ""});
    } else if (input.size() > 1 && input[0] == '@') {
      add_list(input.substr(1), &list.items);
    } else {
      add_path(input, &list.items);
    }
  }
  const auto is_stdin = [](const WorkItem &item) { return item.path == kStdin; };
  if (std::count_if(list.items.begin(), list.items.end(), is_stdin) > 1) {
    throw UsageError("'-' is given twice, but standard input holds one picture");
  }
  list.is_single = inputs.size() == 1 && list.items.size() == 1 && list.items[0].path == inputs[0];
  return list;
}

void assign_outputs(WorkList *list, const std::string &out) {
  if (list->is_single && !is_directory(out)) {
    list->items[0].output = out;
  } else {
    std::error_code failure;
    fs::create_directories(out, failure);
    if (!is_directory(out)) throw Error(out + ": cannot make this directory: " + (failure ? failure.message() : "it is a file"));
    std::set<std::string> taken;
    for (WorkItem &item : list->items) item.output = (fs::path(out) / output_name(item.path, &taken)).string();
  }
  refuse_to_overwrite_inputs(list->items);
}

Image load_picture(const std::string &path, const DecodeOptions &options) {
  const bool is_stdin = path == kStdin;
  const std::vector<uint8_t> bytes = is_stdin ? read_stdin(kMaxPictureBytes) : read_file(path, kMaxPictureBytes);
  const std::string name = is_stdin ? "standard input" : path;
  if (bytes.empty()) throw Error(name + ": empty, not a picture");
  try {
    Image image = decode_image(bytes.data(), bytes.size(), options);
    if (std::max(image.width, image.height) <= kMaxSidePx) return image;
    throw Error(std::to_string(image.width) + "x" + std::to_string(image.height) + " pixels, larger than the limit of " +
                std::to_string(kMaxSidePx) + " a side");
  } catch (const Error &error) {
    throw Error(name + ": " + error.what());
  }
}

}  // namespace skiff
