// SPDX-License-Identifier: MIT
//
// Detection on the newest frame: which frames get a result, in which order, what is counted, and how it ends. Most of it with a
// detector that does as it is told. Built once more under the thread sanitizer by tools/check.sh.
#include "engine/pool/latest.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/engine.h"
#include "tests/support/frames.h"

using namespace skiff::test;

namespace {

using Counts = skiff_latest_counts;

struct Told {
  uint64_t id;
  int64_t timestamp;
  skiff_status status;
  std::vector<skiff_box> boxes;
  int32_t found;
  std::vector<uint8_t> first_row;
};

// What the callbacks of a helper have seen, and a detector that waits until it may go on.
class Scene {
 public:
  skiff_latest_options options() {
    skiff_latest_options options;
    skiff_latest_options_default(&options);
    options.ctx = this;
    options.detect = detect;
    options.on_result = on_result;
    options.max_frame_bytes = 1 << 16;
    return options;
  }

  // Detectors from now on stop until as many permits were given.
  void hold() {
    set([this] { is_held_ = true; });
  }
  void let_go(int permits) {
    set([&] { permits_ += permits; });
  }
  void let_all_go() {
    set([this] { is_held_ = false; });
  }

  // Wait until so many detections have begun, or results were told.
  void await_started(size_t count) {
    await([&] { return started_ >= count; });
  }
  void await_told(size_t count) {
    await([&] { return told_.size() >= count; });
  }

  std::vector<Told> told() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return told_;
  }
  std::vector<uint64_t> told_ids() {
    std::vector<uint64_t> ids;
    for (const Told &t : told()) ids.push_back(t.id);
    return ids;
  }

  std::function<void(const skiff_latest_result &)> also;     // called by on_result
  std::function<skiff_status(const skiff_frame &)> outcome;  // of the detector
  int32_t found = 1;                                         // how many boxes it finds

 private:
  template <class Change>
  void set(const Change &change) {
    const std::lock_guard<std::mutex> guard(mutex_);
    change();
    changed_.notify_all();
  }
  template <class IsTrue>
  void await(const IsTrue &is_true) {
    std::unique_lock<std::mutex> lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60), is_true));
  }

  static skiff_status detect(void *ctx, skiff_engine *, const skiff_frame *frame, skiff_box *boxes, int32_t capacity,
                             int32_t *count) {
    Scene &scene = *static_cast<Scene *>(ctx);
    {
      std::unique_lock<std::mutex> lock(scene.mutex_);
      ++scene.started_;
      scene.changed_.notify_all();
      scene.changed_.wait(lock, [&] { return !scene.is_held_ || scene.permits_ > 0; });
      if (scene.is_held_) --scene.permits_;
    }
    for (int32_t i = 0; i < std::min(capacity, scene.found); ++i) boxes[i] = {i, 0.5f, 0, 0, 1, 1};
    *count = scene.found;
    return scene.outcome ? scene.outcome(*frame) : SKIFF_OK;
  }

  static void on_result(void *ctx, const skiff_latest_result *r) {
    Scene &scene = *static_cast<Scene *>(ctx);
    const uint8_t *row = r->frame->planes[0];
    Told told = {r->id, r->timestamp, r->status, {r->boxes, r->boxes + r->box_count}, r->found, {row, row + r->frame->width_px}};
    if (scene.also) scene.also(*r);
    scene.set([&] { scene.told_.push_back(std::move(told)); });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  int permits_ = 0;
  size_t started_ = 0;
  std::vector<Told> told_;
};

skiff_latest *open_latest(const skiff_latest_options &options) {
  skiff_latest *latest = nullptr;
  REQUIRE(skiff_latest_open(&options, &latest) == SKIFF_LATEST_OK);
  return latest;
}

// A grey frame of one value, gone when this returns: the helper has its copy.
uint64_t submit(skiff_latest *latest, uint8_t value, int64_t timestamp = 0) {
  std::vector<uint8_t> pixels(16 * 8, value);
  const skiff_frame frame = skiff_frame_packed(SKIFF_PIXEL_GREY, pixels.data(), 16, 8, 16);
  uint64_t id = 0;
  REQUIRE(skiff_latest_submit(latest, &frame, timestamp, &id) == SKIFF_LATEST_OK);
  return id;
}

