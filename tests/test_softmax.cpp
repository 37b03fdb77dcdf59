// SPDX-License-Identifier: MIT
//
// Softmax with its transposition against Paddle's softmax and transpose, and at the edges that a network can reach.
#include <limits>
#include <numeric>

#include "kernels/kernels.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

// scores [classes][priors] of logits [priors][classes].
std::vector<float> softmax(const std::vector<float> &logits, int32_t priors, int32_t classes) {
  std::vector<float> scores(logits.size());
  std::vector<int32_t> rows(static_cast<size_t>(priors));
  std::iota(rows.begin(), rows.end(), 0);
  const SoftmaxArgs args = {logits.data(), rows.data(), scores.data(), priors, classes};
  kTableRef.softmax(&args);
  return scores;
}

std::vector<float> transposed(const std::vector<float> &in, size_t rows, size_t columns) {
  std::vector<float> out(in.size());
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) out[c * rows + r] = in[r * columns + c];
  return out;
}

// Paddle's figures, to 4 ulp: tighter than the tensors' general bound, since scores decide over rows.
void check_scores(const std::vector<float> &actual, const std::vector<float> &expected) {
  check_each(actual.data(), expected.data(), expected.size(), "scores",
             [](float a, float b) { return std::abs(a - b) <= 4 * std::numeric_limits<float>::epsilon() * b; });
}

}  // namespace

TEST_CASE("Paddle's softmax of 1917 priors, logits of 1000 included") {
  const GoldenCase c = golden_cases("softmax", 1)[0];
  const Array<float> x = c.input("x");
  check_scores(softmax(x.values, int32_t(x.dim(1)), int32_t(x.dim(2))), transposed(c.output("out").values, x.dim(1), x.dim(2)));
}

TEST_CASE("Paddle's softmax inside detection_output") {
  const GoldenCase c = golden_cases("detection_output", 1)[0];
  const Array<float> conf = c.input("conf"), expected = c.output("softmax");
  const size_t elems = conf.size() / conf.dim(0);
  for (size_t n = 0; n < conf.dim(0); ++n) {
    const auto image = [&](const Array<float> &a) {
      return std::vector<float>(a.data() + n * elems, a.data() + (n + 1) * elems);
    };
    check_scores(softmax(image(conf), int32_t(conf.dim(1)), int32_t(conf.dim(2))),
                 transposed(image(expected), conf.dim(1), conf.dim(2)));
  }
}

TEST_CASE("one class is certain; equal logits share") {
  CHECK(softmax({-7.0f, 1e30f}, 2, 1) == std::vector<float>{1.0f, 1.0f});
  CHECK(softmax({5.0f, 5.0f, 5.0f, 5.0f}, 1, 4) == std::vector<float>(4, 0.25f));
}

TEST_CASE("infinite logits and NaN give finite scores") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {inf, -inf, nan})
    for (int at = 0; at < 3; ++at) {
      std::vector<float> logits = {1.0f, 2.0f, 3.0f};
      logits[size_t(at)] = bad;
      for (const float score : softmax(logits, 1, 3)) CHECK((score >= 0.0f && score <= 1.0f));
    }
}
