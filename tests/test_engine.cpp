// SPDX-License-Identifier: MIT
//
// The engine as its callers see it: formats, limits, taps, threads, configuration. Its numbers are held elsewhere: operators by
// their own tests, the network by the converter, which compares with its own executor.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <thread>

#include "engine/checksum.h"
#include "engine/golden.h"
#include "engine/graph.h"
#include "engine/step.h"
#include "engine/weights_read.h"
#include "tests/support/compare.h"
#include "tests/support/engine.h"

using namespace skiff;
using namespace skiff::test;

namespace {

struct Picture {
  int32_t width, height, stride;
  skiff_pixel_format format;
  std::vector<uint8_t> pixels;

  skiff_image image() const { return {pixels.data(), width, height, stride, format}; }
};

// The same picture in every format: grey values, so that grey is one of them.
Picture make_picture(int32_t width, int32_t height, skiff_pixel_format format, int32_t padding) {
  const int32_t bytes = format == SKIFF_PIXEL_GREY ? 1 : format == SKIFF_PIXEL_RGBA || format == SKIFF_PIXEL_BGRA ? 4 : 3;
  Picture p = {width, height, width * bytes + padding, format, {}};
  p.pixels.assign(size_t(p.stride * height), 0xEE);
  for (int32_t y = 0; y < height; ++y)
    for (int32_t x = 0; x < width; ++x)
      for (int32_t c = 0; c < std::min(bytes, 3); ++c)
        p.pixels[size_t(y * p.stride + x * bytes + c)] = uint8_t((x * 7 + y * 13 + x * y) % 256);
  return p;
}

std::vector<skiff_box> detect(skiff_engine *engine, const skiff_image &image, int32_t capacity = 1000) {
  std::vector<skiff_box> boxes(size_t(capacity), skiff_box{});
  int32_t count = -1;
  REQUIRE(skiff_detect(engine, &image, boxes.data(), capacity, &count) == SKIFF_OK);
  boxes.resize(size_t(std::min(count, capacity)));
  return boxes;
}

bool is_same(const std::vector<skiff_box> &a, const std::vector<skiff_box> &b) {
  return a.size() == b.size() && (a.empty() || memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
}

std::vector<float> preprocess(const TestEngine &engine, const skiff_image &image) {
  const skiff_info info = engine.info();
  std::vector<float> tensor(size_t(info.input_width_px * info.input_height_px * 3));
  REQUIRE(skiff_preprocess(engine, &image, tensor.data()) == SKIFF_OK);
  return tensor;
}

// A parallel_for over a few threads that take indices as they come, last first.
void threaded_for(void *ctx, int32_t count, void (*fn)(void *arg, int32_t index), void *arg) {
  std::atomic<int32_t> next{count - 1};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int32_t index = next--; index >= 0; index = next--) fn(arg, index);
    });
  for (std::thread &thread : threads) thread.join();
  ++*static_cast<int *>(ctx);
}

// A parallel_for without threads, last first.
void backward_for(void *, int32_t count, void (*fn)(void *arg, int32_t index), void *arg) {
  for (int32_t index = count - 1; index >= 0; --index) fn(arg, index);
}

struct Logits {
  std::vector<float> loc, conf;
};

// The network's answer to the golden input.
Logits golden_logits(const TestEngine &engine) {
  const skiff_info info = engine.info();
  std::vector<float> tensor(size_t(info.input_width_px * info.input_height_px * 3));
  golden_input(kGoldenSeed, tensor.data(), tensor.size());
  Logits logits = {std::vector<float>(size_t(info.prior_count) * 4),
                   std::vector<float>(size_t(info.prior_count * info.class_count))};
  REQUIRE(skiff_network(engine, tensor.data(), logits.loc.data(), logits.conf.data()) == SKIFF_OK);
  return logits;
}

void keep_name(void *ctx, const char *name, const float *data, int32_t h, int32_t w, int32_t c) {
  const bool is_sane = data != nullptr && h > 0 && w > 0 && c > 0;
  static_cast<std::vector<std::string> *>(ctx)->push_back(is_sane ? name : "insane");
}

}  // namespace

