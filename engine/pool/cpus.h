// SPDX-License-Identifier: MIT
//
// Which CPUs the threads of a pool run on.
#pragma once
#include <sched.h>

#include "engine/pool/pool.h"

namespace skiff {

// CPUs for the threads of a pool; none = the system chooses.
struct Placement {
  int32_t cpus[SKIFF_POOL_MAX_CPUS];
  int32_t count;
  bool is_shared;  // every thread may run on all of them; else thread i stays on cpus[i]
};

// Reads the options of a pool of `threads` threads. Errors: ARGUMENT, SYSFS.
skiff_pool_status place_threads(const skiff_pool_options &options, int32_t threads, Placement *placement);

// Binds the calling thread, as thread `index`. False where the system does not allow it.
bool bind_thread(const Placement &placement, int32_t index);

// How many CPUs there are for the threads.
int32_t usable_cpus(const Placement &placement);

}  // namespace skiff
