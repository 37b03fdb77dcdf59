// SPDX-License-Identifier: MIT
//
// The whole network against Paddle's own tensors: the published model on four photos. conv0 and dw0 are Paddle's raw
// convolutions, which exist only before folding, so the converter's executor answers for them; the rest is the engine's, seen
// through its tap.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <map>

#include "tests/support/compare.h"
#include "tests/support/engine.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"
#include "tools/paddle/convert.h"
#include "tools/paddle/execute.h"
#include "tools/paddle/recipes.h"

using namespace skiff;
using namespace skiff::test;

namespace {

constexpr char kGolden[] = "golden/net_ssd_mobilenet_v1_voc";
constexpr char kModel[] = "models/ssd_mobilenet_v1_pascalvoc";

// Golden name of a tensor that the engine taps, and how it lies: maps are [c][h][w] there, the rest as here.
const std::map<std::string, std::string> kMaps = {{"pw11", "module11"},        {"pw13", "module13"},
                                                  {"extra14_3x3", "module14"}, {"extra15_3x3", "module15"},
                                                  {"extra16_3x3", "module16"}, {"extra17_3x3", "module17"}};
const std::map<std::string, std::string> kMatrices = {
    {"loc", "loc"}, {"conf", "conf_logits"}, {"scores", "scores"}, {"boxes", "boxes"}};

struct Tapped {
  std::string directory;
  size_t compared = 0;
};

Array<float> golden(const std::string &directory, const std::string &name) {
  return read_npy<float>(directory + "/" + name + ".npy");
}

void compare_tap(void *ctx, const char *name, const float *data, int32_t h, int32_t w, int32_t c) {
  Tapped *tapped = static_cast<Tapped *>(ctx);
  const auto map = kMaps.find(name), matrix = kMatrices.find(name);
  if (map == kMaps.end() && matrix == kMatrices.end()) return;
  const Array<float> expected = golden(tapped->directory, map != kMaps.end() ? map->second : matrix->second);
  REQUIRE(expected.size() == size_t(h) * size_t(w) * size_t(c));
  const size_t pixels = size_t(h) * size_t(w);
  std::vector<float> actual(expected.size());
  for (size_t p = 0; p < pixels; ++p)
    for (size_t k = 0; k < size_t(c); ++k)
      actual[map != kMaps.end() ? k * pixels + p : p * size_t(c) + k] = data[p * size_t(c) + k];
  check_close(actual.data(), expected.data(), actual.size(), tapped->directory + " " + name);
  ++tapped->compared;
}

const paddle::Source &source() {
  static const paddle::Source source = paddle::read_source(shared_path(kModel), {});
  return source;
}

const paddle::Converted &converted() {
  static const paddle::Converted converted = [] {
    paddle::ConvertOptions options;
    options.recipe = paddle::find_recipe("paddle-voc");
    return paddle::convert(source(), options);
  }();
  return converted;
}

void check_image(const std::string &image) {
  Tapped tapped;
  tapped.directory = shared_path(std::string(kGolden) + "/" + image);
  skiff_config config;
  skiff_config_default(&config);
  config.tap = compare_tap;
  config.tap_ctx = &tapped;
  const TestEngine engine(converted().file, config);
  const Array<float> nchw = golden(tapped.directory, "image");
  const size_t pixels = nchw.size() / 3;
  std::vector<float> nhwc(nchw.size());
  for (size_t p = 0; p < pixels; ++p)
    for (size_t c = 0; c < 3; ++c) nhwc[p * 3 + c] = nchw.values[c * pixels + p];
  const Array<float> loc = golden(tapped.directory, "loc"), conf = golden(tapped.directory, "conf_logits");
  std::vector<float> own_loc(loc.size()), own_conf(conf.size());
  REQUIRE(skiff_network(engine, nhwc.data(), own_loc.data(), own_conf.data()) == SKIFF_OK);
  std::vector<skiff_box> boxes(400);
  int32_t count = 0;
  REQUIRE(skiff_postprocess(engine, own_loc.data(), own_conf.data(), boxes.data(), 400, &count) == SKIFF_OK);
  CHECK(tapped.compared == kMaps.size() + kMatrices.size());
  const Array<float> rows = golden(tapped.directory, "detections");
  REQUIRE(count == int32_t(rows.dim(0)));
  for (int32_t i = 0; i < count; ++i) {
    const float *row = rows.data() + i * 6;
    const skiff_box &b = boxes[size_t(i)];
    const float own[6] = {float(b.class_id), b.score, b.x_min, b.y_min, b.x_max, b.y_max};
    CAPTURE(i);
    check_close(own, row, 6, tapped.directory + " row");
  }
}

}  // namespace

TEST_CASE("000006") { check_image("000006"); }
TEST_CASE("000456") { check_image("000456"); }
TEST_CASE("001763") { check_image("001763"); }
TEST_CASE("004545") { check_image("004545"); }

TEST_CASE("conv0 and dw0 before batch norm, in the unfolded executor") {
  for (const char *image : {"000006", "000456", "001763", "004545"}) {
    const std::string directory = shared_path(std::string(kGolden) + "/" + image);
    const Array<float> input = golden(directory, "image");
    const std::vector<std::string> wanted = {"conv2d_0.tmp_0", "depthwise_conv2d_0.tmp_0"};
    const auto values = paddle::execute(source(), "image", {{1, 3, 300, 300}, input.values}, wanted);
    const Array<float> conv0 = golden(directory, "conv0"), dw0 = golden(directory, "dw0");
    REQUIRE(values.at(0).data.size() == conv0.size());
    REQUIRE(values.at(1).data.size() == dw0.size());
    check_close(values[0].data.data(), conv0.data(), conv0.size(), directory + " conv0");
    check_close(values[1].data.data(), dw0.data(), dw0.size(), directory + " dw0");
  }
}

int main(int argc, char **argv) {
  if (!has_shared(kModel, "the whole network on 4 photos") || !has_shared(kGolden, "the whole network on 4 photos")) return 77;
  return doctest::Context(argc, argv).run();
}
