// SPDX-License-Identifier: MIT
//
// From --threads, --cpus and --cluster to a pool of threads on the right CPUs.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/pool/pool.h"
#include "engine/skiff.h"

namespace skiff {

// Which CPUs to run on. Nothing given: wherever the system likes.
struct CpuArgs {
  std::string cpus, cluster;
};

void add_cpu_options(CLI::App *command, CpuArgs *args);

// The CPUs meant; empty = any. Throws UsageError for what is not a list, Error where the system does not tell about its CPUs.
std::vector<int32_t> named_cpus(const CpuArgs &args);

// Keeps the calling thread, and threads that it starts from now on, on these CPUs; empty = changes nothing. Throws Error.
void stay_on_cpus(const std::vector<int32_t> &cpus);

struct FreePool {
  void operator()(skiff_pool *pool) const { skiff_pool_destroy(pool); }
};
using Pool = std::unique_ptr<skiff_pool, FreePool>;

// A pool of `threads` threads, the calling one among them; null for one. With as many CPUs as threads each has one for
// itself (the caller once it is bound), with fewer they share them. Throws Error.
Pool make_pool(int threads, const std::vector<int32_t> &cpus = {});

// Binds the calling thread, as the first of the pool's; what it starts afterwards inherits that. Null does nothing. Throws Error.
void bind_caller(const Pool &pool);

// The configuration of an engine whose work the pool shares; unchanged for a null pool. The pool must outlive the engine.
skiff_config with_pool(skiff_config config, const Pool &pool);

}  // namespace skiff
