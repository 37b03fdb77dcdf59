// SPDX-License-Identifier: MIT
//
// Once an engine runs it allocates nothing, and asks the kernel for nothing but to let threads sleep and wake: malloc is counted,
// and a seccomp filter ends the process at any other system call.
#include <doctest/doctest.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include "engine/pool/pool.h"
#include "tests/support/engine.h"

using namespace skiff::test;

// glibc's own functions behind the names that everybody calls.
extern "C" {
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);
}

namespace {

std::atomic<int64_t> heap_calls{0};

template <class T>
T *counted(T *memory) {
  heap_calls.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

}  // namespace

extern "C" {
void *malloc(size_t bytes) { return counted(__libc_malloc(bytes)); }
void *calloc(size_t count, size_t bytes) { return counted(__libc_calloc(count, bytes)); }
void *realloc(void *memory, size_t bytes) { return counted(__libc_realloc(memory, bytes)); }
void *memalign(size_t alignment, size_t bytes) { return counted(__libc_memalign(alignment, bytes)); }
void *aligned_alloc(size_t alignment, size_t bytes) { return counted(__libc_memalign(alignment, bytes)); }
int posix_memalign(void **out, size_t alignment, size_t bytes) {
  *out = counted(__libc_memalign(alignment, bytes));
  return *out == nullptr ? ENOMEM : 0;
}
void free(void *memory) { __libc_free(memory); }
}

namespace {

constexpr int kNoSeccomp = 77, kWrongBoxes = 2;

// Threads that share an engine, and an image for it.
struct Rig {
  skiff_pool *pool = nullptr;
  std::unique_ptr<TestEngine> engine;
  std::vector<uint8_t> pixels;
  std::vector<skiff_box> boxes;

  explicit Rig(int32_t threads) : pixels(100 * 80 * 3), boxes(1000) {
    skiff_config config = default_config();
    REQUIRE(skiff_pool_create(threads, nullptr, &pool) == SKIFF_POOL_OK);
    config.parallel_for = skiff_pool_parallel_for;
    config.parallel_ctx = pool;
    config.lanes = threads;
    engine = std::make_unique<TestEngine>(tiny_weights(), config);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = uint8_t(i * 31);
  }
  ~Rig() { skiff_pool_destroy(pool); }
  Rig(const Rig &) = delete;

  int32_t detect() {
    const skiff_image image = {pixels.data(), 100, 80, 300, SKIFF_PIXEL_RGB};
    int32_t count = -1;
    return skiff_detect(engine->engine, &image, boxes.data(), int32_t(boxes.size()), &count) == SKIFF_OK ? count : -1;
  }
};

// Every thread of this process may call futex and end; anything else kills it. False where the kernel has no such filters.
bool allow_futex_only() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

// Runs in a child: detects a few times, then under the filter. Never returns.
[[noreturn]] void run_filtered(int32_t threads, bool is_naughty) {
  Rig rig(threads);
  const int32_t expected = rig.detect();
  if (!allow_futex_only()) _exit(kNoSeccomp);
  bool is_same = true;
  for (int i = 0; i < 300; ++i) is_same = is_same && rig.detect() == expected;
  if (is_naughty) getppid();
  syscall(SYS_exit_group, is_same ? 0 : kWrongBoxes);
  __builtin_unreachable();
}

// The wait status of such a child.
int filtered(int32_t threads, bool is_naughty) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) run_filtered(threads, is_naughty);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("detection allocates nothing") {
  for (const int32_t threads : {1, 2, 3}) {
    Rig rig(threads);
    const int32_t expected = rig.detect();
    CHECK(expected > 0);
    const int64_t before = heap_calls;
    bool is_same = true;
    for (int i = 0; i < 100; ++i) is_same = is_same && rig.detect() == expected;
    CHECK(heap_calls == before);
    CHECK(is_same);
  }
  CHECK(heap_calls > 0);  // they are counted
}

TEST_CASE("detection asks the kernel for nothing but futex") {
  const int caught = filtered(1, true);
  if (WIFEXITED(caught) && WEXITSTATUS(caught) == kNoSeccomp) {
    MESSAGE("not tested: this kernel has no seccomp filters");
    return;
  }
  CHECK(WIFSIGNALED(caught));  // the filter works
  for (const int32_t threads : {1, 2, 3}) {
    INFO(threads, " threads");
    const int status = filtered(threads, false);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
}
