// SPDX-License-Identifier: MIT
//
// CPU lists, the kinds of CPUs that a machine has, and binding threads to them.
#include "engine/pool/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace skiff {
namespace {

static_assert(SKIFF_POOL_MAX_CPUS == CPU_SETSIZE, "a cpu_set_t holds every CPU number");

constexpr char kCpuDir[] = "devices/system/cpu";

// The number that `*text` begins with; moves `*text` behind it. -1 where there is none, or none below SKIFF_POOL_MAX_CPUS.
int32_t take_cpu(const char **text) {
  const char *const begin = *text;
  int32_t cpu = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) {
    cpu = cpu * 10 + (**text - '0');
    if (cpu >= SKIFF_POOL_MAX_CPUS) return -1;
  }
  return *text == begin ? -1 : cpu;
}

// Reads a small text file without its last newline. False where there is none, or more than fits.
bool read_text(const char *path, char *text, size_t capacity) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t used = 0;
  ssize_t got = 0;
  do {
    got = read(file, text + used, capacity - used);
    if (got > 0) used += size_t(got);
  } while ((got > 0 && used < capacity) || (got < 0 && errno == EINTR));
  close(file);
  if (got < 0 || used == capacity) return false;
  if (used > 0 && text[used - 1] == '\n') --used;
  text[used] = '\0';
  return true;
}

// A positive number alone in a file; 0 where it is not.
int64_t read_number(const char *path) {
  char text[32];
  if (!read_text(path, text, sizeof text)) return 0;
  int64_t number = 0;
  const char *c = text;
  for (; *c >= '0' && *c <= '9' && c - text < 18; ++c) number = number * 10 + (*c - '0');
  return *c == '\0' ? number : 0;
}

// Fills speeds[count] from one file a CPU. False unless every CPU has it.
bool read_speeds(const char *sysfs, const char *name, const int32_t *cpus, int32_t count, int64_t *speeds) {
  for (int32_t i = 0; i < count; ++i) {
    char path[512];
    const int length = snprintf(path, sizeof path, "%s/%s/cpu%d/%s", sysfs, kCpuDir, int(cpus[i]), name);
    if (length < 0 || size_t(length) >= sizeof path) return false;
    speeds[i] = read_number(path);
    if (speeds[i] == 0) return false;
  }
  return true;
}

// Keeps the CPUs of a cluster; returns how many.
int32_t keep_cluster(skiff_pool_cluster cluster, const int64_t *speeds, int32_t *cpus, int32_t count) {
  int64_t slowest = speeds[0], fastest = speeds[0];
  for (int32_t i = 1; i < count; ++i) {
    if (speeds[i] < slowest) slowest = speeds[i];
    if (speeds[i] > fastest) fastest = speeds[i];
  }
  // A fifth: cores of one kind differ by less (those picked for the highest boost), kinds by more.
  const int64_t limit = slowest + slowest / 5;
  if (fastest <= limit) return count;
  int32_t kept = 0;
  for (int32_t i = 0; i < count; ++i)
    if ((speeds[i] <= limit) == (cluster == SKIFF_POOL_LITTLE)) cpus[kept++] = cpus[i];
  return kept;
}

}  // namespace

skiff_pool_status place_threads(const skiff_pool_options &options, int32_t threads, Placement *placement) {
  placement->count = 0;
  placement->is_shared = true;
  if (options.cpus == nullptr) {
    if (options.cpu_count != 0) return SKIFF_POOL_ERR_ARGUMENT;
    if (options.cluster == SKIFF_POOL_ALL) return SKIFF_POOL_OK;
    return skiff_pool_cluster_cpus(options.cluster, nullptr, placement->cpus, SKIFF_POOL_MAX_CPUS, &placement->count);
  }
  if (options.cpu_count < 1 || options.cpu_count > SKIFF_POOL_MAX_CPUS || options.cluster != SKIFF_POOL_ALL)
    return SKIFF_POOL_ERR_ARGUMENT;
  for (int32_t i = 0; i < options.cpu_count; ++i) {
    if (options.cpus[i] < 0 || options.cpus[i] >= SKIFF_POOL_MAX_CPUS) return SKIFF_POOL_ERR_ARGUMENT;
    for (int32_t j = 0; j < i; ++j)
      if (options.cpus[j] == options.cpus[i]) return SKIFF_POOL_ERR_ARGUMENT;
    placement->cpus[i] = options.cpus[i];
  }
  placement->count = options.cpu_count;
  placement->is_shared = options.cpu_count < threads;
  return SKIFF_POOL_OK;
}

