// SPDX-License-Identifier: MIT
#include "bench/skiff_bench/machine.h"

#include <sched.h>
#include <sys/utsname.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "engine/skiff.h"
#include "kernels/cpu.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff::bench {
namespace {

// A file of the kernel's, which has no size before it is read; "" where there is none.
std::string read_text(const char *path) {
  const std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(path, "r"), std::fclose);
  std::string text;
  char part[4096];
  for (size_t got; file && (got = std::fread(part, 1, sizeof part, file.get())) > 0;) text.append(part, got);
  return text;
}

// The value of the first line "key : value" of a file under /proc; "" where there is none.
std::string proc_value(const char *path, const std::string &key) {
  for (const std::string &line : split_lines(read_text(path))) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t colon = line.find(':', key.size());
    if (colon == std::string::npos || line.find_first_not_of(" \t", key.size()) != colon) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::string first_line(const char *path) {
  const std::string text = read_text(path);
  return text.substr(0, text.find_first_of(std::string("\n\0", 2)));  // device trees end their texts with a zero
}

double number_of(const std::string &text) { return std::strtod(text.c_str(), nullptr); }

std::string cpu_name(const utsname &system) {
  for (const std::string &name : {proc_value("/proc/cpuinfo", "model name"), proc_value("/proc/cpuinfo", "Hardware"),
                                  first_line("/proc/device-tree/model")})
    if (!name.empty()) return name;
  return system.machine;
}

double current_mhz() {
  const double khz = number_of(first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"));
  return khz > 0 ? khz / 1000 : number_of(proc_value("/proc/cpuinfo", "cpu MHz"));
}

}  // namespace

MachineFacts read_machine() {
  utsname system = {};
  uname(&system);
  MachineFacts facts;
  facts.cpu = cpu_name(system);
  facts.kernel = std::string(system.sysname) + " " + system.release;
  facts.mhz = current_mhz();
  cpu_set_t set;
  facts.cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
  facts.isa.push_back("ref");
  const uint32_t features = cpu_features();
  if ((features & SKIFF_CPU_AVX2) != 0) facts.isa.push_back("avx2");
  if ((features & SKIFF_CPU_AVX512) != 0) facts.isa.push_back("avx512");
  if ((features & SKIFF_CPU_NEON) != 0) facts.isa.push_back("neon");
  return facts;
}

MemoryFacts read_memory() {
  MemoryFacts facts;
  facts.rss_kb = uint64_t(number_of(proc_value("/proc/self/status", "VmRSS")));
  facts.peak_rss_kb = uint64_t(number_of(proc_value("/proc/self/status", "VmHWM")));
  return facts;
}

uint32_t cpu_mask_of(const std::string &name) {
  if (name == "all") return SKIFF_CPU_ALL;
  if (name == "ref") return SKIFF_CPU_PORTABLE;
  if (name == "avx2") return SKIFF_CPU_AVX2;
  if (name == "avx512") return SKIFF_CPU_AVX2 | SKIFF_CPU_AVX512;
  if (name == "neon") return SKIFF_CPU_NEON;
  throw UsageError("--cpu-mask " + name + ": not one of ref, avx2, avx512, neon, all");
}

}  // namespace skiff::bench