Counts counts_of(skiff_latest *latest) {
  Counts counts = {};
  REQUIRE(skiff_latest_get_counts(latest, &counts) == SKIFF_LATEST_OK);
  return counts;
}

Counts close(skiff_latest *latest, skiff_latest_end end) {
  Counts counts = {9, 9, 9, 9, 9};
  REQUIRE(skiff_latest_close(latest, end, &counts) == SKIFF_LATEST_OK);
  CHECK(counts.submitted == counts.detected + counts.dropped);
  CHECK(counts.pending == 0);
  return counts;
}

void check_counts(const Counts &c, uint64_t submitted, uint64_t detected, uint64_t dropped, uint64_t pending) {
  CHECK(c.submitted == submitted);
  CHECK(c.detected == detected);
  CHECK(c.dropped == dropped);
  CHECK(c.pending == pending);
}

using Ids = std::vector<uint64_t>;

}  // namespace

TEST_CASE("the newest frame is next, the older are dropped") {
  Scene scene;
  scene.hold();
  skiff_latest *latest = open_latest(scene.options());
  check_counts(counts_of(latest), 0, 0, 0, 0);
  CHECK(submit(latest, 1, 100) == 1);
  scene.await_started(1);
  check_counts(counts_of(latest), 1, 0, 0, 1);
  for (uint8_t i = 2; i <= 5; ++i) CHECK(submit(latest, i, 100 * i) == i);
  check_counts(counts_of(latest), 5, 0, 3, 2);
  scene.let_go(1);
  scene.await_started(2);
  submit(latest, 6, 600);
  submit(latest, 7, 700);
  check_counts(counts_of(latest), 7, 1, 4, 2);
  scene.let_all_go();
  scene.await_told(3);
  check_counts(counts_of(latest), 7, 3, 4, 0);
  check_counts(close(latest, SKIFF_LATEST_ABANDON), 7, 3, 4, 0);
  CHECK(scene.told_ids() == Ids{1, 5, 7});
  for (const Told &t : scene.told()) {
    CHECK(t.timestamp == 100 * int64_t(t.id));
    CHECK(t.first_row == std::vector<uint8_t>(16, uint8_t(t.id)));  // its own pixels, not those of a newer one
    CHECK(t.status == SKIFF_OK);
  }
}

TEST_CASE("a detector that keeps up sees every frame") {
  Scene scene;
  skiff_latest *latest = open_latest(scene.options());
  Ids expected;
  for (uint64_t i = 1; i <= 50; ++i) {
    submit(latest, uint8_t(i));
    scene.await_told(i);
    expected.push_back(i);
  }
  check_counts(close(latest, SKIFF_LATEST_FINISH), 50, 50, 0, 0);
  CHECK(scene.told_ids() == expected);
}

TEST_CASE("a stream faster than the detector: ids ascend, counts add up, the last frame is told") {
  Scene scene;
  scene.outcome = [](const skiff_frame &) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    return SKIFF_OK;
  };
  skiff_latest *latest = open_latest(scene.options());
  for (int i = 1; i <= 2000; ++i) {
    submit(latest, uint8_t(i));
    const Counts c = counts_of(latest);
    REQUIRE(c.submitted == uint64_t(i));
    REQUIRE(c.submitted == c.detected + c.dropped + c.pending);
    REQUIRE(c.pending <= 2);
  }
  const Counts counts = close(latest, SKIFF_LATEST_FINISH);
  const Ids ids = scene.told_ids();
  CHECK(counts.detected == ids.size());
  CHECK(counts.dropped > 0);
  CHECK(ids.back() == 2000);
  for (size_t i = 1; i < ids.size(); ++i) REQUIRE(ids[i - 1] < ids[i]);
  for (const Told &t : scene.told()) REQUIRE(t.first_row == std::vector<uint8_t>(16, uint8_t(t.id)));
}