bool bind_thread(const Placement &placement, int32_t index) {
  if (placement.count == 0) return true;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (!placement.is_shared) CPU_SET(size_t(placement.cpus[index]), &set);
  for (int32_t i = 0; placement.is_shared && i < placement.count; ++i) CPU_SET(size_t(placement.cpus[i]), &set);
  cpu_set_t taken;  // the kernel drops CPUs that are not there as long as one is left
  return sched_setaffinity(0, sizeof set, &set) == 0 && sched_getaffinity(0, sizeof taken, &taken) == 0 &&
         CPU_EQUAL(&set, &taken);
}

int32_t usable_cpus(const Placement &placement) {
  if (placement.count > 0) return placement.count;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);  // more CPUs than a set holds
  return online > 0 ? int32_t(online) : 1;
}

}  // namespace skiff

using namespace skiff;

skiff_pool_status skiff_pool_parse_cpus(const char *text, int32_t *cpus, int32_t capacity, int32_t *count) {
  if (text == nullptr || cpus == nullptr || count == nullptr || capacity < 0) return SKIFF_POOL_ERR_ARGUMENT;
  bool is_listed[SKIFF_POOL_MAX_CPUS] = {};
  int32_t found = 0;
  for (;; ++text) {
    const int32_t first = take_cpu(&text);
    int32_t last = first;
    if (first >= 0 && *text == '-') last = take_cpu(&++text);
    if (first < 0 || last < first) return SKIFF_POOL_ERR_CPU_LIST;
    for (int32_t cpu = first; cpu <= last; ++cpu) {
      if (is_listed[cpu] || found == capacity) return SKIFF_POOL_ERR_CPU_LIST;
      is_listed[cpu] = true;
      cpus[found++] = cpu;
    }
    if (*text != ',') break;
  }
  if (*text != '\0') return SKIFF_POOL_ERR_CPU_LIST;
  *count = found;
  return SKIFF_POOL_OK;
}

skiff_pool_status skiff_pool_cluster_cpus(skiff_pool_cluster cluster, const char *sysfs, int32_t *cpus, int32_t capacity,
                                          int32_t *count) {
  if (cpus == nullptr || count == nullptr || capacity < 0 || cluster < SKIFF_POOL_ALL || cluster > SKIFF_POOL_LITTLE)
    return SKIFF_POOL_ERR_ARGUMENT;
  if (sysfs == nullptr) sysfs = "/sys";
  char path[512], text[4096];
  const int length = snprintf(path, sizeof path, "%s/%s/online", sysfs, kCpuDir);
  if (length < 0 || size_t(length) >= sizeof path || !read_text(path, text, sizeof text)) return SKIFF_POOL_ERR_SYSFS;
  int32_t online[SKIFF_POOL_MAX_CPUS], found = 0;
  if (skiff_pool_parse_cpus(text, online, SKIFF_POOL_MAX_CPUS, &found) != SKIFF_POOL_OK) return SKIFF_POOL_ERR_SYSFS;
  int64_t speeds[SKIFF_POOL_MAX_CPUS];
  const bool is_known = read_speeds(sysfs, "cpu_capacity", online, found, speeds) ||
                        read_speeds(sysfs, "cpufreq/cpuinfo_max_freq", online, found, speeds);
  if (is_known && cluster != SKIFF_POOL_ALL) found = keep_cluster(cluster, speeds, online, found);
  if (found > capacity) return SKIFF_POOL_ERR_ARGUMENT;
  memcpy(cpus, online, size_t(found) * sizeof *cpus);
  *count = found;
  return SKIFF_POOL_OK;
}
