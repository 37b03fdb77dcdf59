// SPDX-License-Identifier: MIT
//
// What skiff-bench makes of times and models; tests/check_bench.py runs the program.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bench/skiff_bench/report.h"
#include "bench/yardsticks/unpack.h"
#include "engine/step.h"
#include "kernels/pack.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"
#include "tools/support/error.h"

using namespace skiff;
using namespace skiff::bench;
using namespace skiff::test;

namespace {

// The tiny network's file, opened.
struct TinyModel {
  ScratchDir dir;
  std::shared_ptr<const Weights> weights;
  ModelFacts facts;

  TinyModel() {
    const std::vector<uint8_t> &file = tiny_weights();
    weights = open_weights(dir.write("tiny.skiff", std::string(file.begin(), file.end())));
    facts = read_model_facts(weights);
  }
};

Options quick_options(const TinyModel &model) {
  Options options;
  options.weights = model.weights->path;
  options.runs = 5;
  options.min_seconds = 0;
  return options;
}

}  // namespace

TEST_CASE("summaries of times") {
  std::vector<double> times(1000);
  std::iota(times.begin(), times.end(), 1.0);
  std::reverse(times.begin(), times.end());
  const Summary s = summarise(times);
  CHECK(s.runs == 1000);
  CHECK(s.min == 1);
  CHECK(s.p50 == 500);
  CHECK(s.p90 == 900);
  CHECK(s.p95 == 950);
  CHECK(s.p99 == 990);
  CHECK(s.p999 == 999);
  CHECK(s.mad == 250);
  const Summary one = summarise({7});
  CHECK((one.min == 7 && one.p50 == 7 && one.p999 == 7 && one.mad == 0));
  CHECK(summarise({}).runs == 0);
  CHECK(summarise({1, 2, 100}).mad == 1);
}

TEST_CASE("samples keep to their capacity") {
  Samples samples(3);
  for (int i = 0; i < 10; ++i) samples.add(i);
  CHECK(samples.size() == 3);
  CHECK(samples.summary().p999 == 2);
  samples.clear();
  CHECK(samples.summary().runs == 0);
}

TEST_CASE("the roof is the slower of the two limits") {
  const Roof roof = {50, 20};
  CHECK(roof.least_ms(50000000, 1) == doctest::Approx(1));
  CHECK(roof.least_ms(1, 40000000) == doctest::Approx(2));
  CHECK(Roof{0, 20}.least_ms(50000000, 20000000) == doctest::Approx(1));  // no figure for multiply-adds
}

TEST_CASE("instruction sets by name") {
  CHECK(cpu_mask_of("ref") == SKIFF_CPU_PORTABLE);
  CHECK(cpu_mask_of("avx2") == SKIFF_CPU_AVX2);
  CHECK(cpu_mask_of("avx512") == (SKIFF_CPU_AVX2 | SKIFF_CPU_AVX512));
  CHECK(cpu_mask_of("all") == SKIFF_CPU_ALL);
  CHECK_THROWS_AS(cpu_mask_of("sse"), UsageError);
}

TEST_CASE("steps cover every layer once") {
  const TinyModel model;
  StepClock clock(10);
  for (const char *name : {"pw2", "pw3", "head11"}) StepClock::step_done(&clock, name);
  const std::vector<StepFacts> steps = step_facts(model.facts, clock);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].layers == std::vector<std::string>{"conv0", "dw1", "pw1", "dw2", "pw2"});
  CHECK(steps[1].layers == std::vector<std::string>{"dw3", "pw3"});
  CHECK(steps[2].layers.size() == 1 + 22 - 6);  // the head, and dw4 to pw11 before it
  CHECK(steps[2].layers.front() == "dw4");
  CHECK(steps[2].layers.back() == "head11");
  // Input, output and parameters of dw3 + pw3: 16 x 16 pixels; 128 / 16 channels, padded to 16 in the file.
  CHECK(steps[1].bytes == 4 * (16 * 16 * 8 * 2 + 16 * 9 + 16 + 16 * 16 + 16));
  uint64_t macs = 0;
  StepClock whole(10);
  for (const StepSpan &step : kSteps) StepClock::step_done(&whole, kGraph[step.last].name);
  for (const StepFacts &step : step_facts(model.facts, whole)) macs += step.macs;
  CHECK(macs == model.facts.macs);
  StepClock strange(10);
  StepClock::step_done(&strange, "pw99");
  CHECK_THROWS_AS(step_facts(model.facts, strange), Error);
}

