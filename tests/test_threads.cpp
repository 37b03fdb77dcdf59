// SPDX-License-Identifier: MIT
//
// How the tools use threads: pictures in order, and lanes of one layer on the CPUs that the user names.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tools/skiff/ordered.h"
#include "tools/skiff/threads_arg.h"
#include "tools/support/error.h"

using namespace skiff;

TEST_CASE("run_ordered does each item once and takes them in order") {
  for (const int workers : {1, 2, 7}) {
    std::vector<std::atomic<int>> done(200);
    std::vector<size_t> taken;
    run_ordered(
        done.size(), workers,
        [&](int worker, size_t index) {
          if (worker < 0 || worker >= workers) throw std::logic_error("no such worker");
          if (index % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a slow one holds up its successors
          ++done[index];
        },
        [&](size_t index) {
          REQUIRE(done[index] == 1);
          taken.push_back(index);
        });
    std::vector<size_t> expected(done.size());
    std::iota(expected.begin(), expected.end(), size_t(0));
    CHECK(taken == expected);
  }
}

TEST_CASE("run_ordered runs ahead of a slow taker by a few items only") {
  std::atomic<size_t> started{0};
  run_ordered(
      200, 3, [&](int, size_t) { ++started; },
      [&](size_t index) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        REQUIRE(started <= index + 12);
      });
}

TEST_CASE("run_ordered with nothing to do") {
  run_ordered(
      0, 3, [](int, size_t) { FAIL("work"); }, [](size_t) { FAIL("take"); });
}

TEST_CASE("run_ordered throws what a worker or the taker throws, once all threads have ended") {
  const auto fail_at_9 = [](size_t index) {
    if (index == 9) throw std::runtime_error("nine");
  };
  CHECK_THROWS_WITH(run_ordered(
                        50, 3, [&](int, size_t index) { fail_at_9(index); }, [](size_t) {}),
                    "nine");
  CHECK_THROWS_WITH(run_ordered(
                        50, 3, [](int, size_t) {}, fail_at_9),
                    "nine");
}

TEST_CASE("worker_count") {
  CHECK(worker_count(3, 100) == 3);
  CHECK(worker_count(8, 2) == 2);
  CHECK(worker_count(0, 1000) >= 1);
  CHECK(worker_count(0, 1) == 1);
  CHECK(worker_count(5, 0) == 1);
}

TEST_CASE("--cpus and --cluster") {
  CpuArgs args;
  CHECK(named_cpus(args).empty());
  args.cpus = "3,0-1";
  CHECK(named_cpus(args) == std::vector<int32_t>{3, 0, 1});
  args.cpus = "3,,1";
  CHECK_THROWS_WITH_AS(named_cpus(args), "--cpus 3,,1: not a list of CPUs; write them as in 0,1,4-7", UsageError);
  CHECK_THROWS_AS(stay_on_cpus({0, SKIFF_POOL_MAX_CPUS - 1}), Error);
  CHECK_THROWS_AS(make_pool(3, {0, SKIFF_POOL_MAX_CPUS - 1}), Error);
  CHECK_THROWS_AS(make_pool(2, {0, SKIFF_POOL_MAX_CPUS - 1}), Error);
}

TEST_CASE("a pool reaches the engine's configuration") {
  skiff_config config;
  skiff_config_default(&config);
  CHECK((with_pool(config, make_pool(1)).parallel_for == nullptr));
  const Pool pool = make_pool(3);
  const skiff_config threaded = with_pool(config, pool);
  CHECK((threaded.parallel_for == skiff_pool_parallel_for));
  CHECK(threaded.parallel_ctx == pool.get());
  CHECK(threaded.lanes == 3);
}
