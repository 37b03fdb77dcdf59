// SPDX-License-Identifier: MIT
//
// Priors are screened before softmax. The detections must be those of the whole computation, bit for bit, which an engine with a
// tap does.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "engine/engine.h"
#include "tests/support/engine.h"

using namespace skiff;
using namespace skiff::test;

namespace {

const float kThresholds[] = {0.0f, 1e-30f, 1e-27f, 1e-10f, 0.001f, 0.01f, 0.05f, 0.3f, 0.5f, 0.99f, 1.0f, 2.0f};

void look_away(void *, const char *, const float *, int32_t, int32_t, int32_t) {}

struct Logits {
  std::vector<float> loc, conf;
};

TestEngine make_engine(float threshold, bool is_screened, uint32_t cpu_mask) {
  skiff_config config = default_config();
  config.cpu_mask = cpu_mask;
  config.score_threshold = threshold;
  config.tap = is_screened ? nullptr : look_away;
  return TestEngine(tiny_weights(), config);
}

std::vector<skiff_box> detect(const TestEngine &engine, const Logits &logits) {
  std::vector<skiff_box> boxes(5000, skiff_box{});
  int32_t count = 0;
  REQUIRE(skiff_postprocess(engine, logits.loc.data(), logits.conf.data(), boxes.data(), 5000, &count) == SKIFF_OK);
  REQUIRE(count <= 5000);
  boxes.resize(size_t(count));
  return boxes;
}

// How many rows the engine's screening lets pass.
int32_t passing(const TestEngine &engine, const Logits &logits) {
  const skiff_info info = engine.info();
  std::vector<int32_t> rows(static_cast<size_t>(info.prior_count));
  int32_t count = 0;
  const ScreenArgs args = {
      logits.conf.data(), info.prior_count, info.class_count, info.background_id, engine.engine->cut, rows.data(), &count};
  engine.engine->kernels.screen(&args);
  return count;
}

// Compares both ways for every threshold and kernel. Returns how many boxes there were.
size_t compare(const std::function<Logits(const skiff_info &, float threshold)> &make) {
  size_t boxes = 0;
  for (const uint32_t mask : {SKIFF_CPU_ALL, SKIFF_CPU_PORTABLE})
    for (const float threshold : kThresholds) {
      const TestEngine screened = make_engine(threshold, true, mask), whole = make_engine(threshold, false, mask);
      CAPTURE(threshold);
      const Logits logits = make(screened.info(), threshold);
      const std::vector<skiff_box> found = detect(screened, logits), expected = detect(whole, logits);
      REQUIRE(found.size() == expected.size());
      CHECK(memcmp(found.data(), expected.data(), found.size() * sizeof(skiff_box)) == 0);
      boxes += found.size();
    }
  return boxes;
}

Logits random_logits(const skiff_info &info, float background, float spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Logits logits;
  for (int32_t i = 0; i < info.prior_count * 4; ++i) logits.loc.push_back(normal(random));
  for (int32_t i = 0; i < info.prior_count * info.class_count; ++i)
    logits.conf.push_back(normal(random) * spread + (i % info.class_count == info.background_id ? background : 0.0f));
  return logits;
}

}  // namespace

TEST_CASE("random logits") {
  for (const float background : {0.0f, 5.0f, 12.0f})
    for (const float spread : {0.1f, 3.0f, 30.0f}) {
      const auto make = [&](const skiff_info &info, float) { return random_logits(info, background, spread, 1); };
      CHECK(compare(make) > 0);
    }
}

TEST_CASE("scores within a few bits of the threshold") {
  const auto make = [](const skiff_info &info, float threshold) {
    Logits logits = random_logits(info, 0.0f, 0.0f, 2);
    const float at = std::log(std::max(threshold, std::numeric_limits<float>::min()));
    for (int32_t p = 0; p < info.prior_count; ++p) {
      // One class against the background, the others far below: the score is nearly exp(x - m).
      float *row = &logits.conf[size_t(p * info.class_count)];
      for (int32_t k = 0; k < info.class_count; ++k) row[k] = -200.0f;
      row[info.background_id] = 0.0f;
      const float ulp = std::nextafter(std::abs(at), 1000.0f) - std::abs(at);
      row[(info.background_id + 1 + p % (info.class_count - 1)) % info.class_count] = at + float(p % 64 - 32) * ulp * 1.5f;
    }
    return logits;
  };
  CHECK(compare(make) > 0);
}

TEST_CASE("background is screened out, and only that") {
  for (const uint32_t mask : {SKIFF_CPU_ALL, SKIFF_CPU_PORTABLE}) {
    const TestEngine engine = make_engine(0.01f, true, mask);
    const skiff_info info = engine.info();
    Logits logits = random_logits(info, 20.0f, 0.5f, 3);
    CHECK(passing(engine, logits) == 0);
    logits.conf[size_t(7 * info.class_count + 1)] = 20.0f;
    CHECK(passing(engine, logits) == 1);
    CHECK(detect(engine, logits).size() == 1);
    CHECK(passing(make_engine(0.01f, false, mask), logits) == info.prior_count);
  }
}

TEST_CASE("the cut is the threshold's logarithm, a little below") {
  for (const float threshold : kThresholds) {
    CAPTURE(threshold);
    const float cut = logit_cut(threshold);
    if (threshold < 1e-27f) {
      CHECK(cut == -std::numeric_limits<float>::infinity());
    } else {
      CHECK(cut < std::min(0.0f, std::log(threshold)));
      CHECK(cut > std::min(0.0f, std::log(threshold)) - 0.002f);
    }
  }
}
