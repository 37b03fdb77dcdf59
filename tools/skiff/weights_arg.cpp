// SPDX-License-Identifier: MIT
//
// Programs that need nothing on the machine they are copied to have the default model inside. Others look for it beside the
// program first (an installed prefix, then a build folder inside the source tree) and last where the sources were at build time,
// so that a moved or copied build keeps using its own file.
#include "tools/skiff/weights_arg.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <utility>
#include <vector>

#include "kernels/pack.h"
#include "tools/support/error.h"

#if SKIFF_HAS_WEIGHTS_INSIDE
extern "C" const uint8_t skiff_default_weights[], skiff_default_weights_end[];
#endif

namespace skiff {
namespace {

constexpr char kDefaultName[] = "mobilenet-ssd-half-voc.skiff";

#if SKIFF_HAS_WEIGHTS_INSIDE
Weights default_weights() {
  const size_t bytes = size_t(skiff_default_weights_end - skiff_default_weights);
  return {std::string(kDefaultName) + " in this program", MappedFile(skiff_default_weights, bytes)};
}
#else
namespace fs = std::filesystem;

std::string find_default_weights() {
  std::vector<fs::path> places;
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) {
    places.push_back(program.parent_path() / "../share/skiff" / kDefaultName);
    places.push_back(program.parent_path() / "../../../weights" / kDefaultName);
  }
  places.push_back(fs::path(SKIFF_SOURCE_ROOT) / "weights" / kDefaultName);
  std::string searched;
  for (const fs::path &place : places) {
    const std::string path = place.lexically_normal().string();
    if (is_regular_file(path)) return path;
    if (searched.find(path) == searched.npos) searched += (searched.empty() ? "" : ", ") + path;
  }
  throw Error("no default model (searched " + searched + "): name one with --weights FILE, or make one with " +
              "skiff convert MODEL_DIR -o FILE.skiff");
}

Weights default_weights() {
  const std::string path = find_default_weights();
  return {path, MappedFile(path)};
}
#endif

}  // namespace

void add_weights_option(CLI::App *command, std::string *path) {
  constexpr char kHelp[] = "the weights file (default: the model shipped with skiff)";
  CLI::Option *positional = command->add_option("W", *path, kHelp)->type_name("");
  command->add_option("--weights", *path, "the same, by name")->type_name("FILE")->excludes(positional);
}

std::string describe(skiff_status status, const skiff_weights_error &error) {
  std::string text = skiff_status_message(status);
  if (error.reason) text += std::string(" (") + error.reason + ", at byte " + std::to_string(error.offset) + ")";
  return text;
}

std::shared_ptr<const Weights> open_weights(const std::string &path) {
  if (!path.empty() && is_directory(path))
    throw Error(path + ": a directory, not a weights file; make one with skiff convert " + path + " -o FILE.skiff");
  auto weights = std::make_shared<Weights>(path.empty() ? default_weights() : Weights{path, MappedFile(path)});
  if (weights->file.size() == 0) throw Error(weights->path + ": an empty file, not Skiff weights");
  return weights;
}

skiff_config default_config() {
  skiff_config config;
  skiff_config_default(&config);
  return config;
}

void Engine::Free::operator()(void *memory) const { std::free(memory); }

Engine::Engine(std::shared_ptr<const Weights> weights, const skiff_config &config)
    : weights_(std::move(weights)), config_(config) {
  skiff_weights_error error = {};
  skiff_config checked = config;
  checked.weights_error = &error;
  const uint8_t *data = weights_->file.data();
  const size_t size = weights_->file.size();
  const auto require = [&](skiff_status status) {
    if (status != SKIFF_OK) throw Error(weights_->path + ": " + describe(status, error));
  };
  size_t bytes = 0;
  require(skiff_memory_required(data, size, &checked, &bytes));
  memory_.reset(std::aligned_alloc(SKIFF_MEMORY_ALIGNMENT, round_up(bytes, SKIFF_MEMORY_ALIGNMENT)));
  if (!memory_) throw std::bad_alloc();
  require(skiff_init(data, size, &checked, memory_.get(), bytes, &engine_));
}

void Engine::reserve(int width_px, int height_px) {
  if (width_px <= config_.max_width_px && height_px <= config_.max_height_px) return;
  skiff_config larger = config_;
  larger.max_width_px = std::max(config_.max_width_px, width_px);
  larger.max_height_px = std::max(config_.max_height_px, height_px);
  *this = Engine(weights_, larger);
}

skiff_info Engine::info() const {
  skiff_info info;
  check(skiff_get_info(engine_, &info));
  return info;
}

std::vector<std::string> Engine::reported_labels() const {
  const skiff_info facts = info();
  std::vector<std::string> labels;
  for (int32_t c = 0; c < facts.class_count; ++c) labels.push_back(c == facts.background_id ? "" : skiff_label(engine_, c));
  return labels;
}

void Engine::check(skiff_status status) const {
  if (status != SKIFF_OK) throw Error(weights_->path + ": " + skiff_status_message(status));
}

}  // namespace skiff
