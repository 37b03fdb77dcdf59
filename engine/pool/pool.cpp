// SPDX-License-Identifier: MIT
//
// The pool. A call of skiff_pool_parallel_for is a job; threads claim its indices one at a time from one 64-bit word, which holds
// the job's number beside the indices that are left. Only a thread that has claimed an index may look at the job itself: a job
// with a claimed index cannot end, so a worker that comes late, with a job's number that is no longer, fails to claim and touches
// nothing.
//
// Tried and rejected: a barrier that every worker passes at each job. It is simpler, and makes the caller wait for workers that
// the kernel has yet to wake although there is nothing left for them to do.
#include "engine/pool/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "engine/pool/cpus.h"
#include "engine/pool/wait.h"

namespace skiff {
namespace {

constexpr int32_t kDefaultSpinUs = 100;  // the steps that one thread runs alone inside the network are shorter
constexpr int32_t kMaxSpinUs = 1000000;
constexpr size_t kLineBytes = 64;
constexpr uint32_t kCallerSleeps = 0x80000000u;  // flag in skiff_pool.pending, above any count

struct alignas(kLineBytes) Worker {
  skiff_pool *pool;
  int32_t index;  // thread 0 is the caller
  pthread_t thread;
  SpinBudget budget;
};

}  // namespace
}  // namespace skiff

using namespace skiff;

// Words that different threads write lie in lines of their own.
struct skiff_pool {
  // The job. Written by the caller while nothing is claimed.
  alignas(kLineBytes) void (*fn)(void *arg, int32_t index);
  void *arg;
  int32_t count;

  alignas(kLineBytes) uint64_t claims;   // number of the job << 32 | indices that nobody has claimed
  alignas(kLineBytes) uint32_t pending;  // indices that have not returned, and kCallerSleeps
  alignas(kLineBytes) uint32_t epoch;    // futex of sleeping workers: counts wake-ups
  uint32_t sleepers;
  uint32_t is_stopping;

  alignas(kLineBytes) uint32_t is_busy;  // a job is in progress
  SpinBudget budget;                     // the caller's
  uint32_t started, failed;              // workers that run, and those of them that could not be bound
  int32_t threads;
  Placement placement;
  Worker *workers;  // [threads - 1]
};

