// SPDX-License-Identifier: MIT
//
// Breaks every rule that check_symbols.py holds libskiff.a to, once each: a checker that lets this pass is broken. Volatile, so
// that no compiler sees through it: clang otherwise runs the constructor itself and drops an allocation that nobody reads.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#define EXPORT extern "C" __attribute__((visibility("default")))

volatile int calls = 0;                   // "mutable", and "foreign": a global outside the namespace
thread_local volatile int own_calls = 1;  // "thread"

template <typename T>
inline T largest(T a, T b) {  // "weak"
  return a > b ? a : b;
}
template int largest(int, int);

struct Registered {
  Registered() { calls = calls + 1; }
} registered;  // "start-up": a constructor before main

void *run(void *) { return nullptr; }

EXPORT int planted(int bytes) {                                      // "exported"
  void *volatile memory = std::malloc(size_t(bytes));                // "undefined"
  if (memory == nullptr) throw std::runtime_error("out of memory");  // "unwinding", "rtti"
  pthread_t thread;
  if (std::remove("no such file") == 0 || pthread_create(&thread, nullptr, run, nullptr) != 0) return -1;
  std::free(memory);
  return largest(int(calls) + own_calls, bytes);
}

EXPORT int skiff_undocumented(void) { return 0; }  // "header": not in skiff.h, and nothing of skiff.h is here