TEST_CASE("several threads submit, and a callback does") {
  Scene scene;
  skiff_latest *latest = nullptr;
  std::atomic<int> again{0};
  scene.also = [&](const skiff_latest_result &r) {
    if (r.timestamp == 1 && ++again <= 20) submit(latest, 3, 2);
    CHECK(counts_of(latest).detected >= 1);  // itself
  };
  latest = open_latest(scene.options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) submit(latest, 7, 1);
    });
  for (std::thread &thread : threads) thread.join();
  scene.await_told(1);
  // What a callback submits while the helper closes is accepted still.
  const Counts counts = close(latest, SKIFF_LATEST_FINISH);
  CHECK(counts.submitted >= 900);
  CHECK(counts.detected == scene.told().size());
}

TEST_CASE("closing a helper that never had a frame, and one that is idle") {
  for (const skiff_latest_end end : {SKIFF_LATEST_ABANDON, SKIFF_LATEST_FINISH}) {
    Scene scene;
    check_counts(close(open_latest(scene.options()), end), 0, 0, 0, 0);
    skiff_latest *latest = open_latest(scene.options());
    submit(latest, 1);
    scene.await_told(1);
    check_counts(close(latest, end), 1, 1, 0, 0);
  }
  CHECK(skiff_latest_close(nullptr, SKIFF_LATEST_ABANDON, nullptr) == SKIFF_LATEST_OK);
}

TEST_CASE("closing a helper at work") {
  Scene scene;
  scene.hold();
  skiff_latest *latest = open_latest(scene.options());
  submit(latest, 1);
  scene.await_started(1);
  submit(latest, 2);
  SUBCASE("abandons") {
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      scene.let_all_go();
    });
    check_counts(close(latest, SKIFF_LATEST_ABANDON), 2, 0, 2, 0);  // waits for the detector, which uses the engine
    later.join();
    CHECK(scene.told().empty());
  }
  SUBCASE("or finishes") {
    scene.let_all_go();
    check_counts(close(latest, SKIFF_LATEST_FINISH), 2, 2, 0, 0);
    CHECK(scene.told_ids() == Ids{1, 2});
  }
}

TEST_CASE("opening and closing at any moment") {
  std::minstd_rand random(1);
  for (int round = 0; round < 300; ++round) {
    Scene scene;
    skiff_latest *latest = open_latest(scene.options());
    const unsigned frames = random() % 4;
    for (unsigned i = 0; i < frames; ++i) submit(latest, uint8_t(i));
    if (random() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 100));
    const bool is_finished = random() % 2 == 0;
    const Counts counts = close(latest, is_finished ? SKIFF_LATEST_FINISH : SKIFF_LATEST_ABANDON);
    CHECK(counts.submitted == frames);
    CHECK(counts.detected == scene.told().size());
    if (is_finished && frames > 0) CHECK(scene.told_ids().back() == frames);
  }
}

TEST_CASE("a callback cannot close its own helper") {
  Scene scene;
  skiff_latest *latest = nullptr;
  std::atomic<int> answer{-1};
  scene.also = [&](const skiff_latest_result &) { answer = skiff_latest_close(latest, SKIFF_LATEST_ABANDON, nullptr); };
  latest = open_latest(scene.options());
  submit(latest, 1);
  scene.await_told(1);
  CHECK(answer == SKIFF_LATEST_ERR_CALLBACK);
  submit(latest, 2);  // it goes on
  scene.await_told(2);
  close(latest, SKIFF_LATEST_ABANDON);
}

TEST_CASE("what detection comes to is passed on") {
  Scene scene;
  scene.found = 7;
  scene.outcome = [](const skiff_frame &frame) { return *frame.planes[0] == 2 ? SKIFF_ERR_IMAGE_TOO_LARGE : SKIFF_OK; };
  skiff_latest_options options = scene.options();
  options.max_boxes = 3;
  skiff_latest *latest = open_latest(options);
  for (uint8_t i = 1; i <= 3; ++i) {
    submit(latest, i);
    scene.await_told(i);
  }
  const Counts counts = close(latest, SKIFF_LATEST_FINISH);
  check_counts(counts, 3, 3, 0, 0);
  CHECK(counts.failed == 1);
  const std::vector<Told> told = scene.told();
  CHECK(told[1].status == SKIFF_ERR_IMAGE_TOO_LARGE);
  CHECK(told[1].boxes.empty());
  CHECK(told[1].found == 0);
  for (const size_t i : {0, 2}) {
    CHECK(told[i].status == SKIFF_OK);
    CHECK(told[i].boxes.size() == 3);
    CHECK(told[i].found == 7);
  }
}

