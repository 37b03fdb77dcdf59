// SPDX-License-Identifier: MIT
//
// The network by XNNPACK's operators against the network by Skiff's: two implementations that share nothing but the weights file.
#include <algorithm>
#include <cstring>
#include <string>

#include "engine/checksum.h"
#include "engine/golden.h"
#include "engine/weights_read.h"
#include "kernels/xnnpack/backend.h"
#include "kernels/xnnpack/unpack.h"
#include "tests/support/compare.h"
#include "tests/support/engine.h"

using namespace skiff;
using namespace skiff::test;

namespace {

struct Case {
  double width;
  uint32_t input_px, class_count;
  bool is_relu6;
};

struct Logits {
  std::vector<float> loc, conf;

  explicit Logits(const skiff_info &info)
      : loc(size_t(info.prior_count) * 4, -1e9f), conf(size_t(info.prior_count) * size_t(info.class_count), -1e9f) {}
};

// A backend, or why there is none.
struct TestBackend {
  XnnpackError error = {};
  XnnpackBackend *backend;

  TestBackend(const void *weights, size_t bytes, int32_t threads) : backend(xnnpack_create(weights, bytes, threads, &error)) {}
  TestBackend(const TestBackend &) = delete;
  ~TestBackend() { xnnpack_destroy(backend); }
};

// Limits low enough to clip much of what this network computes.
void set_act_max(std::vector<uint8_t> *file, float act_max) {
  FileHeader header;
  memcpy(&header, file->data(), sizeof header);
  SectionEntry layers;
  memcpy(&layers, file->data() + sizeof header + sizeof layers * (uint32_t(SectionId::kLayers) - 1), sizeof layers);
  for (uint32_t i = 0; i < kFirstHead; ++i)
    memcpy(file->data() + layers.offset + i * sizeof(LayerRecord) + offsetof(LayerRecord, act_max), &act_max, sizeof act_max);
  const uint64_t sum = weights_checksum(file->data(), file->size());
  memcpy(file->data() + kChecksumOffset, &sum, sizeof sum);
}

std::vector<float> random_image(const skiff_info &info, uint64_t seed) {
  std::vector<float> image(size_t(info.input_width_px) * size_t(info.input_height_px) * 3);
  golden_input(seed, image.data(), image.size());
  return image;
}

void check_refused(const void *weights, size_t bytes, int32_t threads, const std::string &expected) {
  const TestBackend refused(weights, bytes, threads);
  CHECK(refused.backend == nullptr);
  CHECK(std::string(refused.error.text) == expected);
  CHECK(xnnpack_create(weights, bytes, threads, nullptr) == nullptr);
}

}  // namespace

TEST_CASE("unpacking is packing backwards") {
  const uint32_t out_c = 19, in_c = 5, taps = 9;
  std::vector<float> filters(out_c * in_c * taps), panels(panel_elems(taps * padded_k(in_c, false), out_c)), out(filters.size());
  for (size_t i = 0; i < filters.size(); ++i) filters[i] = float(i);
  pack_panels(filters.data(), out_c, in_c, taps, padded_k(in_c, false), 0, panels.data());
  unpack_panels(panels.data(), out_c, in_c, taps, padded_k(in_c, false), out.data());
  size_t wrong = 0;
  for (uint32_t o = 0; o < out_c; ++o)
    for (uint32_t i = 0; i < in_c; ++i)
      for (uint32_t t = 0; t < taps; ++t) wrong += out[(o * taps + t) * in_c + i] != filters[(o * in_c + i) * taps + t];
  CHECK(wrong == 0);
  std::vector<float> packed(depthwise_elems(out_c)), depthwise(out_c * 9);
  pack_depthwise(filters.data(), out_c, packed.data());
  unpack_depthwise(packed.data(), out_c, depthwise.data());
  check_equal(depthwise.data(), filters.data(), depthwise.size(), "depthwise");
}

