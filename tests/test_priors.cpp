// SPDX-License-Identifier: MIT
//
// Prior boxes against Paddle's, bit for bit.
#include "engine/priors.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

uint32_t fill(const std::vector<float> &values, float *slots) {
  std::copy(values.begin(), values.end(), slots);
  return uint32_t(values.size());
}

PriorRecord record_of(const GoldenCase &c) {
  PriorRecord r = {};
  r.min_size_count = fill(c.attrs()["min_sizes"].floats(), r.min_sizes);
  r.max_size_count = fill(c.attrs()["max_sizes"].floats(), r.max_sizes);
  r.aspect_ratio_count = fill(c.attrs()["aspect_ratios"].floats(), r.aspect_ratios);
  fill(c.attrs()["variances"].floats(), r.variances);
  r.flip = uint32_t(c.int_attr("flip"));
  r.clip = uint32_t(c.int_attr("clip"));
  r.min_max_aspect_ratios_order = uint32_t(c.int_attr("min_max_aspect_ratios_order"));
  r.step_w = c.attr("step_w");
  r.step_h = c.attr("step_h");
  r.offset = c.attr("offset");
  return r;
}

void check_case(const GoldenCase &c) {
  CAPTURE(c.name);
  const PriorRecord record = record_of(c);
  const Array<float> expected = c.output("boxes");  // [map_h][map_w][priors][4]
  const std::vector<float> map = c.attrs()["input_hw"].floats(), image = c.attrs()["image_hw"].floats();
  REQUIRE(priors_per_cell(record) == expected.dim(2));
  std::vector<float> boxes(expected.size());
  make_priors(record, uint32_t(map[0]), uint32_t(map[1]), uint32_t(image[0]), uint32_t(image[1]), boxes.data());
  check_equal(boxes.data(), expected.data(), boxes.size(), "boxes");
}

}  // namespace

TEST_CASE("priors of the six heads, both orders, clipped or not") {
  for (const GoldenCase &c : golden_cases("prior_box/double_sqrt", 24)) check_case(c);
}

TEST_CASE("priors with odd shapes, steps and offsets") {
  for (const GoldenCase &c : golden_cases("prior_box/extra", 6)) check_case(c);
}

TEST_CASE("a ratio given twice, or as 1, adds no prior") {
  PriorRecord r = {};
  r.min_size_count = r.max_size_count = 1;
  r.min_sizes[0] = 30, r.max_sizes[0] = 60;
  r.flip = 1;
  r.aspect_ratio_count = fill({1.0f, 2.0f, 0.5f, 2.0000005f, 3.0f}, r.aspect_ratios);
  CHECK(priors_per_cell(r) == 6);  // 1, 2, 1/2, 3, 1/3 and the max_size
  r.flip = 0;
  CHECK(priors_per_cell(r) == 5);  // 1, 2, 1/2, 3 and the max_size
}