TEST_CASE("unpacked weights pack to the file's own") {
  const TinyModel model;
  const WeightsView &view = model.facts.view;
  size_t heads = 0;
  uint64_t loc_elems = 0, conf_elems = 0;
  for (const PlainConv &conv : unpack_network(view)) {
    const LayerRecord &record = view.layers[conv.layer];
    CAPTURE(kGraph[conv.layer].name);
    heads += conv.is_loc || conv.is_conf;
    loc_elems += conv.is_loc ? uint64_t(conv.out_h) * conv.out_w * conv.out_c : 0;
    conf_elems += conv.is_conf ? uint64_t(conv.out_h) * conv.out_w * conv.out_c : 0;
    std::vector<float> packed(layer_weight_elems(record), 0.0f);
    const uint32_t first = conv.is_conf ? record.loc_c : 0, taps = conv.kernel * conv.kernel;
    if (conv.is_depthwise)
      pack_depthwise(conv.weights.data(), conv.out_c, packed.data());
    else
      pack_panels(conv.weights.data(), conv.out_c, conv.in_c, taps, padded_k(conv.in_c, conv.input == kImage), first,
                  packed.data());
    const float *stored = weights_floats(view, record.weights_offset), *bias = weights_floats(view, record.bias_offset);
    size_t wrong = 0, used = 0;
    for (size_t i = 0; i < packed.size(); ++i) {
      used += packed[i] != 0;
      wrong += packed[i] != 0 && packed[i] != stored[i];  // the head's other half is not in this one
    }
    CHECK(wrong == 0);
    CHECK(used >= conv.weights.size() * 9 / 10);
    CHECK(std::equal(conv.bias.begin(), conv.bias.end(), bias + first));
  }
  CHECK(heads == 2 * kMapCount);
  CHECK(loc_elems == view.golden->loc_elems);
  CHECK(conf_elems == view.golden->conf_elems);
}

TEST_CASE("a report in JSON") {
  const TinyModel model;
  Options options = quick_options(model);
  options.is_json = true;
  options.threads = 2;
  const Report report = measure(options);
  const nlohmann::json json = nlohmann::json::parse(report_json(options, report));
  for (const char *key : {"load_ms", "first_run_ms", "arena_bytes", "peak_rss_kb", "rss_kb", "fma_peak_gmacs", "memory_gbps",
                          "percent_of_fma_peak", "threads"})
    CHECK_MESSAGE(json.at(key).get<double>() > 0, key);
  for (const char *key : {"min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "images_per_second", "gmacs"})
    CHECK_MESSAGE(json.at("network").at(key).get<double>() > 0, key);
  CHECK(json.at("network").at("runs") == 5);
  for (const char *key : {"decode", "preprocess", "network", "softmax_decode", "nms", "total", "nv21_frame", "nv21_frame_turned"})
    CHECK_MESSAGE(json.at("stages").at(key).at("p50_ms").get<double>() > 0, key);
  uint64_t macs = 0;
  for (const nlohmann::json &layer : json.at("layers")) {
    macs += layer.at("macs").get<uint64_t>();
    CHECK(layer.at("p50_ms").get<double>() > 0);
    CHECK(layer.at("percent_of_roofline").get<double>() > 0);
  }
  CHECK(macs == model.facts.macs);
  CHECK(json.at("against").empty());
  // The steps are what the network's time goes to.
  double sum = 0;
  for (const nlohmann::json &layer : json.at("layers")) sum += layer.at("min_ms").get<double>();
  CHECK(sum <= json.at("network").at("min_ms").get<double>());
}

TEST_CASE("a report as text has what was asked for") {
  const TinyModel model;
  Options options = quick_options(model);
  const auto has = [](const std::string &text, const char *part) { return text.find(part) != std::string::npos; };
  const std::string plain = report_text(options, measure(options));
  for (const char *part : {"machine", "load", "first run", "p99.9", "MAD", "images/s", "of FMA peak", "arena"})
    CHECK_MESSAGE(has(plain, part), part);
  CHECK(!has(plain, "of roofline"));
  CHECK(!has(plain, "preprocess"));
  options.shows_layers = options.shows_stages = true;
  const std::string full = report_text(options, measure(options));
  for (const char *part :
       {"dw13 + pw13", "head17", "of roofline", "decode", "preprocess", "softmax", "NMS", "NV21, 1280x720", "turned by 90"})
    CHECK_MESSAGE(has(full, part), part);
}

TEST_CASE("kernels are those of the mask") {
  const TinyModel model;
  Options options = quick_options(model);
  options.cpu_mask = "ref";
  CHECK(measure(options).isa == "ref");
}

TEST_CASE("what cannot be measured is said") {
  const TinyModel model;
  const auto fails = [&](const auto &change) {
    Options options = quick_options(model);
    change(&options);
    measure(options);
  };
  CHECK_THROWS_AS(fails([](Options *o) { o->backend = "abacus"; }), UsageError);
  CHECK_THROWS_AS(fails([](Options *o) { o->against = {"abacus"}; }), UsageError);
  CHECK_THROWS_AS(fails([](Options *o) { o->cpus.cpus = "x"; }), UsageError);
  CHECK_THROWS_AS(fails([](Options *o) { o->cpus.cpus = "1023"; }), Error);
  CHECK_THROWS_AS(fails([](Options *o) { o->weights = "/nowhere.skiff"; }), Error);
  CHECK_THROWS_AS(fails([](Options *o) { o->image = "/nowhere.jpg"; }), Error);
}
