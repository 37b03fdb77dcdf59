// SPDX-License-Identifier: MIT
//
// Each thread's share is measured by a process of its own; all begin together, so that they share the memory and the clock as
// threads do.
#include "bench/skiff_bench/roof.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bench/probes.h"
#include "engine/skiff.h"
#include "tools/support/error.h"

namespace skiff::bench {
namespace {

constexpr int kMaxMemoryProbes = 8;  // a probe needs 192 MiB, and a few saturate any memory

struct Request {
  uint32_t isa_bits;
  bool wants_fma, wants_memory;
};

double best_fma(uint32_t isa_bits) {
  double best = 0;
  for (const uint32_t bit : {SKIFF_CPU_AVX2, SKIFF_CPU_AVX512, SKIFF_CPU_NEON})
    if ((isa_bits & bit) != 0) best = std::max(best, fma_peak_gmacs(bit));
  return best > 0 ? best : fma_peak_gmacs(0);
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe(ends) != 0) throw Error("cannot measure the machine's limits: no pipe");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe &) = delete;
  void close_end(int end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
};

// In the child: waits until `start` is closed, then writes its figures and is gone.
[[noreturn]] void run_probe(const Request &request, int32_t cpu, Pipe *start, Pipe *results) {
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(size_t(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  start->close_end(1);
  char nothing;
  while (read(start->ends[0], &nothing, 1) < 0 && errno == EINTR) {
  }
  const double figures[2] = {request.wants_fma ? best_fma(request.isa_bits) : 0, request.wants_memory ? memory_read_gbps() : 0};
  _exit(write(results->ends[1], figures, sizeof figures) == ssize_t(sizeof figures) ? 0 : 1);
}

// Sums over the processes.
Roof measure(int processes, const Request &request, const std::vector<int32_t> &cpus) {
  Pipe start, results;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) run_probe(request, cpus.size() >= size_t(processes) ? cpus[size_t(i)] : -1, &start, &results);
    if (child > 0) children.push_back(child);
  }
  start.close_end(1);
  results.close_end(1);
  Roof roof;
  size_t answers = 0;
  for (double figures[2]; read(results.ends[0], figures, sizeof figures) == ssize_t(sizeof figures); ++answers) {
    roof.fma_gmacs += figures[0];
    roof.memory_gbps += figures[1];
  }
  for (const pid_t child : children)
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  if (answers != size_t(processes))
    throw Error("cannot measure the machine's limits: a process was not to be had, or ended early");
  return roof;
}

}  // namespace

double Roof::least_ms(uint64_t macs, uint64_t bytes) const {
  const double compute = fma_gmacs > 0 ? double(macs) / fma_gmacs * 1e-6 : 0;
  const double memory = memory_gbps > 0 ? double(bytes) / memory_gbps * 1e-6 : 0;
  return std::max(compute, memory);
}

Roof measure_roof(int threads, uint32_t isa_bits, const std::vector<int32_t> &cpus) {
  Roof roof = measure(std::min(threads, kMaxMemoryProbes), {isa_bits, false, true}, cpus);
  roof.fma_gmacs = measure_fma_gmacs(threads, isa_bits, cpus);
  return roof;
}

double measure_fma_gmacs(int threads, uint32_t isa_bits, const std::vector<int32_t> &cpus) {
  return measure(threads, {isa_bits, true, false}, cpus).fma_gmacs;
}

}  // namespace skiff::bench
