// SPDX-License-Identifier: MIT
//
// Softmax. Bound, relative to a score: two versions' exponentials are off by at most 2 ulp (4 u, u = 2^-24) each, so are their
// sums of k terms, which round k times more; reciprocal and product round once each. Together (4 + 4 + k + 2) u for one version,
// twice that between two. exp(x - m) sees the same x - m in both, as a subtraction rounds the same everywhere; against the exact
// score its rounding counts, up to u |x - m|.
#include "tests/kcheck/fill.h"
#include "tests/kcheck/math.h"

namespace skiff::kcheck {
namespace {

void expect_row(const float *x, int32_t i, const SoftmaxArgs &a, const Output<float> &scores) {
  double max = double(x[0]), sum = 0.0;
  for (int32_t k = 1; k < a.classes; ++k) max = double(x[k]) > max ? double(x[k]) : max;
  const auto power = [&](int32_t k) {
    const float difference = x[k] - float(max);  // as f32 rounds it: see above
    return exact_exp(difference > -64.0f ? double(difference) : -64.0);
  };
  for (int32_t k = 0; k < a.classes; ++k) sum += power(k);
  for (int32_t k = 0; k < a.classes; ++k) {
    const double score = power(k) / sum;
    scores.expect(int64_t(k) * a.count + i, score, 2.0 * double(10 + a.classes) * 0x1p-24 * score);
  }
}

// `count` rows of a few more.
void check_shape(Harness &h, Random &random, int32_t count, int32_t classes, float spread, const char *layer) {
  const int32_t priors = count + random.between(0, 9);
  Case c(h, Text() << count << " of " << priors << " priors, " << classes << " classes, logits to " << double(spread));
  c.layer = layer;
  if (uint64_t(priors) * uint64_t(classes) > h.max_macs) return;
  const auto logits = c.input<float>("logits", int64_t(priors) * classes, sizeof(float));
  const auto rows = c.input<int32_t>("rows", count, sizeof(int32_t));
  const auto scores = c.output<float>("scores", int64_t(count) * classes, sizeof(float));
  fill(logits, 0, int64_t(priors) * classes, random, Numbers::kFractions);
  for (int64_t i = 0; i < int64_t(priors) * classes; ++i) logits[i] *= spread;
  const SoftmaxArgs args = {logits.data, rows.data, nullptr, count, classes};
  for (int32_t i = 0; i < count; ++i) {
    rows[i] = count == priors ? i : random.between(0, priors - 1);
    expect_row(logits.data + int64_t(rows[i]) * classes, i, args, scores);
  }
  c.check(&KernelTable::softmax, [&](SoftmaxFn fn, const Places &at, int) {
    const SoftmaxArgs a = {at(logits), at(rows), at(scores), count, classes};
    fn(&a);
  });
}

}  // namespace

void check_softmax(Harness &h) {
  Random random(h.seed);
  check_shape(h, random, 1917, 21, 12.0f, "confidence");
  const float spreads[] = {0.0f, 1.0f, 20.0f, 150.0f, 1e30f};  // the last two reach the floor of -64
  for (int32_t i = 0; i < 60 * h.repeat; ++i)
    check_shape(h, random, random.between(1, 40), random.flip() ? random.between(1, 8) : random.between(9, 100),
                spreads[random.between(0, 4)], nullptr);
}

}  // namespace skiff::kcheck
