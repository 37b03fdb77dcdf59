// SPDX-License-Identifier: MIT
//
// The engine's whole post-processing against Paddle's detection_output, through the public interface: a random network of the
// published shape has the published priors and NMS attributes.
#include <map>

#include "tests/support/compare.h"
#include "tests/support/engine.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

using Tensors = std::map<std::string, std::vector<float>>;

void keep_tensor(void *ctx, const char *name, const float *data, int32_t h, int32_t w, int32_t c) {
  (*static_cast<Tensors *>(ctx))[name].assign(data, data + h * w * c);
}

std::vector<float> rows_of(const std::vector<skiff_box> &boxes) {
  std::vector<float> rows;
  for (const skiff_box &b : boxes) rows.insert(rows.end(), {float(b.class_id), b.score, b.x_min, b.y_min, b.x_max, b.y_max});
  return rows;
}

// The boxes of one image, at most `capacity` of them; *count = how many there were.
std::vector<skiff_box> postprocess(const TestEngine &engine, const float *loc, const float *conf, int32_t capacity,
                                   int32_t *count) {
  std::vector<skiff_box> boxes(size_t(capacity), skiff_box{});
  REQUIRE(skiff_postprocess(engine, loc, conf, boxes.data(), capacity, count) == SKIFF_OK);
  boxes.resize(size_t(std::min(*count, capacity)));
  return boxes;
}

std::vector<uint8_t> published_shape() {
  paddle::RandomSpec spec;
  spec.width = 1.0 / 16;
  return make_weights(spec);
}

}  // namespace

TEST_CASE("a batch of two: boxes, scores and rows") {
  const GoldenCase c = golden_cases("detection_output", 1)[0];
  const Array<float> loc = c.input("loc"), conf = c.input("conf"), decoded = c.output("decoded"), expected = c.output("out");
  const size_t priors = conf.dim(1), classes = conf.dim(2);
  Tensors tensors;
  skiff_config config = default_config();
  config.tap = keep_tensor;
  config.tap_ctx = &tensors;
  const TestEngine engine(published_shape(), config);
  for (size_t n = 0; n < conf.dim(0); ++n) {
    int32_t count = 0;
    const std::vector<float> rows =
        rows_of(postprocess(engine, loc.data() + n * priors * 4, conf.data() + n * priors * classes, 500, &count));
    check_close(tensors["boxes"].data(), decoded.data() + n * priors * 4, priors * 4, "boxes");
    const size_t begin = c.offsets("out")[n], end = c.offsets("out")[n + 1];
    REQUIRE(size_t(count) == end - begin);
    check_close(rows.data(), expected.data() + begin * 6, rows.size(), "rows");
    for (size_t i = 0; i < rows.size(); i += 6) CHECK(rows[i] == expected.values[begin * 6 + i]);  // classes exactly
  }
}

TEST_CASE("a small capacity keeps the highest scores, in Paddle's order") {
  const GoldenCase c = golden_cases("detection_output", 1)[0];
  const Array<float> loc = c.input("loc"), conf = c.input("conf");
  const TestEngine engine(published_shape());
  int32_t all_count = 0, count = 0;
  const std::vector<skiff_box> all = postprocess(engine, loc.data(), conf.data(), 200, &all_count);
  REQUIRE(all_count == 200);
  for (const int32_t capacity : {0, 1, 2, 17, 199, 200, 201}) {
    const std::vector<skiff_box> best = postprocess(engine, loc.data(), conf.data(), capacity, &count);
    CHECK(count == all_count);
    // The same by sorting: the `capacity` highest, the order of all of them kept.
    std::vector<size_t> rank(all.size());
    for (size_t i = 0; i < rank.size(); ++i) rank[i] = i;
    std::stable_sort(rank.begin(), rank.end(), [&](size_t a, size_t b) { return all[a].score > all[b].score; });
    rank.resize(std::min(rank.size(), size_t(capacity)));
    std::sort(rank.begin(), rank.end());
    std::vector<skiff_box> expected;
    for (const size_t i : rank) expected.push_back(all[i]);
    CHECK(rows_of(best) == rows_of(expected));
  }
}
