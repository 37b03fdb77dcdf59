/* SPDX-License-Identifier: MIT
 *
 * Threads for skiff_config.parallel_for, on hosted Linux. A library of its own (libskiff_pool): the engine needs none of it, and
 * it needs nothing of the engine. C99, no other header of the project is needed.
 *
 * Use:
 *
 *     skiff_pool *pool;
 *     skiff_pool_create(4, NULL, &pool);
 *     config.parallel_for = skiff_pool_parallel_for;
 *     config.parallel_ctx = pool;
 *     config.lanes = skiff_pool_threads(pool);
 *     ... skiff_memory_required, skiff_init, skiff_detect ...
 *     skiff_pool_destroy(pool);           (after the last use of the engine)
 *
 * How it waits. The calling thread takes part, so a pool of n threads starts n - 1 workers. A worker without work watches for
 * some for a short time, so that the steps of one network follow each other without the kernel's help, then sleeps on a futex.
 * How long it watches adapts to what came of it before; it stops at once when it notices that another process got its CPU
 * meanwhile, and does not watch at all where there are more threads than CPUs. The caller never waits for a worker that has yet
 * to wake: it does the work itself.
 *
 * Cost. After skiff_pool_create nothing allocates, and futex is the only system call.
 *
 * Threads. Pools are independent of each other; there is no global state. One thread at a time uses a pool.
 */
#ifndef SKIFF_POOL_H
#define SKIFF_POOL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SKIFF_POOL_API __attribute__((visibility("default")))
#else
#define SKIFF_POOL_API
#endif

/* Enumerations are ints on both sides, as in skiff.h. */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define SKIFF_POOL_INT_ENUM : int
#else
#define SKIFF_POOL_INT_ENUM
#endif

#define SKIFF_POOL_MAX_THREADS 256

/* CPU numbers are below this. */
#define SKIFF_POOL_MAX_CPUS 1024

/* skiff_pool_options.spin_us: the library's own choice. */
#define SKIFF_POOL_SPIN_DEFAULT (-1)

/* What a call came to. The numbers are frozen: a new code gets a new number. */
typedef enum skiff_pool_status SKIFF_POOL_INT_ENUM {
  SKIFF_POOL_OK = 0,
  SKIFF_POOL_ERR_ARGUMENT = 1,    /* a null pointer, or a value outside its stated range */
  SKIFF_POOL_ERR_STRUCT_SIZE = 2, /* struct_size is not that of this header: call skiff_pool_options_default first */
  SKIFF_POOL_ERR_MEMORY = 3,      /* out of memory */
  SKIFF_POOL_ERR_THREAD = 4,      /* the system does not give another thread */
  SKIFF_POOL_ERR_CPU = 5,         /* a CPU does not exist, is offline or is not for this process */
  SKIFF_POOL_ERR_CPU_LIST = 6,    /* not a list of CPUs such as 0,1,4-7 */
  SKIFF_POOL_ERR_SYSFS = 7        /* the system does not tell about its CPUs */
} skiff_pool_status;

/* Groups of CPUs on a machine that has faster and slower ones. */
typedef enum skiff_pool_cluster SKIFF_POOL_INT_ENUM {
  SKIFF_POOL_ALL = 0,
  SKIFF_POOL_BIG = 1,   /* all but the slowest kind */
  SKIFF_POOL_LITTLE = 2 /* the slowest kind */
} skiff_pool_cluster;

/* How a pool works. Fill it with skiff_pool_options_default, then change what you need. */
typedef struct skiff_pool_options {
  uint32_t struct_size; /* sizeof(skiff_pool_options), set by skiff_pool_options_default */
  int32_t spin_us;      /* the longest that a thread watches for work before it sleeps, 0 = it sleeps at once, at most 1000000;
                           default SKIFF_POOL_SPIN_DEFAULT */
  const int32_t *cpus;  /* NULL = wherever the system puts threads (default); else the CPUs to run on, each once. Where there are
                           enough for all, thread i stays on cpus[i], thread 0 being the caller; else they share the list */
  int32_t cpu_count;    /* of cpus; default 0 */
  skiff_pool_cluster cluster; /* threads share the CPUs of this group; needs cpus == NULL; default SKIFF_POOL_ALL */
} skiff_pool_options;

/* A pool of threads. */
typedef struct skiff_pool skiff_pool;

/* Fills `options` with the defaults named at each field. Null is ignored. */
SKIFF_POOL_API void skiff_pool_options_default(skiff_pool_options *options);

/* Makes a pool of `threads` threads, the caller's included: 1 to SKIFF_POOL_MAX_THREADS. `options` may be NULL for the defaults;
 * it and its list are not needed afterwards. Returns when all workers run. Errors: ARGUMENT, STRUCT_SIZE, MEMORY, THREAD, CPU,
 * SYSFS; then no thread is left behind. */
SKIFF_POOL_API skiff_pool_status skiff_pool_create(int32_t threads, const skiff_pool_options *options, skiff_pool **pool);

/* Ends the workers and frees the pool. Null is ignored. No skiff_pool_parallel_for may be in progress. */
SKIFF_POOL_API void skiff_pool_destroy(skiff_pool *pool);

/* How many threads work, the caller's included. */
SKIFF_POOL_API int32_t skiff_pool_threads(const skiff_pool *pool);

/* Runs fn(arg, i) once for every i in [0, count), on the calling thread and the workers, and returns when all have returned. What
 * the caller wrote before is visible to fn, and what fn wrote is visible to the caller afterwards. Indices are given out in
 * order; the caller's first is 0. `pool` is a skiff_pool *: the function is a skiff_parallel_for. fn must not throw. A call made
 * while another is in progress, such as one from within fn, runs on its own thread alone. */
SKIFF_POOL_API void skiff_pool_parallel_for(void *pool, int32_t count, void (*fn)(void *arg, int32_t index), void *arg);

/* Keeps the calling thread on the CPUs that options gave thread 0, for as long as the thread lives; without any, does nothing.
 * Workers are bound when they start, the caller's own thread is never touched unless it asks. Errors: ARGUMENT, CPU. */
SKIFF_POOL_API skiff_pool_status skiff_pool_bind_caller(const skiff_pool *pool);

/* Reads a list such as "0,1,4-7" into `cpus`, in its order. `*count` becomes their number. Errors: ARGUMENT, CPU_LIST (not a
 * list, a CPU twice, one above SKIFF_POOL_MAX_CPUS - 1, more than `capacity`); then nothing is said about the contents of `cpus`.
 */
SKIFF_POOL_API skiff_pool_status skiff_pool_parse_cpus(const char *text, int32_t *cpus, int32_t capacity, int32_t *count);

/* Lists the online CPUs of a group, ascending. CPUs within a fifth of the slowest one's speed are of its kind; where all are,
 * every group is all of them. `sysfs` is NULL for "/sys". Errors: ARGUMENT (also more CPUs than `capacity`), SYSFS. Source:
 * cpu_capacity and cpufreq/cpuinfo_max_freq under devices/system/cpu/cpu*, the first of them that every CPU has
 * (Documentation/ABI/testing, sysfs-devices-system-cpu). */
SKIFF_POOL_API skiff_pool_status skiff_pool_cluster_cpus(skiff_pool_cluster cluster, const char *sysfs, int32_t *cpus,
                                                         int32_t capacity, int32_t *count);

/* What a status means and what to do about it, one English sentence part. */
SKIFF_POOL_API const char *skiff_pool_status_message(skiff_pool_status status);

#ifdef __cplusplus
}
#endif
#endif
