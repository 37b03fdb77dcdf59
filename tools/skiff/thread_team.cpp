// SPDX-License-Identifier: MIT
//
// A lock per tile: a layer has a few dozen tiles, each tens of microseconds or more. Nobody waits for a thread that is slow to
// wake: a layer is finished when its last tile is, whoever computed it.
#include "tools/skiff/thread_team.h"

namespace skiff {

// The private constructor completes first, so that the destructor joins those that started when one cannot be.
ThreadTeam::ThreadTeam(int threads) : ThreadTeam() {
  for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

ThreadTeam::~ThreadTeam() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
  }
  has_work_.notify_all();
  for (std::thread &thread : threads_) thread.join();
}

void ThreadTeam::parallel_for(void *team, int32_t count, void (*fn)(void *, int32_t), void *arg) {
  static_cast<ThreadTeam *>(team)->run(count, fn, arg);
}

void ThreadTeam::run(int32_t count, void (*fn)(void *, int32_t), void *arg) {
  Lock lock(mutex_);
  fn_ = fn;
  arg_ = arg;
  next_ = 0;
  count_ = count;
  if (count > 1) has_work_.notify_all();
  work(&lock);
  is_finished_.wait(lock, [this] { return running_ == 0; });
}

void ThreadTeam::loop() {
  Lock lock(mutex_);
  for (;;) {
    has_work_.wait(lock, [this] { return is_stopped_ || next_ < count_; });
    if (is_stopped_) return;
    work(&lock);
  }
}

// Takes tiles until none is left.
void ThreadTeam::work(Lock *lock) {
  while (next_ < count_) {
    const int32_t index = next_++;
    ++running_;
    lock->unlock();
    fn_(arg_, index);
    lock->lock();
    --running_;
  }
  if (running_ == 0) is_finished_.notify_one();
}

}  // namespace skiff
