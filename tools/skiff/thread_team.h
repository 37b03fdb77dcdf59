// SPDX-License-Identifier: MIT
//
// Threads that share the tiles of one network layer after another: what --threads gives to the engine.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace skiff {

// A fixed set of threads, asleep between calls. The thread that calls takes part. One caller at a time.
class ThreadTeam {
 public:
  // `threads` counts the caller: 1 starts none. Throws std::system_error where the system has no more threads.
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam &) = delete;
  ThreadTeam &operator=(const ThreadTeam &) = delete;

  // A skiff_parallel_for: calls fn(arg, i) for every i in [0, count) and returns when all have returned. `team` is a ThreadTeam.
  // fn must not throw.
  static void parallel_for(void *team, int32_t count, void (*fn)(void *arg, int32_t index), void *arg);

 private:
  using Lock = std::unique_lock<std::mutex>;

  ThreadTeam() = default;
  void loop();
  void run(int32_t count, void (*fn)(void *, int32_t), void *arg);
  void work(Lock *lock);

  std::mutex mutex_;
  std::condition_variable has_work_, is_finished_;
  void (*fn_)(void *, int32_t) = nullptr;
  void *arg_ = nullptr;
  int32_t next_ = 0, count_ = 0, running_ = 0;
  bool is_stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace skiff
