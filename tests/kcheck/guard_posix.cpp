// SPDX-License-Identifier: MIT
#include "tests/kcheck/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kcheck/float_state.h"

namespace skiff::kcheck {
namespace {

constexpr size_t kRegionBytes = size_t(16) << 20, kWorkspaceBytes = size_t(256) << 20;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

// Pages come into being when they are touched.
uint8_t *reserve(size_t bytes, int protection) {
  void *memory = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) return static_cast<uint8_t *>(memory);
  perror("kcheck: mmap");
  exit(2);
}

sigjmp_buf recovery;
volatile sig_atomic_t is_armed, caught;

void on_signal(int signal) {
  if (!is_armed) {  // a fault of the program's own
    ::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  caught = signal;
  siglongjmp(recovery, 1);
}

// On a stack of its own: a kernel may have ruined the other.
void install_handlers() {
  static uint8_t stack[1 << 16];
  stack_t alternate = {};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof stack;
  sigaltstack(&alternate, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

const char *signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    default:
      return "SIGTRAP";
  }
}

}  // namespace

Region guarded_region(int i) {
  static Region regions[kRegionCount];
  Region &region = regions[i];
  if (region.begin == nullptr) {
    const size_t page = size_t(sysconf(_SC_PAGESIZE));
    region.begin = reserve(kRegionBytes + 2 * page, PROT_NONE) + page;
    region.end = region.begin + kRegionBytes;
    if (mprotect(region.begin, kRegionBytes, PROT_READ | PROT_WRITE) != 0) {
      perror("kcheck: mprotect");
      exit(2);
    }
  }
  return region;
}

Region workspace() {
  static uint8_t *begin = reserve(kWorkspaceBytes, PROT_READ | PROT_WRITE);
  return {begin, begin + kWorkspaceBytes};
}

const char *run_caught(void (*fn)(void *arg), void *arg) {
  static const bool has_handlers = (install_handlers(), true);
  (void)has_handlers;
  caught = 0;
  if (sigsetjmp(recovery, 1) == 0) {
    is_armed = 1;
    fn(arg);
  }
  is_armed = 0;
  return caught == 0 ? nullptr : signal_name(caught);
}

void print_line(const char *line) {
  fputs(line, stdout);
  fputc('\n', stdout);
  fflush(stdout);
}

}  // namespace skiff::kcheck
