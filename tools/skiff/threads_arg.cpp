// SPDX-License-Identifier: MIT
#include "tools/skiff/threads_arg.h"

#include <sched.h>

#include "tools/support/error.h"

namespace skiff {
namespace {

void require(skiff_pool_status status, const char *what) {
  if (status != SKIFF_POOL_OK) throw Error(std::string(what) + ": " + skiff_pool_status_message(status));
}

}  // namespace

void add_cpu_options(CLI::App *command, CpuArgs *args) {
  CLI::Option *cpus = command->add_option("--cpus", args->cpus, "run on these CPUs only, as in 0,1,4-7")->type_name("LIST");
  command->add_option("--cluster", args->cluster, "run on this kind of CPU only: big, little")
      ->type_name("KIND")
      ->check(CLI::IsMember({"big", "little", "all"}))
      ->excludes(cpus);
}

std::vector<int32_t> named_cpus(const CpuArgs &args) {
  std::vector<int32_t> cpus(SKIFF_POOL_MAX_CPUS);
  int32_t count = 0;
  if (!args.cpus.empty()) {
    const skiff_pool_status status = skiff_pool_parse_cpus(args.cpus.c_str(), cpus.data(), int32_t(cpus.size()), &count);
    if (status != SKIFF_POOL_OK) throw UsageError("--cpus " + args.cpus + ": " + skiff_pool_status_message(status));
  } else if (args.cluster == "big" || args.cluster == "little") {
    const skiff_pool_cluster cluster = args.cluster == "big" ? SKIFF_POOL_BIG : SKIFF_POOL_LITTLE;
    require(skiff_pool_cluster_cpus(cluster, nullptr, cpus.data(), int32_t(cpus.size()), &count), "--cluster");
  }
  cpus.resize(size_t(count));
  return cpus;
}

void stay_on_cpus(const std::vector<int32_t> &cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int32_t cpu : cpus) CPU_SET(size_t(cpu), &set);
  cpu_set_t taken;  // the kernel drops CPUs that are not there as long as one is left
  const bool is_done =
      sched_setaffinity(0, sizeof set, &set) == 0 && sched_getaffinity(0, sizeof taken, &taken) == 0 && CPU_EQUAL(&set, &taken);
  if (!is_done) require(SKIFF_POOL_ERR_CPU, "cannot run on the CPUs named");
}

Pool make_pool(int threads, const std::vector<int32_t> &cpus) {
  if (threads <= 1) return nullptr;
  skiff_pool_options options;
  skiff_pool_options_default(&options);
  options.cpus = cpus.empty() ? nullptr : cpus.data();
  options.cpu_count = int32_t(cpus.size());
  skiff_pool *pool = nullptr;
  require(skiff_pool_create(threads, &options, &pool), "cannot start threads");
  return Pool(pool);
}

void bind_caller(const Pool &pool) {
  if (pool) require(skiff_pool_bind_caller(pool.get()), "cannot run on the CPUs named");
}

skiff_config with_pool(skiff_config config, const Pool &pool) {
  if (!pool) return config;
  config.parallel_for = skiff_pool_parallel_for;
  config.parallel_ctx = pool.get();
  config.lanes = skiff_pool_threads(pool.get());
  return config;
}

}  // namespace skiff
