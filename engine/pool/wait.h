// SPDX-License-Identifier: MIT
//
// How threads of a pool wait: watch a word for a while, then sleep on it.
#pragma once
#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace skiff {

// Sleeps while *word is `expected`; may return early for no reason.
inline void futex_wait(uint32_t *word, uint32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

// Wakes at most `count` sleepers.
inline void futex_wake(uint32_t *word, int32_t count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

// Tells the CPU that this is a loop that waits: it saves power and leaves the core to its other thread.
inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#else
  __asm__ volatile("");
#endif
}

// Answered in user space (vDSO) on every machine with a usable counter.
inline int64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t(t.tv_sec) * 1000000000 + t.tv_nsec;
}

// How long one thread watches before it sleeps: twice as long after it paid or would have, half as long after it did not.
class SpinBudget {
 public:
  void init(int64_t longest_ns) { longest_ns_ = ns_ = longest_ns; }

  // Watches until is_ready() or until the time is over; returns what is_ready() said last.
  template <class IsReady>
  bool watch(const IsReady &is_ready) {
    if (is_ready()) return true;
    if (longest_ns_ == 0) return false;
    began_ = now_ns();
    for (int64_t now = began_; now - began_ < ns_;) {
      for (int i = 0; i < kLooks; ++i) {
        cpu_relax();
        if (is_ready()) {
          learn(ns_ * 2);
          return true;
        }
      }
      const int64_t before = now;
      now = now_ns();
      if (now - before > kHeldUpNs) {  // somebody else needs this CPU
        learn(0);
        return is_ready();
      }
    }
    return false;
  }

  // To be told when the sleep after a watch in vain is over.
  void has_slept() {
    if (longest_ns_ > 0) learn(now_ns() - began_ <= longest_ns_ ? ns_ * 2 : ns_ / 2);
  }

 private:
  static constexpr int kLooks = 16;                // about a microsecond
  static constexpr int64_t kHeldUpNs = 50 * 1000;  // far above what kLooks take, far below a scheduler's time slice
  static constexpr int64_t kShortestNs = 5 * 1000;

  void learn(int64_t ns) {
    const int64_t at_least = ns < kShortestNs ? kShortestNs : ns;
    ns_ = at_least < longest_ns_ ? at_least : longest_ns_;
  }

  int64_t longest_ns_, ns_, began_;
};

}  // namespace skiff