TEST_CASE("XNNPACK answers what the engine answers") {
  for (const Case &c : {Case{1.0 / 64, 32, 5, false}, Case{1.0 / 16, 64, 5, false}, Case{1.0 / 16, 65, 2, true},
                        Case{0.3, 64, 21, true}, Case{0.3, 224, 7, false}, Case{0.5, 100, 91, true}}) {
    paddle::RandomSpec spec;
    spec.width = c.width;
    spec.input_px = c.input_px;
    spec.class_count = c.class_count;
    std::vector<uint8_t> file = make_weights(spec);
    if (c.is_relu6) set_act_max(&file, 0.5f);
    const TestEngine engine(file);
    Logits expected(engine.info());
    for (const int32_t threads : {1, 2}) {
      const TestBackend xnnpack(engine.weights.data(), engine.weights.size(), threads);
      INFO(xnnpack.error.text);
      REQUIRE(xnnpack.backend != nullptr);
      for (const uint64_t seed : {1, 2}) {  // the second must not see what the first left behind
        const std::vector<float> image = random_image(engine.info(), seed);
        REQUIRE(skiff_network(engine, image.data(), expected.loc.data(), expected.conf.data()) == SKIFF_OK);
        Logits actual(engine.info());
        XnnpackError error = {};
        REQUIRE(xnnpack_run(xnnpack.backend, image.data(), actual.loc.data(), actual.conf.data(), &error));
        const std::string what =
            "width " + std::to_string(c.width) + ", " + std::to_string(c.input_px) + " px, threads " + std::to_string(threads);
        check_close(actual.loc.data(), expected.loc.data(), expected.loc.size(), what + ": loc");
        check_close(actual.conf.data(), expected.conf.data(), expected.conf.size(), what + ": conf");
      }
    }
  }
}

TEST_CASE("the weights may go once the backend is made") {
  const TestEngine engine;
  AlignedBytes file(tiny_weights());
  const TestBackend xnnpack(file.data(), file.size(), 1);
  REQUIRE(xnnpack.backend != nullptr);
  memset(file.data(), 0xFF, file.size());
  const std::vector<float> image = random_image(engine.info(), 3);
  Logits expected(engine.info()), actual(engine.info());
  REQUIRE(skiff_network(engine, image.data(), expected.loc.data(), expected.conf.data()) == SKIFF_OK);
  REQUIRE(xnnpack_run(xnnpack.backend, image.data(), actual.loc.data(), actual.conf.data(), nullptr));
  check_close(actual.conf.data(), expected.conf.data(), expected.conf.size(), "conf");
}

TEST_CASE("what cannot be used is refused in words") {
  AlignedBytes file(tiny_weights());
  const size_t size = file.size();
  check_refused(nullptr, size, 1, "no weights");
  check_refused(file.data(), size, 0, "0 threads: not between 1 and 256");
  check_refused(file.data(), size, 257, "257 threads: not between 1 and 256");
  check_refused(file.data() + 4, size - 4, 1, skiff_status_message(SKIFF_ERR_MEMORY_ALIGNMENT));
  file.data()[size - 1] ^= 1;
  const TestBackend damaged(file.data(), size, 2);
  CHECK(damaged.backend == nullptr);
  CHECK(std::string(damaged.error.text).rfind(skiff_status_message(SKIFF_ERR_WEIGHTS_CHECKSUM), 0) == 0);
  const TestBackend cut(file.data(), size - 64, 2);
  CHECK(cut.backend == nullptr);
  CHECK(std::string(cut.error.text).rfind(skiff_status_message(SKIFF_ERR_WEIGHTS_TRUNCATED), 0) == 0);
  file.data()[0] = 'X';
  const TestBackend foreign(file.data(), size, 2);
  CHECK(foreign.backend == nullptr);
  CHECK(std::string(foreign.error.text).rfind(skiff_status_message(SKIFF_ERR_WEIGHTS_MAGIC), 0) == 0);
}

TEST_CASE("null pointers") {
  AlignedBytes file(tiny_weights());
  const TestBackend xnnpack(file.data(), file.size(), 1);
  REQUIRE(xnnpack.backend != nullptr);
  float value = 0;
  XnnpackError error = {};
  CHECK(!xnnpack_run(nullptr, &value, &value, &value, &error));
  CHECK(std::string(error.text) == "a null pointer");
  CHECK(!xnnpack_run(xnnpack.backend, nullptr, &value, &value, nullptr));
  CHECK(!xnnpack_run(xnnpack.backend, &value, nullptr, &value, nullptr));
  CHECK(!xnnpack_run(xnnpack.backend, &value, &value, nullptr, nullptr));
  xnnpack_destroy(nullptr);
}
