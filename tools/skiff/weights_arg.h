// SPDX-License-Identifier: MIT
//
// From a --weights argument to a running engine: finding the file, mapping it once, and owning the memory that the C API asks its
// caller for. Every command that needs a model goes through here, so that they agree on the default model and on what errors say.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/skiff.h"
#include "tools/support/file.h"

namespace skiff {

// A weights file in memory, read in place. Any number of engines may share it.
struct Weights {
  std::string path;
  MappedFile file;
};

// Adds a command's weights file, as its first argument or by --weights; `path` stays empty where the user gives neither.
void add_weights_option(CLI::App *command, std::string *path);

// Maps the file at `path`; the default model where `path` is empty. Throws Error naming the file, or the places that were
// searched.
std::shared_ptr<const Weights> open_weights(const std::string &path);

// What is wrong with a weights file, in words: "damaged: ... (reason, at byte N)".
std::string describe(skiff_status status, const skiff_weights_error &error);

// The C API's defaults, as a value.
skiff_config default_config();

// An engine and the memory it lies in. One thread at a time; see skiff.h. Move-only.
class Engine {
 public:
  // Throws Error with the file's name, the status in words, and for a refused file the reason and the byte offset.
  Engine(std::shared_ptr<const Weights> weights, const skiff_config &config);

  // Makes room for pictures of this size: where the engine was made for smaller ones it is made anew with larger tables.
  // get() is another pointer afterwards. Throws Error; then the engine is as it was.
  void reserve(int width_px, int height_px);

  skiff_engine *get() const { return engine_; }
  skiff_info info() const;

  // Labels of the classes, by class id; "" for the background, which is never reported.
  std::vector<std::string> reported_labels() const;

  const Weights &weights() const { return *weights_; }

  // Throws Error "FILE: <what the status means>" unless it is SKIFF_OK.
  void check(skiff_status status) const;

 private:
  struct Free {
    void operator()(void *memory) const;
  };

  std::shared_ptr<const Weights> weights_;
  skiff_config config_;
  std::unique_ptr<void, Free> memory_;
  skiff_engine *engine_ = nullptr;
};

}  // namespace skiff
