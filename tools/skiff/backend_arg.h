// SPDX-License-Identifier: MIT
//
// From --backend to what runs the network: Skiff's own kernels, or another library behind the same weights file.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "kernels/xnnpack/backend.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {

constexpr char kNativeBackend[] = "native";

void add_backend_option(CLI::App *command, std::string *name);

// Runs a network by another library than Skiff's. One thread at a time. Move-only.
class Backend {
 public:
  // Skiff's own kernels: stands for nothing, and must not run.
  Backend() = default;

  // What `name` calls for, its work spread over `threads` threads. Throws UsageError for a backend that is not built in, Error
  // naming the file where it cannot be used.
  Backend(const std::string &name, const Weights &weights, int threads);

  bool is_native() const { return !xnnpack_; }

  // As skiff_network. Throws Error.
  void run(const float *image, float *loc, float *conf);

 private:
  struct Free {
    void operator()(XnnpackBackend *backend) const;
  };

  std::string path_;  // of the weights
  std::unique_ptr<XnnpackBackend, Free> xnnpack_;
};

}  // namespace skiff
