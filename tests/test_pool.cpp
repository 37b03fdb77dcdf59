// SPDX-License-Identifier: MIT
//
// The thread pool: what it promises its callers, and what threads do to it when they come late, sleep or are too many. Built once
// more under the thread sanitizer by tools/check.sh.
#include "engine/pool/pool.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/skiff.h"
#include "tests/support/scratch.h"

using namespace skiff::test;

namespace {

static_assert(std::is_same_v<decltype(&skiff_pool_parallel_for), skiff_parallel_for>, "the engine takes it as it is");

using Clock = std::chrono::steady_clock;

struct FreePool {
  void operator()(skiff_pool *pool) const { skiff_pool_destroy(pool); }
};
using Pool = std::unique_ptr<skiff_pool, FreePool>;

skiff_pool_options default_options() {
  skiff_pool_options options;
  skiff_pool_options_default(&options);
  return options;
}

skiff_pool_options spinning(int32_t spin_us) {
  skiff_pool_options options = default_options();
  options.spin_us = spin_us;
  return options;
}

Pool make_pool(int32_t threads, const skiff_pool_options &options = default_options()) {
  skiff_pool *pool = nullptr;
  REQUIRE(skiff_pool_create(threads, &options, &pool) == SKIFF_POOL_OK);
  return Pool(pool);
}

template <class Fn>
void parallel_for(const Pool &pool, int32_t count, const Fn &fn) {
  skiff_pool_parallel_for(
      pool.get(), count, [](void *arg, int32_t index) { (*static_cast<const Fn *>(arg))(index); }, const_cast<Fn *>(&fn));
}

void pause_us(int us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }

// Holds threads until `count` of them are here, so that a job is known to run on as many.
class Meeting {
 public:
  explicit Meeting(int count) : missing_(count) {}
  void join() {
    --missing_;
    while (missing_ > 0) sched_yield();
  }

