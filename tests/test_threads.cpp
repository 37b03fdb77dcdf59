// SPDX-License-Identifier: MIT
//
// The two ways in which the tools use threads: pictures in order, and tiles of one layer.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tools/skiff/ordered.h"
#include "tools/skiff/thread_team.h"

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

TEST_CASE("ThreadTeam calls every index once and returns when all have returned") {
  struct Counts {
    std::array<std::atomic<int>, 100> calls{};
  };
  for (const int threads : {1, 2, 5}) {
    ThreadTeam team(threads);
    for (int round = 0; round < 200; ++round) {
      const int32_t count = round % 100;
      Counts counts;
      ThreadTeam::parallel_for(
          &team, count, [](void *arg, int32_t index) { ++static_cast<Counts *>(arg)->calls[size_t(index)]; }, &counts);
      for (int32_t i = 0; i < 100; ++i) REQUIRE(counts.calls[size_t(i)] == (i < count ? 1 : 0));
    }
  }
}

TEST_CASE("ThreadTeam has several threads at work") {
  struct Meeting {
    std::atomic<int> arrived{0};
  };
  ThreadTeam team(3);
  Meeting meeting;
  ThreadTeam::parallel_for(
      &team, 3,
      [](void *arg, int32_t) {
        auto &arrived = static_cast<Meeting *>(arg)->arrived;
        ++arrived;
        while (arrived < 3) std::this_thread::yield();  // for ever, if one thread had to do it all
      },
      &meeting);
  CHECK(meeting.arrived == 3);
}
