// SPDX-License-Identifier: MIT
//
// One lock guards all: an item is a picture and takes milliseconds, so nothing finer is worth its trouble.
#include "tools/skiff/ordered.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace skiff {
namespace {

constexpr size_t kItemsAhead = 4;  // per worker: enough to ride out one slow picture, little memory

class OrderedRun {
 public:
  OrderedRun(size_t count, size_t window, const std::function<void(int, size_t)> &work)
      : count_(count), window_(window), work_(work), is_done_(count, false) {}

  ~OrderedRun() {
    stop(nullptr);
    for (std::thread &thread : threads_) thread.join();
  }

  void start(int workers) {
    for (int worker = 0; worker < workers; ++worker) threads_.emplace_back([this, worker] { loop(worker); });
  }

  // Returns when `index` is done; throws what a worker threw.
  void wait_for(size_t index) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return is_done_[index] || failure_; });
    if (failure_) std::rethrow_exception(failure_);
  }

  void mark_taken(size_t index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken_ = index + 1;
    changed_.notify_all();
  }

 private:
  void loop(int worker) {
    try {
      for (size_t index = 0; claim(&index);) {
        work_(worker, index);
        const std::lock_guard<std::mutex> lock(mutex_);
        is_done_[index] = true;
        changed_.notify_all();
      }
    } catch (...) {
      stop(std::current_exception());
    }
  }

  bool claim(size_t *index) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return is_stopped_ || next_ == count_ || next_ < taken_ + window_; });
    if (is_stopped_ || next_ == count_) return false;
    *index = next_++;
    return true;
  }

  void stop(std::exception_ptr failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
    if (!failure_) failure_ = failure;
    changed_.notify_all();
  }

  const size_t count_, window_;
  const std::function<void(int, size_t)> &work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> is_done_;
  size_t next_ = 0, taken_ = 0;
  bool is_stopped_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace

int worker_count(int jobs, size_t count) {
  const size_t wanted = jobs > 0 ? size_t(jobs) : std::thread::hardware_concurrency();  // which may be 0: unknown
  return int(std::max(size_t(1), std::min({wanted, count, size_t(kMaxJobs)})));
}

void run_ordered(size_t count, int workers, const std::function<void(int, size_t)> &work,
                 const std::function<void(size_t)> &take) {
  OrderedRun run(count, kItemsAhead * size_t(workers), work);
  run.start(workers);
  for (size_t index = 0; index < count; ++index) {
    run.wait_for(index);
    take(index);
    run.mark_taken(index);
  }
}

}  // namespace skiff
