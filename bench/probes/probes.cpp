// SPDX-License-Identifier: MIT
//
// Bursts are short, so that one of them falls between whatever else the machine does, and many, so that the clock has time to
// rise.
#include "bench/probes.h"

#include <sys/mman.h>
#include <time.h>

#include "bench/probes/fma.h"
#include "engine/skiff.h"
#include "kernels/cpu.h"

namespace skiff {
namespace {

double now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

using RoundsFn = int64_t (*)(int64_t rounds, float *out);

RoundsFn rounds_of(uint32_t isa_bit) {
  switch (isa_bit) {
    case 0:
      return skiff_fma_rounds_plain;
#if defined(SKIFF_HAVE_AVX2)
    case SKIFF_CPU_AVX2:
      return skiff_fma_rounds_avx2;
#endif
#if defined(SKIFF_HAVE_AVX512)
    case SKIFF_CPU_AVX512:
      return skiff_fma_rounds_avx512;
#endif
#if defined(SKIFF_HAVE_NEON)
    case SKIFF_CPU_NEON:
      return skiff_fma_rounds_neon;
#endif
    default:
      return nullptr;
  }
}

// Adds up a buffer, eight vectors at a time.
typedef uint64_t Vec __attribute__((vector_size(32)));
uint64_t read_all(const Vec *data, int64_t vectors) {
  Vec s0 = {0, 0, 0, 0}, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (int64_t i = 0; i < vectors; i += 8) {
    s0 += data[i], s1 += data[i + 1], s2 += data[i + 2], s3 += data[i + 3];
    s4 += data[i + 4], s5 += data[i + 5], s6 += data[i + 6], s7 += data[i + 7];
  }
  const Vec sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
  return sum[0] + sum[1] + sum[2] + sum[3];
}

volatile float float_sink;
volatile uint64_t integer_sink;

}  // namespace

double fma_peak_gmacs(uint32_t isa_bit) {
  const RoundsFn run = rounds_of(isa_bit);
  if (run == nullptr || (isa_bit & ~cpu_features()) != 0) return 0.0;
  constexpr int64_t kRounds = 20000;
  constexpr double kBudgetNs = 60e6;
  double best = 0.0;
  for (const double begin = now_ns(); now_ns() - begin < kBudgetNs;) {
    float out;
    const double before = now_ns();
    const double macs = double(run(kRounds, &out)) * kRounds;
    const double rate = macs / (now_ns() - before);
    if (rate > best) best = rate;
    float_sink = out;
  }
  return best;
}

double memory_read_gbps() {
  constexpr size_t kBytes = size_t(192) << 20;
  constexpr int kPasses = 8;
  void *memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0.0;
  for (size_t i = 0; i < kBytes / sizeof(uint64_t); ++i) static_cast<uint64_t *>(memory)[i] = i;  // pages of its own
  double best = 0.0;
  for (int pass = 0; pass < kPasses; ++pass) {
    const double before = now_ns();
    integer_sink = read_all(static_cast<const Vec *>(memory), int64_t(kBytes / sizeof(Vec)));
    const double rate = double(kBytes) / (now_ns() - before);
    if (rate > best) best = rate;
  }
  munmap(memory, kBytes);
  return best;
}

}  // namespace skiff