TEST_CASE("the engine's own answers, for frames of every layout") {
  skiff_config config = skiff::test::default_config();
  config.score_threshold = 0.2f;
  config.max_width_px = 64;
  const TestEngine engine(tiny_weights(), config), twin(tiny_weights(), config);
  Scene scene;
  skiff_latest_options options = scene.options();
  options.engine = engine;
  options.detect = nullptr;
  options.max_boxes = 1000;
  skiff_latest *latest = open_latest(options);
  FrameMemory memory(70 * 40);
  size_t count = 0, boxes_seen = 0;
  for (const Layout layout : kLayouts)
    for (const int32_t width : {33, 64, 65}) {
      skiff_frame frame = memory.make(layout, width, 31, 5);
      std::minstd_rand random{uint32_t(width)};
      const bool has_planes = is_yuv(layout);
      for (int p = 0; p < (has_planes ? 3 : 1); ++p)
        for (int32_t y = 0; y < (p == 0 ? 31 : 16); ++y)
          for (int32_t x = 0; x < (p == 0 ? width : (width + 1) / 2); ++x) *frame_value(frame, p, x, y) = uint8_t(random() >> 8);
      frame.rotation_degrees = 90 * int32_t(count % 4);
      frame.is_mirrored = count % 3 == 0;
      frame.is_video_range = count % 2 == 0;
      std::vector<skiff_box> expected(1000);
      int32_t found = 0;
      const skiff_status status = skiff_detect_frame(twin, &frame, expected.data(), 1000, &found);
      expected.resize(size_t(found));
      REQUIRE(skiff_latest_submit(latest, &frame, 0, nullptr) == SKIFF_LATEST_OK);
      scene.await_told(++count);
      const Told told = scene.told().back();
      INFO("layout ", int(layout), ", width ", width);
      CHECK(told.status == status);
      CHECK((status == SKIFF_ERR_IMAGE_TOO_LARGE) == (width == 65));
      REQUIRE(told.boxes.size() == expected.size());
      boxes_seen += expected.size();
      for (size_t i = 0; i < expected.size(); ++i) CHECK(memcmp(&told.boxes[i], &expected[i], sizeof(skiff_box)) == 0);
    }
  CHECK(boxes_seen > 0);
  const Counts counts = close(latest, SKIFF_LATEST_FINISH);
  CHECK(counts.detected == count);
  CHECK(counts.failed == count / 3);
}

