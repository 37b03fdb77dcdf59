// SPDX-License-Identifier: MIT
//
// Box decoding against Paddle's box_coder. The engine knows one use of it: a prior per box and one set of variances for all. The
// golden cases know more, which is all a choice of prior and variances per box.
#include "engine/decode.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

// Variances of every prior, [priors][4]: a tensor, else the attribute for all, else 1.
std::vector<float> variances_of(const GoldenCase &c, size_t priors) {
  if (c.has_input("prior_box_var")) return c.input("prior_box_var").values;
  const std::vector<float> one = c.attrs().has("variance") ? c.attrs()["variance"].floats() : std::vector<float>(4, 1.0f);
  std::vector<float> all;
  for (size_t p = 0; p < priors; ++p) all.insert(all.end(), one.begin(), one.end());
  return all;
}

// Decodes offsets [n][m][4], box by box; axis 1 means that a prior belongs to a row.
std::vector<float> decode_each(const GoldenCase &c) {
  const Array<float> loc = c.input("target_box"), priors = c.input("prior_box");
  const std::vector<float> variances = variances_of(c, priors.dim(0));
  std::vector<float> boxes(loc.size());
  for (size_t i = 0; i < loc.size() / 4; ++i) {
    const size_t p = c.int_attr("axis") == 1 ? i / loc.dim(1) : i % loc.dim(1);
    decode_center_size(&loc.values[i * 4], &priors.values[p * 4], &variances[p * 4], c.int_attr("box_normalized") != 0, 1,
                       &boxes[i * 4]);
  }
  return boxes;
}

}  // namespace

TEST_CASE("every decode case, box by box") {
  for (const GoldenCase &c : golden_cases("box_coder", 7)) {
    const std::vector<float> expected = c.output("output_box").values;
    check_close(decode_each(c).data(), expected.data(), expected.size(), c.name);
  }
}

TEST_CASE("whole images at once, in place, as the engine decodes") {
  int images = 0;
  for (const GoldenCase &c : golden_cases("box_coder", 7)) {
    std::vector<float> boxes = c.input("target_box").values;
    const Array<float> priors = c.input("prior_box"), expected = c.output("output_box");
    const std::vector<float> variances = variances_of(c, priors.dim(0));
    const bool is_one = std::equal(variances.begin() + 4, variances.end(), variances.begin());
    if (c.int_attr("axis") != 0 || !is_one) continue;
    for (size_t at = 0; at < boxes.size(); at += priors.size(), ++images)
      decode_center_size(&boxes[at], priors.data(), variances.data(), c.int_attr("box_normalized") != 0, priors.dim(0),
                         &boxes[at]);
    check_close(boxes.data(), expected.data(), boxes.size(), c.name);
  }
  CHECK(images == 13);
}