namespace skiff {
namespace {

bool has_work(const skiff_pool *pool) { return uint32_t(__atomic_load_n(&pool->claims, __ATOMIC_SEQ_CST)) != 0; }
bool is_stopping(const skiff_pool *pool) { return __atomic_load_n(&pool->is_stopping, __ATOMIC_SEQ_CST) != 0; }

// Claims one index. Afterwards the job cannot end before this thread reports.
bool claim(skiff_pool *pool, int32_t *index) {
  uint64_t claims = __atomic_load_n(&pool->claims, __ATOMIC_RELAXED);
  do {
    if (uint32_t(claims) == 0) return false;
  } while (!__atomic_compare_exchange_n(&pool->claims, &claims, claims - 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  *index = pool->count - int32_t(uint32_t(claims));
  return true;
}

// Runs indices until none is left; returns how many it ran.
uint32_t run_claims(skiff_pool *pool) {
  uint32_t ran = 0;
  for (int32_t index; claim(pool, &index); ++ran) pool->fn(pool->arg, index);
  return ran;
}

// Sleeps until there is work or the pool ends. Between counting itself a sleeper and sleeping a worker looks once more, and the
// caller publishes before it looks for sleepers, so that one of them sees the other.
void sleep_for_work(skiff_pool *pool) {
  const uint32_t epoch = __atomic_load_n(&pool->epoch, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  if (!has_work(pool) && !is_stopping(pool)) futex_wait(&pool->epoch, epoch);
  __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
}

void wake_workers(skiff_pool *pool, int32_t most) {
  if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST) == 0) return;
  __atomic_fetch_add(&pool->epoch, 1, __ATOMIC_SEQ_CST);
  futex_wake(&pool->epoch, most);
}

// Takes finished indices off the job; true where they were the last.
bool report(skiff_pool *pool, uint32_t ran) {
  const uint32_t left = __atomic_sub_fetch(&pool->pending, ran, __ATOMIC_ACQ_REL);
  if (left == kCallerSleeps) futex_wake(&pool->pending, 1);
  return left == 0;
}

// Waits until every index has returned.
void wait_for_workers(skiff_pool *pool) {
  const auto is_done = [pool] { return __atomic_load_n(&pool->pending, __ATOMIC_ACQUIRE) == 0; };
  if (pool->budget.watch(is_done)) return;
  uint32_t pending = __atomic_or_fetch(&pool->pending, kCallerSleeps, __ATOMIC_ACQ_REL);
  while (pending != kCallerSleeps) {
    futex_wait(&pool->pending, pending);
    pending = __atomic_load_n(&pool->pending, __ATOMIC_ACQUIRE);
  }
  pool->budget.has_slept();
}

void publish(skiff_pool *pool, int32_t count, void (*fn)(void *arg, int32_t index), void *arg) {
  pool->fn = fn;
  pool->arg = arg;
  pool->count = count;
  __atomic_store_n(&pool->pending, uint32_t(count), __ATOMIC_RELAXED);
  const uint64_t job = (__atomic_load_n(&pool->claims, __ATOMIC_RELAXED) >> 32) + 1;
  __atomic_store_n(&pool->claims, job << 32 | uint32_t(count - 1), __ATOMIC_SEQ_CST);  // the caller has index 0
  wake_workers(pool, count - 1);
}

// Tells skiff_pool_create that a worker runs.
void report_start(const Worker &worker) {
  char name[16];
  snprintf(name, sizeof name, "skiff-%d", int(worker.index));
  prctl(PR_SET_NAME, name);
  skiff_pool *pool = worker.pool;
  if (!bind_thread(pool->placement, worker.index)) __atomic_fetch_add(&pool->failed, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&pool->started, 1, __ATOMIC_RELEASE);
  futex_wake(&pool->started, 1);
}

void *run_worker(void *arg) {
  Worker *worker = static_cast<Worker *>(arg);
  skiff_pool *pool = worker->pool;
  report_start(*worker);
  while (!is_stopping(pool)) {
    const uint32_t ran = run_claims(pool);
    if (ran > 0) report(pool, ran);
    if (worker->budget.watch([pool] { return has_work(pool) || is_stopping(pool); })) continue;
    sleep_for_work(pool);
    worker->budget.has_slept();
  }
  return nullptr;
}

// Starts workers, at most threads - 1, with every signal blocked: signals are the application's. Returns how many run.
int32_t start_workers(skiff_pool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return 0;
  int32_t running = 0;
  for (; running < pool->threads - 1; ++running) {
    Worker *worker = &pool->workers[running];
    if (pthread_create(&worker->thread, nullptr, run_worker, worker) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (uint32_t seen; (seen = __atomic_load_n(&pool->started, __ATOMIC_ACQUIRE)) < uint32_t(running);)
    futex_wait(&pool->started, seen);
  return running;
}

void stop_workers(skiff_pool *pool, int32_t running) {
  __atomic_store_n(&pool->is_stopping, 1, __ATOMIC_SEQ_CST);
  wake_workers(pool, INT_MAX);
  for (int32_t i = 0; i < running; ++i) pthread_join(pool->workers[i].thread, nullptr);
}

skiff_pool *allocate_pool(int32_t threads) {
  const size_t bytes = sizeof(skiff_pool) + size_t(threads) * sizeof(Worker);
  void *memory = nullptr;
  if (posix_memalign(&memory, alignof(skiff_pool), bytes) != 0) return nullptr;
  memset(memory, 0, bytes);
  skiff_pool *pool = static_cast<skiff_pool *>(memory);
  pool->workers = reinterpret_cast<Worker *>(pool + 1);
  pool->threads = threads;
  return pool;
}

// Threads that do not all fit on CPUs take them from each other: then whoever waits sleeps at once.
void set_budgets(skiff_pool *pool, int32_t spin_us) {
  const int64_t longest_us = spin_us == SKIFF_POOL_SPIN_DEFAULT ? kDefaultSpinUs : spin_us;
  const int64_t ns = pool->threads > usable_cpus(pool->placement) ? 0 : longest_us * 1000;
  pool->budget.init(ns);
  for (int32_t i = 0; i < pool->threads - 1; ++i) {
    pool->workers[i].pool = pool;
    pool->workers[i].index = i + 1;
    pool->workers[i].budget.init(ns);
  }
}

}  // namespace
}  // namespace skiff

void skiff_pool_options_default(skiff_pool_options *options) {
  if (options == nullptr) return;
  memset(options, 0, sizeof *options);
  options->struct_size = sizeof *options;
  options->spin_us = SKIFF_POOL_SPIN_DEFAULT;
}

skiff_pool_status skiff_pool_create(int32_t threads, const skiff_pool_options *options, skiff_pool **out) {
  if (out == nullptr || threads < 1 || threads > SKIFF_POOL_MAX_THREADS) return SKIFF_POOL_ERR_ARGUMENT;
  skiff_pool_options defaults;
  skiff_pool_options_default(&defaults);
  if (options == nullptr) options = &defaults;
  if (options->struct_size != sizeof *options) return SKIFF_POOL_ERR_STRUCT_SIZE;
  if (options->spin_us < SKIFF_POOL_SPIN_DEFAULT || options->spin_us > kMaxSpinUs) return SKIFF_POOL_ERR_ARGUMENT;
  skiff_pool *pool = allocate_pool(threads);
  if (pool == nullptr) return SKIFF_POOL_ERR_MEMORY;
  skiff_pool_status status = place_threads(*options, threads, &pool->placement);
  if (status == SKIFF_POOL_OK) {
    set_budgets(pool, options->spin_us);
    const int32_t running = start_workers(pool);
    status = running < threads - 1 ? SKIFF_POOL_ERR_THREAD : pool->failed > 0 ? SKIFF_POOL_ERR_CPU : SKIFF_POOL_OK;
    if (status != SKIFF_POOL_OK) stop_workers(pool, running);
  }
  if (status == SKIFF_POOL_OK)
    *out = pool;
  else
    free(pool);
  return status;
}

void skiff_pool_destroy(skiff_pool *pool) {
  if (pool == nullptr) return;
  stop_workers(pool, pool->threads - 1);
  free(pool);
}

int32_t skiff_pool_threads(const skiff_pool *pool) { return pool->threads; }

void skiff_pool_parallel_for(void *ctx, int32_t count, void (*fn)(void *arg, int32_t index), void *arg) {
  skiff_pool *pool = static_cast<skiff_pool *>(ctx);
  if (count <= 0) return;
  const bool is_alone = count == 1 || pool->threads == 1 || __atomic_exchange_n(&pool->is_busy, 1, __ATOMIC_ACQUIRE) != 0;
  if (is_alone) {
    for (int32_t i = 0; i < count; ++i) fn(arg, i);
    return;
  }
  publish(pool, count, fn, arg);
  fn(arg, 0);
  if (!report(pool, 1 + run_claims(pool))) wait_for_workers(pool);
  __atomic_store_n(&pool->is_busy, 0, __ATOMIC_RELEASE);
}

skiff_pool_status skiff_pool_bind_caller(const skiff_pool *pool) {
  if (pool == nullptr) return SKIFF_POOL_ERR_ARGUMENT;
  return bind_thread(pool->placement, 0) ? SKIFF_POOL_OK : SKIFF_POOL_ERR_CPU;
}

const char *skiff_pool_status_message(skiff_pool_status status) {
  switch (status) {
    case SKIFF_POOL_OK:
      return "success";
    case SKIFF_POOL_ERR_ARGUMENT:
      return "an argument is null or outside its range";
    case SKIFF_POOL_ERR_STRUCT_SIZE:
      return "the options are not those of this version; fill them with skiff_pool_options_default";
    case SKIFF_POOL_ERR_MEMORY:
      return "not enough memory";
    case SKIFF_POOL_ERR_THREAD:
      return "the system does not give that many threads; use fewer";
    case SKIFF_POOL_ERR_CPU:
      return "a CPU does not exist, is offline or is not for this process";
    case SKIFF_POOL_ERR_CPU_LIST:
      return "not a list of CPUs; write them as in 0,1,4-7";
    case SKIFF_POOL_ERR_SYSFS:
      return "the system does not tell about its CPUs in /sys/devices/system/cpu; name them one by one";
  }
  return "unknown status";
}