TEST_CASE("frames that make no sense are refused and not counted") {
  Scene scene;
  skiff_latest_options options = scene.options();
  options.max_frame_bytes = 640;
  skiff_latest *latest = open_latest(options);
  std::vector<uint8_t> pixels(4096);
  const skiff_frame good = skiff_frame_packed(SKIFF_PIXEL_GREY, pixels.data(), 20, 32, 20);
  const auto submit_changed = [&](const std::function<void(skiff_frame *)> &change) {
    skiff_frame frame = good;
    change(&frame);
    return skiff_latest_submit(latest, &frame, 0, nullptr);
  };
  const std::vector<std::function<void(skiff_frame *)>> faults = {
      [](skiff_frame *f) { f->format = skiff_pixel_format(77); },
      [](skiff_frame *f) { f->format = SKIFF_PIXEL_YUV420; },  // without planes U and V
      [](skiff_frame *f) { f->planes[0] = nullptr; },
      [](skiff_frame *f) { f->width_px = 0; },
      [](skiff_frame *f) { f->height_px = -1; },
      [](skiff_frame *f) { f->width_px = 21; },
      [](skiff_frame *f) { f->rotation_degrees = 45; },
      [](skiff_frame *f) { f->region_width_px = 5; },
      [](skiff_frame *f) { f->region_x_px = 20, f->region_width_px = f->region_height_px = 1; },
  };
  for (const auto &fault : faults) CHECK(submit_changed(fault) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_submit(latest, nullptr, 0, nullptr) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_submit(nullptr, &good, 0, nullptr) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(submit_changed([](skiff_frame *f) { f->height_px = 33; }) == SKIFF_LATEST_ERR_FRAME_BYTES);
  CHECK(submit_changed([](skiff_frame *f) {
          f->width_px = f->height_px = INT32_MAX;  // whose product of bytes leaves 64 bits
          f->row_strides_bytes[0] = INT32_MAX;
        }) == SKIFF_LATEST_ERR_FRAME_BYTES);
  check_counts(counts_of(latest), 0, 0, 0, 0);
  CHECK(skiff_latest_submit(latest, &good, 0, nullptr) == SKIFF_LATEST_OK);  // of exactly max_frame_bytes
  check_counts(close(latest, SKIFF_LATEST_FINISH), 1, 1, 0, 0);
}

TEST_CASE("the thread is announced, and takes no signals") {
  struct Life {
    std::atomic<int> starts{0}, ends{0};
    std::atomic<bool> is_blocked{false};
  } life;
  skiff_latest_options options;
  skiff_latest_options_default(&options);
  options.ctx = &life;
  options.detect = [](void *, skiff_engine *, const skiff_frame *, skiff_box *, int32_t, int32_t *) { return SKIFF_OK; };
  options.on_result = [](void *, const skiff_latest_result *) {};
  options.on_start = [](void *ctx) {
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, nullptr, &set);
    static_cast<Life *>(ctx)->is_blocked = sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGTERM) == 1;
    ++static_cast<Life *>(ctx)->starts;
  };
  options.on_end = [](void *ctx) { ++static_cast<Life *>(ctx)->ends; };
  skiff_latest *latest = open_latest(options);
  submit(latest, 1);
  close(latest, SKIFF_LATEST_FINISH);
  CHECK(life.starts == 1);
  CHECK(life.ends == 1);
  CHECK(life.is_blocked);
}

TEST_CASE("arguments are checked") {
  Scene scene;
  skiff_latest *latest = nullptr;
  const auto open_changed = [&](const std::function<void(skiff_latest_options *)> &change) {
    skiff_latest_options options = scene.options();
    change(&options);
    return skiff_latest_open(&options, &latest);
  };
  const std::vector<std::function<void(skiff_latest_options *)>> faults = {
      [](skiff_latest_options *o) { o->detect = nullptr; },  // and no engine
      [](skiff_latest_options *o) { o->on_result = nullptr; },
      [](skiff_latest_options *o) { o->max_boxes = 0; },
      [](skiff_latest_options *o) { o->max_boxes = 1000001; },
      [](skiff_latest_options *o) { o->max_frame_bytes = 0; },
      [](skiff_latest_options *o) { o->max_frame_bytes = (size_t(1) << 30) + 1; },
  };
  for (const auto &fault : faults) CHECK(open_changed(fault) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(open_changed([](skiff_latest_options *o) { o->struct_size = 1; }) == SKIFF_LATEST_ERR_STRUCT_SIZE);
  const skiff_latest_options good = scene.options();
  CHECK(skiff_latest_open(nullptr, &latest) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_open(&good, nullptr) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(latest == nullptr);
  latest = open_latest(good);
  Counts counts;
  CHECK(skiff_latest_get_counts(nullptr, &counts) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_get_counts(latest, nullptr) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_close(latest, skiff_latest_end(9), nullptr) == SKIFF_LATEST_ERR_ARGUMENT);
  CHECK(skiff_latest_close(latest, SKIFF_LATEST_FINISH, nullptr) == SKIFF_LATEST_OK);
}

TEST_CASE("statuses have words") {
  std::vector<std::string> messages;
  for (int status = SKIFF_LATEST_OK; status <= SKIFF_LATEST_ERR_CALLBACK; ++status) {
    const std::string message = skiff_latest_status_message(skiff_latest_status(status));
    CHECK(message != "unknown status");
    for (const std::string &other : messages) CHECK(message != other);
    messages.push_back(message);
  }
  CHECK(skiff_latest_status_message(skiff_latest_status(99)) == std::string("unknown status"));
}
