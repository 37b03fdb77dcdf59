// SPDX-License-Identifier: MIT
//
// Work done by several threads, results taken in order: what makes --jobs change the speed and nothing else.
#pragma once
#include <cstddef>
#include <functional>

namespace skiff {

constexpr int kMaxJobs = 256;  // largest --jobs

// Workers for `count` items where the user asked for `jobs`: 0 is one per CPU, never more than items, at least 1.
int worker_count(int jobs, size_t count);

// Calls work(worker, index) once for every index in [0, count) on `workers` threads, worker in [0, workers) telling which; and
// take(index) on the calling thread, in order of index, each after its work. Threads run ahead of take by a few items only. The
// first exception of either ends the rest early and is thrown here once all threads have ended.
void run_ordered(size_t count, int workers, const std::function<void(int worker, size_t index)> &work,
                 const std::function<void(size_t index)> &take);

}  // namespace skiff