TEST_CASE("every pixel format and stride of one picture gives the same boxes") {
  const TestEngine engine;
  const Picture rgb = make_picture(90, 70, SKIFF_PIXEL_RGB, 0);
  const std::vector<skiff_box> expected = detect(engine, rgb.image());
  CHECK(expected.size() > 10);
  for (const skiff_pixel_format format : {SKIFF_PIXEL_RGB, SKIFF_PIXEL_BGR, SKIFF_PIXEL_RGBA, SKIFF_PIXEL_BGRA, SKIFF_PIXEL_GREY})
    for (const int32_t padding : {0, 1, 50}) {
      INFO("format ", int(format), " padding ", padding);
      CHECK(is_same(detect(engine, make_picture(90, 70, format, padding).image()), expected));
    }
}

TEST_CASE("colours reach the channels that the recipe names") {
  const TestEngine bgr(make_weights(tiny_spec(), "paddle-voc")), rgb(make_weights(tiny_spec(), "aistudio"));
  const uint8_t pixel[4] = {10, 20, 30, 40};
  const auto value = [](int byte) { return (float(byte) - 127.5f) * 0.007843f; };
  const auto first = [&](const TestEngine &engine, skiff_pixel_format format) {
    const skiff_image image = {pixel, 1, 1, 4, format};
    std::vector<float> tensor = preprocess(engine, image);
    tensor.resize(3);
    return tensor;
  };
  const std::vector<float> up = {value(10), value(20), value(30)}, down = {value(30), value(20), value(10)};
  CHECK(first(bgr, SKIFF_PIXEL_RGB) == down);
  CHECK(first(bgr, SKIFF_PIXEL_BGRA) == up);
  CHECK(first(rgb, SKIFF_PIXEL_RGBA) == up);
  CHECK(first(rgb, SKIFF_PIXEL_BGR) == down);
  CHECK(first(rgb, SKIFF_PIXEL_GREY) == std::vector<float>(3, value(10)));
}

TEST_CASE("the stages one by one are skiff_detect") {
  const TestEngine engine;
  const skiff_info info = engine.info();
  const Picture picture = make_picture(111, 64, SKIFF_PIXEL_RGB, 0);
  std::vector<float> loc(size_t(info.prior_count) * 4), conf(size_t(info.prior_count * info.class_count));
  REQUIRE(skiff_network(engine, preprocess(engine, picture.image()).data(), loc.data(), conf.data()) == SKIFF_OK);
  std::vector<skiff_box> boxes(1000);
  int32_t count = 0;
  REQUIRE(skiff_postprocess(engine, loc.data(), conf.data(), boxes.data(), 1000, &count) == SKIFF_OK);
  boxes.resize(size_t(count));
  CHECK(is_same(boxes, detect(engine, picture.image())));
}

TEST_CASE("an engine is not changed by what it saw before") {
  const TestEngine engine;
  const Picture a = make_picture(300, 20, SKIFF_PIXEL_RGB, 0), b = make_picture(33, 400, SKIFF_PIXEL_GREY, 3);
  const std::vector<skiff_box> first = detect(engine, a.image());
  detect(engine, b.image());
  float error = 0;
  CHECK(skiff_selftest(engine, &error) == SKIFF_OK);
  CHECK(is_same(detect(engine, a.image()), first));
}

TEST_CASE("an image beyond the planned size is a status of its own") {
  skiff_config config = default_config();
  config.max_width_px = 80;
  config.max_height_px = 60;
  const TestEngine engine(tiny_weights(), config);
  CHECK(engine.memory.size() < TestEngine().memory.size());
  int32_t count = 123;
  const auto status = [&](int32_t width, int32_t height) {
    const Picture picture = make_picture(width, height, SKIFF_PIXEL_RGB, 0);
    const skiff_image image = picture.image();
    return skiff_detect(engine, &image, nullptr, 0, &count);
  };
  CHECK(status(81, 60) == SKIFF_ERR_IMAGE_TOO_LARGE);
  CHECK(status(80, 61) == SKIFF_ERR_IMAGE_TOO_LARGE);
  CHECK(count == 123);  // untouched on error
  CHECK(status(80, 60) == SKIFF_OK);
  CHECK(count != 123);
}

