// SPDX-License-Identifier: MIT
//
// A module lies beside the program (build folder) or in lib/skiff of its prefix (installed). It stays loaded: some libraries do
// not like to go.
#include "bench/skiff_bench/against.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tools/support/error.h"

#if defined(SKIFF_YARDSTICKS)
#include <dlfcn.h>
#endif

namespace skiff::bench {
namespace {

#if defined(SKIFF_YARDSTICKS)
namespace fs = std::filesystem;

// `option` is what the user asked for it by.
const YardstickApi *load(const std::string &file, const std::string &option) {
  std::error_code failure;
  const fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
  std::string reason;
  for (const fs::path &path : {folder / "../yardsticks" / file, folder / "../lib/skiff" / file}) {
    void *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module != nullptr) return static_cast<const YardstickApi *>(dlsym(module, kYardstickSymbol));
    if (reason.empty() || fs::exists(path, failure)) reason = dlerror();
  }
  throw Error(option + ": cannot load it: " + reason);
}
#else
const YardstickApi *load(const std::string &, const std::string &option) { throw Error(option + ": not in this build"); }
#endif

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<std::string> yardstick_names() {
  std::vector<std::string> names;
#if defined(SKIFF_YARDSTICKS)
  for (const char *name : {SKIFF_YARDSTICKS}) names.push_back(name);
#endif
  return names;
}

std::vector<std::string> backend_names() {
  std::vector<std::string> names;
#if defined(SKIFF_BACKENDS)
  for (const char *name : {SKIFF_BACKENDS}) names.push_back(name);
#endif
  return names;
}

Yardstick::Yardstick(Kind kind, const std::string &name, const WeightsView &view, int threads)
    : option_((kind == Kind::kAgainst ? "--against " : "--backend ") + name) {
  const std::vector<std::string> known = kind == Kind::kAgainst ? yardstick_names() : backend_names();
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw UsageError(option_ + ": not in this build (libraries it found: " + listed(known) +
                     "); install libxnnpack-dev, libpthreadpool-dev, libdnnl-dev, and set it up anew");
  setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);  // read when OpenMP's runtime is loaded
  api_ = load((kind == Kind::kAgainst ? "yardstick_" : "backend_") + name + ".so", option_);
  if (api_ == nullptr) throw Error(option_ + ": its module exports no yardstick");
  char error[256] = "";
  network_ = api_->create(&view, threads, error, sizeof error);
  if (network_ == nullptr) throw Error(option_ + ": " + error);
}

Yardstick::~Yardstick() {
  if (network_ != nullptr) api_->destroy(network_);
}

void Yardstick::run(const float *tensor, float *loc, float *conf) {
  if (!api_->run(network_, tensor, loc, conf)) throw Error(option_ + ": it failed to run");
}

}  // namespace skiff::bench