 private:
  std::atomic<int> missing_;
};

std::vector<int32_t> own_cpus() {
  cpu_set_t set;
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  std::vector<int32_t> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(size_t(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

// The lists that the threads of a pool may run on, the caller's first.
std::set<std::vector<int32_t>> worker_cpus(const Pool &pool) {
  const int32_t threads = skiff_pool_threads(pool.get());
  std::vector<std::vector<int32_t>> cpus(static_cast<size_t>(threads));
  Meeting meeting(threads);
  const auto caller = std::this_thread::get_id();
  parallel_for(pool, threads, [&](int32_t index) {
    if (std::this_thread::get_id() != caller) cpus[size_t(index)] = own_cpus();
    meeting.join();
  });
  std::set<std::vector<int32_t>> seen(cpus.begin(), cpus.end());
  seen.erase(std::vector<int32_t>());
  return seen;
}

int32_t live_threads() {
  int32_t threads = 0;
  for (const auto &entry : std::filesystem::directory_iterator("/proc/self/task")) threads += entry.exists();
  return threads;
}

}  // namespace

TEST_CASE("every index runs once, whatever the counts") {
  for (const int32_t threads : {1, 2, 3, 8}) {
    const Pool pool = make_pool(threads);
    CHECK(skiff_pool_threads(pool.get()) == threads);
    for (const int32_t count : {0, 1, 2, 3, 7, 8, 9, 100, 10000}) {
      INFO(threads, " threads, ", count, " indices");
      std::vector<int> runs(static_cast<size_t>(count) + 1, 0);  // plain: two threads on one index are a race
      parallel_for(pool, count, [&](int32_t index) { ++runs.at(size_t(index)); });
      CHECK(std::accumulate(runs.begin(), runs.end(), 0) == count);
      CHECK(std::all_of(runs.begin(), runs.end() - 1, [](int n) { return n == 1; }));
    }
    parallel_for(pool, -1, [&](int32_t) { FAIL("a negative count runs nothing"); });
  }
}

TEST_CASE("what is written before is seen within, what is written within is seen after") {
  const Pool pool = make_pool(3);
  std::vector<int64_t> values(64, 0);  // plain memory: the pool alone orders it
  for (int64_t round = 1; round <= 2000; ++round) {
    for (int64_t &value : values) value += round;
    parallel_for(pool, int32_t(values.size()), [&](int32_t index) { values[size_t(index)] *= 3; });
    for (int64_t &value : values) value %= 1000003;
  }
  CHECK(std::set<int64_t>(values.begin(), values.end()).size() == 1);
}

TEST_CASE("indices are given out in order, the first to the caller") {
  const Pool pool = make_pool(2);
  const auto caller = std::this_thread::get_id();
  for (int round = 0; round < 200; ++round) {
    bool is_callers = false;
    std::vector<int32_t> mine, theirs;
    parallel_for(pool, 20, [&](int32_t index) {
      if (index == 0) is_callers = std::this_thread::get_id() == caller;
      (std::this_thread::get_id() == caller ? mine : theirs).push_back(index);
    });
    REQUIRE(is_callers);
    REQUIRE(std::is_sorted(mine.begin(), mine.end()));
    REQUIRE(std::is_sorted(theirs.begin(), theirs.end()));
  }
}

TEST_CASE("all threads take part") {
  for (const int32_t spin_us : {SKIFF_POOL_SPIN_DEFAULT, 0, 2000}) {
    const Pool pool = make_pool(4, spinning(spin_us));
    for (int round = 0; round < 20; ++round) {
      Meeting meeting(4);  // returns only if four threads are inside at once
      parallel_for(pool, 4, [&](int32_t) { meeting.join(); });
      if (round % 4 == 0) pause_us(3000);  // everybody sleeps
    }
  }
}

TEST_CASE("a hundred thousand short jobs") {
  for (const int32_t spin_us : {SKIFF_POOL_SPIN_DEFAULT, 0}) {
    const Pool pool = make_pool(2, spinning(spin_us));
    std::atomic<int64_t> sum{0};
    for (int32_t job = 0; job < 100000; ++job)
      parallel_for(pool, 2 + job % 3, [&](int32_t index) { sum.fetch_add(index + 1, std::memory_order_relaxed); });
    int64_t expected = 0;
    for (int32_t job = 0; job < 100000; ++job) expected += (2 + job % 3) * (3 + job % 3) / 2;
    CHECK(sum == expected);
  }
}

TEST_CASE("jobs that come when workers are about to sleep wake them") {
  const Pool pool = make_pool(2, spinning(20));
  for (int round = 0; round < 10000; ++round) {
    const auto until = Clock::now() + std::chrono::nanoseconds(round * 7 % 30000);
    while (Clock::now() < until) {
    }
    Meeting meeting(2);  // for ever, if the wake-up is lost
    parallel_for(pool, 2, [&](int32_t) { meeting.join(); });
  }
}

TEST_CASE("the caller does not wait for workers that have nothing left to do") {
  const Pool pool = make_pool(8, spinning(0));
  pause_us(2000);  // all asleep
  int runs = 0;
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> is_foreign{false};
  parallel_for(pool, 1, [&](int32_t) {
    ++runs;
    is_foreign = std::this_thread::get_id() != caller;
  });
  CHECK(runs == 1);
  CHECK(!is_foreign);
}

TEST_CASE("pools inside each other, and beside each other") {
  const Pool outer = make_pool(3), inner = make_pool(2);
  std::atomic<int> runs{0};
  parallel_for(outer, 6, [&](int32_t) {
    const Pool own = make_pool(2);
    parallel_for(own, 5, [&](int32_t) { ++runs; });
  });
  CHECK(runs == 30);
  parallel_for(outer, 2, [&](int32_t index) {
    if (index == 0) parallel_for(inner, 100, [&](int32_t) { ++runs; });
  });
  CHECK(runs == 130);
}

TEST_CASE("a pool in use runs further jobs on their own thread") {
  const Pool pool = make_pool(3);
  std::atomic<int> runs{0};
  parallel_for(pool, 4, [&](int32_t) {
    const auto self = std::this_thread::get_id();
    parallel_for(pool, 10, [&](int32_t) { runs += std::this_thread::get_id() == self; });
  });
  CHECK(runs == 40);
}

TEST_CASE("more threads than CPUs finish promptly") {
  const int32_t threads = 16;
  const Pool pool = make_pool(threads);
  const auto begin = Clock::now();
  std::atomic<int64_t> sum{0};
  for (int job = 0; job < 5000; ++job) parallel_for(pool, threads, [&](int32_t index) { sum += index; });
  CHECK(sum == 5000 * 120);
  CHECK(Clock::now() - begin < std::chrono::seconds(20));  // waiting by watching would cost a time slice a job
}

TEST_CASE("workers without work sleep") {
  const Pool pool = make_pool(4, spinning(1000));
  parallel_for(pool, 4, [](int32_t) {});
  pause_us(20000);
  timespec before, after;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  pause_us(100000);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  CHECK((after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000 < 20000);
}

TEST_CASE("a pool ends whatever its workers are at, and leaves no thread behind") {
  const int32_t before = live_threads();
  for (int round = 0; round < 60; ++round) {
    const Pool pool = make_pool(1 + round % 5, spinning(round % 3 == 0 ? 0 : 1000000));
    if (round % 4 != 0) parallel_for(pool, 3, [](int32_t) {});
    if (round % 5 == 0) pause_us(1000);
  }
  skiff_pool_destroy(nullptr);
  // A joined thread may still be listed for a moment.
  for (int wait = 0; live_threads() != before && wait < 1000; ++wait) pause_us(1000);
  CHECK(live_threads() == before);
}

TEST_CASE("arguments are checked") {
  skiff_pool *pool = nullptr;
  skiff_pool_options options = default_options();
  const auto create = [&](int32_t threads) { return skiff_pool_create(threads, &options, &pool); };
  CHECK(create(0) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(create(-1) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(create(SKIFF_POOL_MAX_THREADS + 1) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(skiff_pool_create(1, &options, nullptr) == SKIFF_POOL_ERR_ARGUMENT);
  for (const int32_t spin_us : {-2, 1000001}) {
    options = spinning(spin_us);
    CHECK(create(1) == SKIFF_POOL_ERR_ARGUMENT);
  }
  options = default_options();
  options.struct_size = 1;
  CHECK(create(1) == SKIFF_POOL_ERR_STRUCT_SIZE);
  const std::vector<std::vector<int32_t>> bad_lists = {{}, {-1}, {SKIFF_POOL_MAX_CPUS}, {0, 1, 0}};
  for (const std::vector<int32_t> &cpus : bad_lists) {
    options = default_options();
    const int32_t none = 0;
    options.cpus = cpus.empty() ? &none : cpus.data();
    options.cpu_count = int32_t(cpus.size());
    CHECK(create(1) == SKIFF_POOL_ERR_ARGUMENT);
  }
  options = default_options();
  options.cpu_count = 1;  // of no list
  CHECK(create(1) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(pool == nullptr);
  CHECK(skiff_pool_bind_caller(nullptr) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(skiff_pool_create(2, nullptr, &pool) == SKIFF_POOL_OK);
  skiff_pool_destroy(pool);
}

TEST_CASE("workers run on the CPUs that were named") {
  const std::vector<int32_t> available = own_cpus();
  skiff_pool_options options = default_options();
  options.cpus = available.data();
  options.cpu_count = int32_t(available.size());
  SUBCASE("one each where there are enough") {
    if (available.size() < 2) return;
    const Pool pool = make_pool(2, options);
    CHECK(worker_cpus(pool) == std::set<std::vector<int32_t>>{{available[1]}});
  }
  SUBCASE("shared where there are not") {
    const Pool pool = make_pool(int32_t(available.size()) + 1, options);
    CHECK(worker_cpus(pool) == std::set<std::vector<int32_t>>{available});
  }
  SUBCASE("the caller when it asks") {
    options.cpu_count = 1;
    const Pool pool = make_pool(1, options);
    std::vector<int32_t> bound;
    std::thread([&] {
      CHECK(own_cpus() == available);
      CHECK(skiff_pool_bind_caller(pool.get()) == SKIFF_POOL_OK);
      bound = own_cpus();
    }).join();
    CHECK(bound == std::vector<int32_t>{available[0]});
  }
  SUBCASE("nowhere in particular by default") {
    CHECK(worker_cpus(make_pool(2)) == std::set<std::vector<int32_t>>{available});
    CHECK(skiff_pool_bind_caller(make_pool(1).get()) == SKIFF_POOL_OK);
    CHECK(own_cpus() == available);
  }
  SUBCASE("a CPU that is not there is an error") {
    const int32_t before = live_threads();
    const int32_t cpus[] = {available[0], SKIFF_POOL_MAX_CPUS - 1};
    options.cpus = cpus;
    options.cpu_count = 2;
    skiff_pool *pool = nullptr;
    CHECK(skiff_pool_create(2, &options, &pool) == SKIFF_POOL_ERR_CPU);
    CHECK(pool == nullptr);
    for (int wait = 0; live_threads() != before && wait < 1000; ++wait) pause_us(1000);
    CHECK(live_threads() == before);
  }
}

namespace {

std::vector<int32_t> parse(const std::string &text, int32_t capacity = SKIFF_POOL_MAX_CPUS) {
  std::vector<int32_t> cpus(SKIFF_POOL_MAX_CPUS);
  int32_t count = -1;
  const skiff_pool_status status = skiff_pool_parse_cpus(text.c_str(), cpus.data(), capacity, &count);
  CHECK((status == SKIFF_POOL_OK || status == SKIFF_POOL_ERR_CPU_LIST));
  CHECK((status == SKIFF_POOL_OK) == (count > 0));
  cpus.resize(status == SKIFF_POOL_OK ? size_t(count) : 0);
  return cpus;
}

// A machine's /sys: a file by name a CPU, "" = none.
class FakeSysfs {
 public:
  FakeSysfs(const std::string &online, const char *name, const std::vector<std::string> &values) {
    dir_.write("devices/system/cpu/online", online + "\n");
    add(name, values);
  }
  void add(const char *name, const std::vector<std::string> &values) {
    for (size_t cpu = 0; cpu < values.size(); ++cpu)
      if (!values[cpu].empty()) dir_.write("devices/system/cpu/cpu" + std::to_string(cpu) + "/" + name, values[cpu] + "\n");
  }
  std::vector<int32_t> cpus(skiff_pool_cluster cluster) const {
    std::vector<int32_t> cpus(SKIFF_POOL_MAX_CPUS);
    int32_t count = -1;
    REQUIRE(skiff_pool_cluster_cpus(cluster, dir_.path().c_str(), cpus.data(), SKIFF_POOL_MAX_CPUS, &count) == SKIFF_POOL_OK);
    cpus.resize(size_t(count));
    return cpus;
  }

 private:
  ScratchDir dir_;
};

using Cpus = std::vector<int32_t>;

}  // namespace

TEST_CASE("lists of CPUs") {
  CHECK(parse("0") == Cpus{0});
  CHECK(parse("0,1,4-7") == Cpus{0, 1, 4, 5, 6, 7});
  CHECK(parse("5,0-2,9") == Cpus{5, 0, 1, 2, 9});  // in the order given
  CHECK(parse("3-3") == Cpus{3});
  CHECK(parse("1023") == Cpus{1023});
  CHECK(parse("0-1023").size() == 1024);
  for (const char *bad : {"",    ",",         "0,",  ",0",    "a",    "0x1",    "0 ,1", " 0",    "0 ",
                          "-1",  "1-",        "3-1", "0-1-2", "1024", "0-1024", "0,0",  "0-3,2", "99999999999999999999",
                          "0;1", "4294967296"})
    CHECK_MESSAGE(parse(bad).empty(), bad);
  CHECK(parse("0-3", 3).empty());
  CHECK(parse("0-3", 4).size() == 4);
  int32_t cpu, count;
  CHECK(skiff_pool_parse_cpus(nullptr, &cpu, 1, &count) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(skiff_pool_parse_cpus("0", nullptr, 1, &count) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(skiff_pool_parse_cpus("0", &cpu, -1, &count) == SKIFF_POOL_ERR_ARGUMENT);
}

TEST_CASE("clusters: four little, three big, one prime CPU") {
  const FakeSysfs sysfs("0-7", "cpu_capacity", {"300", "300", "300", "300", "800", "800", "800", "1024"});
  CHECK(sysfs.cpus(SKIFF_POOL_LITTLE) == Cpus{0, 1, 2, 3});
  CHECK(sysfs.cpus(SKIFF_POOL_BIG) == Cpus{4, 5, 6, 7});
  CHECK(sysfs.cpus(SKIFF_POOL_ALL) == Cpus{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("clusters: by frequency where there is no capacity, offline CPUs left out") {
  FakeSysfs sysfs("0-2,4", "cpufreq/cpuinfo_max_freq", {"2400000", "1800000", "2400000", "2400000", "1800000"});
  CHECK(sysfs.cpus(SKIFF_POOL_BIG) == Cpus{0, 2});
  CHECK(sysfs.cpus(SKIFF_POOL_LITTLE) == Cpus{1, 4});
  sysfs.add("cpu_capacity", {"400", "1024"});  // not every CPU has one
  CHECK(sysfs.cpus(SKIFF_POOL_BIG) == Cpus{0, 2});
  sysfs.add("cpu_capacity", {"400", "1024", "400", "", "1024"});
  CHECK(sysfs.cpus(SKIFF_POOL_BIG) == Cpus{1, 4});
}

TEST_CASE("clusters: CPUs of one kind are every cluster") {
  const FakeSysfs boosted("0-3", "cpufreq/cpuinfo_max_freq", {"4900000", "5100000", "4900000", "5100000"});
  const FakeSysfs silent("0-1", "cpu_capacity", {}), garbled("0-1", "cpu_capacity", {"1024", "a lot"});
  for (const skiff_pool_cluster cluster : {SKIFF_POOL_ALL, SKIFF_POOL_BIG, SKIFF_POOL_LITTLE}) {
    CHECK(boosted.cpus(cluster) == Cpus{0, 1, 2, 3});
    CHECK(silent.cpus(cluster) == Cpus{0, 1});
    CHECK(garbled.cpus(cluster) == Cpus{0, 1});
  }
}

TEST_CASE("clusters: what is not there or too much is an error") {
  const ScratchDir empty;
  int32_t cpus[4], count = 77;
  const auto list = [&](const std::string &sysfs, int32_t capacity) {
    return skiff_pool_cluster_cpus(SKIFF_POOL_ALL, sysfs.c_str(), cpus, capacity, &count);
  };
  CHECK(list(empty.path(), 4) == SKIFF_POOL_ERR_SYSFS);
  CHECK(list(std::string(5000, 'x'), 4) == SKIFF_POOL_ERR_SYSFS);
  empty.write("devices/system/cpu/online", "everything\n");
  CHECK(list(empty.path(), 4) == SKIFF_POOL_ERR_SYSFS);
  empty.write("devices/system/cpu/online", std::string(5000, '1'));
  CHECK(list(empty.path(), 4) == SKIFF_POOL_ERR_SYSFS);
  empty.write("devices/system/cpu/online", "0-4\n");
  CHECK(list(empty.path(), 4) == SKIFF_POOL_ERR_ARGUMENT);
  CHECK(count == 77);
  CHECK(skiff_pool_cluster_cpus(skiff_pool_cluster(9), nullptr, cpus, 4, &count) == SKIFF_POOL_ERR_ARGUMENT);
}

TEST_CASE("a pool on a cluster of this machine") {
  int32_t cpus[SKIFF_POOL_MAX_CPUS], count = 0;
  skiff_pool_options options = default_options();
  options.cluster = SKIFF_POOL_BIG;
  const skiff_pool_status known = skiff_pool_cluster_cpus(SKIFF_POOL_BIG, nullptr, cpus, SKIFF_POOL_MAX_CPUS, &count);
  skiff_pool *pool = nullptr;
  CHECK(skiff_pool_create(2, &options, &pool) == known);
  if (known != SKIFF_POOL_OK) return;
  const Pool owned(pool);
  CHECK(worker_cpus(owned) == std::set<std::vector<int32_t>>{Cpus(cpus, cpus + count)});
}

TEST_CASE("statuses have words") {
  std::set<std::string> messages;
  for (int status = SKIFF_POOL_OK; status <= SKIFF_POOL_ERR_SYSFS; ++status)
    messages.insert(skiff_pool_status_message(skiff_pool_status(status)));
  CHECK(messages.size() == size_t(SKIFF_POOL_ERR_SYSFS) + 1);
  CHECK(messages.count("unknown status") == 0);
  CHECK(skiff_pool_status_message(skiff_pool_status(99)) == std::string("unknown status"));
}