TEST_CASE("taps come in the order of execution") {
  std::vector<std::string> names, expected = {"input"};
  for (const StepSpan &step : kSteps) expected.push_back(kGraph[step.last].name);
  for (const char *name : {"loc", "conf", "scores", "boxes"}) expected.push_back(name);
  skiff_config config = default_config();
  config.tap = keep_name;
  config.tap_ctx = &names;
  detect(TestEngine(tiny_weights(), config), make_picture(8, 8, SKIFF_PIXEL_RGB, 0).image());
  CHECK(names == expected);
}

TEST_CASE("the end of every step is told, on the calling thread") {
  struct Told {
    std::vector<std::string> names;
    std::thread::id thread;
  } told;
  std::vector<std::string> expected;
  for (const StepSpan &step : kSteps) expected.push_back(kGraph[step.last].name);
  for (const char *name : {"decode", "nms"}) expected.push_back(name);
  int calls = 0;
  skiff_config config = default_config();
  config.step_done = [](void *ctx, const char *name) {
    Told &t = *static_cast<Told *>(ctx);
    t.names.push_back(std::this_thread::get_id() == t.thread ? name : "on another thread");
  };
  config.step_done_ctx = &told;
  config.parallel_for = threaded_for;
  config.parallel_ctx = &calls;
  for (config.lanes = 1; config.lanes <= 3; ++config.lanes) {
    told = {{}, std::this_thread::get_id()};
    detect(TestEngine(tiny_weights(), config), make_picture(8, 8, SKIFF_PIXEL_RGB, 0).image());
    CHECK(told.names == expected);
  }
}

TEST_CASE("lanes and threads change no bit") {
  const Picture picture = make_picture(200, 100, SKIFF_PIXEL_BGR, 0);
  const std::vector<skiff_box> expected = detect(TestEngine(), picture.image());
  for (int lanes = 1; lanes <= 7; ++lanes) {
    INFO("lanes ", lanes);
    int calls = 0;
    skiff_config config = default_config();
    config.parallel_for = threaded_for;
    config.parallel_ctx = &calls;
    config.lanes = lanes;
    CHECK(is_same(detect(TestEngine(tiny_weights(), config), picture.image()), expected));
    CHECK(calls == (lanes == 1 ? 0 : int(kStepCount)));
  }
}

TEST_CASE("however the work is cut, on whatever input size, the network gives the same bits") {
  for (const uint32_t px : {8u, 9u, 31u, 64u, 75u, 130u}) {
    paddle::RandomSpec spec = tiny_spec();
    spec.input_px = px;
    const std::vector<uint8_t> file = make_weights(spec);
    for (const uint32_t mask : {SKIFF_CPU_PORTABLE, SKIFF_CPU_ALL}) {
      skiff_config config = default_config();
      config.cpu_mask = mask;
      config.parallel_for = backward_for;
      const Logits expected = golden_logits(TestEngine(file, config));
      for (const int32_t lanes : {2, 3, 5, 8, 16, 256}) {
        INFO("px ", px, " cpu_mask ", mask, " lanes ", lanes);
        config.lanes = lanes;
        const Logits found = golden_logits(TestEngine(file, config));
        CHECK((found.loc == expected.loc && found.conf == expected.conf));
      }
    }
  }
}

#if !defined(SKIFF_TRIM) || SKIFF_TRIM == 0  // where there are portable kernels
TEST_CASE("portable kernels give the same bits from every compiler and on every CPU") {
  skiff_config config = default_config();
  config.cpu_mask = SKIFF_CPU_PORTABLE;
  const Logits logits = golden_logits(TestEngine(tiny_weights(), config));
  Checksum sum;
  sum.add(logits.loc.data(), logits.loc.size() * sizeof(float));
  sum.add(logits.conf.data(), logits.conf.size() * sizeof(float));
  CHECK(sum.value() == 16132733569214664933u);  // what this line printed; other bits may be as right, but are not the same
}
#endif

TEST_CASE("the mask chooses kernels, but not of a library that was built for one instruction set") {
  skiff_config config = default_config();
  config.cpu_mask = SKIFF_CPU_PORTABLE;
  const std::string masked = TestEngine(tiny_weights(), config).info().isa;
#if defined(SKIFF_TRIM)
  CHECK(masked == TestEngine(tiny_weights(), default_config()).info().isa);
#else
  CHECK(masked == "ref");
#endif
}

TEST_CASE("64 engines on one file, a thread each, do not disturb each other") {
  const AlignedBytes weights(tiny_weights());
  const skiff_config config = default_config();
  size_t bytes = 0;
  REQUIRE(skiff_memory_required(weights.data(), weights.size(), &config, &bytes) == SKIFF_OK);
  const Picture picture = make_picture(77, 77, SKIFF_PIXEL_RGB, 0);
  const std::vector<skiff_box> expected = detect(TestEngine(), picture.image());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t)
    threads.emplace_back([&] {
      const AlignedBytes memory(bytes);
      skiff_engine *engine = nullptr;
      wrong += skiff_init(weights.data(), weights.size(), &config, memory.data(), bytes, &engine) != SKIFF_OK;
      for (int i = 0; i < 3; ++i) wrong += !is_same(detect(engine, picture.image()), expected);
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("the configuration overrides the model's NMS, and only what it names") {
  const Picture picture = make_picture(90, 70, SKIFF_PIXEL_RGB, 0);
  const std::vector<skiff_box> all = detect(TestEngine(), picture.image());
  const auto boxes_with = [&](const skiff_config &config) { return detect(TestEngine(tiny_weights(), config), picture.image()); };
  std::vector<float> scores;
  for (const skiff_box &box : all) scores.push_back(box.score);
  std::sort(scores.begin(), scores.end());
  const float median = scores[scores.size() / 2];

  skiff_config config = default_config();
  config.score_threshold = median;
  const std::vector<skiff_box> high = boxes_with(config);
  CHECK(high.size() == size_t(std::count_if(all.begin(), all.end(), [&](const skiff_box &b) { return b.score > median; })));
  CHECK(TestEngine(tiny_weights(), config).info().score_threshold == median);
  CHECK(TestEngine(tiny_weights(), config).info().keep_top_k == 200);

  config = default_config();
  config.keep_top_k = 3;
  CHECK(boxes_with(config).size() == 3);
  config.keep_top_k = 0;
  CHECK(boxes_with(config).empty());

  config = default_config();
  config.nms_top_k = 1;  // one candidate a class, background apart
  CHECK(boxes_with(config).size() == 4);

  config = default_config();
  config.nms_threshold = 0.0f;
  const size_t strict = boxes_with(config).size();
  config.nms_threshold = 1.0f;
  config.keep_top_k = -1;
  CHECK(strict < all.size());
  CHECK(boxes_with(config).size() > all.size());
}

TEST_CASE("the configuration overrides the model's recipe, and only what it names") {
  const std::vector<uint8_t> voc = make_weights(tiny_spec(), "paddle-voc"), android = make_weights(tiny_spec(), "android");
  const Picture picture = make_picture(90, 70, SKIFF_PIXEL_RGB, 0);
  const auto tensor = [&](const std::vector<uint8_t> &file, const skiff_recipe &recipe) {
    skiff_config config = default_config();
    config.recipe = recipe;
    return preprocess(TestEngine(file, config), picture.image());
  };
  const skiff_recipe none = default_config().recipe, theirs = TestEngine(android).info().preprocessing;
  CHECK(theirs.resize == SKIFF_RESIZE_CV_BILINEAR);
  CHECK(theirs.order == SKIFF_ORDER_RGB);
  CHECK(theirs.pixel_divisor == 255.0f);
  CHECK(theirs.mean[1] == 0.5f);
  CHECK(theirs.scale[2] == 2.0f);
  CHECK(tensor(voc, none) != tensor(android, none));
  CHECK(tensor(voc, theirs) == tensor(android, none));

  skiff_recipe part = none;
  part.order = SKIFF_ORDER_RGB;
  CHECK(tensor(voc, part) == tensor(make_weights(tiny_spec(), "aistudio"), none));
  skiff_recipe rest = theirs;
  rest.pixel_divisor = 0.0f;
  rest.mean[0] = 7.0f;  // not looked at
  CHECK(tensor(android, rest) == tensor(android, none));
  skiff_config config = default_config();
  config.recipe = part;
  const TestEngine engine(voc, config);
  const skiff_info info = engine.info();
  CHECK(info.preprocessing.resize == SKIFF_RESIZE_LANCZOS);
  CHECK(info.preprocessing.order == SKIFF_ORDER_RGB);
  CHECK(info.preprocessing.scale[0] == 0.007843f);
  CHECK(std::string(info.recipe) == "paddle-voc");
}

TEST_CASE("selftest passes, and fails where one weight is another, though the file is sealed again") {
  float error = -1;
  CHECK(skiff_selftest(TestEngine(), &error) == SKIFF_OK);
  CHECK((error >= 0.0f && error < 1e-5f));
  CHECK(skiff_selftest(TestEngine(), nullptr) == SKIFF_OK);
  std::vector<uint8_t> file = tiny_weights();
  WeightsView view;
  REQUIRE(weights_open(file.data(), file.size(), &view, nullptr) == SKIFF_OK);
  float weight;
  uint8_t *at = file.data() + view.layers[kFirstHead].bias_offset;
  memcpy(&weight, at, sizeof weight);
  weight += 0.01f;
  memcpy(at, &weight, sizeof weight);
  paddle::reseal_weights(&file);
  CHECK(skiff_selftest(TestEngine(file), &error) == SKIFF_ERR_SELFTEST);
  CHECK(error == doctest::Approx(0.01).epsilon(0.5));
}

TEST_CASE("logits and offsets that are no numbers end in some answer") {
  const TestEngine engine;
  const skiff_info info = engine.info();
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {inf, -inf, nan, 1e38f, -1e38f})
    for (const size_t stride : {1, 2, 3, 7}) {
      std::vector<float> loc(size_t(info.prior_count) * 4, 0.5f), conf(size_t(info.prior_count * info.class_count), 0.5f);
      for (size_t i = 0; i < loc.size(); i += stride) loc[i] = bad;
      for (size_t i = 0; i < conf.size(); i += stride) conf[i] = bad;
      std::vector<skiff_box> boxes(size_t(info.prior_count * info.class_count), skiff_box{});
      int32_t count = -1;
      CHECK(skiff_postprocess(engine, loc.data(), conf.data(), boxes.data(), int32_t(boxes.size()), &count) == SKIFF_OK);
      CHECK(count >= 0);
      for (int32_t i = 0; i < count; ++i) CHECK(std::isfinite(boxes[size_t(i)].score));
    }
}

TEST_CASE("an input tensor that is no number ends in some answer") {
  const TestEngine engine;
  const skiff_info info = engine.info();
  std::vector<float> tensor(size_t(info.input_width_px * info.input_height_px * 3));
  for (size_t i = 0; i < tensor.size(); ++i) tensor[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
  std::vector<float> loc(size_t(info.prior_count) * 4), conf(size_t(info.prior_count * info.class_count));
  CHECK(skiff_network(engine, tensor.data(), loc.data(), conf.data()) == SKIFF_OK);
  int32_t count = -1;
  CHECK(skiff_postprocess(engine, loc.data(), conf.data(), nullptr, 0, &count) == SKIFF_OK);
}

TEST_CASE("labels and facts") {
  const TestEngine engine;
  CHECK(std::string(skiff_label(engine, 0)) == "0");
  CHECK(std::string(skiff_label(engine, 4)) == "4");
  CHECK(skiff_label(engine, 5) == nullptr);
  CHECK(skiff_label(engine, -1) == nullptr);
  const skiff_info info = engine.info();
  CHECK(info.class_count == 5);
  CHECK(info.background_id == 0);
  CHECK(info.memory_bytes == engine.memory.size());
  CHECK(info.arena_bytes < info.memory_bytes);
  CHECK(std::string(info.recipe) == "paddle-voc");
}
