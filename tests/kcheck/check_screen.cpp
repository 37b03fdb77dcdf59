// SPDX-License-Identifier: MIT
//
// Screening. Comparisons of the same f32 differences: every version chooses the same rows.
#include "tests/kcheck/fill.h"

namespace skiff::kcheck {
namespace {

bool passes(const float *row, const ScreenArgs &a) {
  float best = -__FLT_MAX__, top = -__FLT_MAX__;
  for (int32_t k = 0; k < a.classes; ++k) {
    if (k != a.background && row[k] > best) best = row[k];
    if (row[k] > top) top = row[k];
  }
  return !(best - top < a.cut);
}

// Logits are whole numbers of halves, so that some differences are the cut itself; the background's are higher.
void check_shape(Harness &h, Random &random, int32_t priors, int32_t classes, int32_t background, float cut, const char *layer) {
  Case c(h, Text() << priors << " priors, " << classes << " classes, background " << background << ", cut " << double(cut));
  c.layer = layer;
  if (uint64_t(priors) * uint64_t(classes) > h.max_macs) return;
  const auto logits = c.input<float>("logits", int64_t(priors) * classes, sizeof(float));
  const auto rows = c.output<int32_t>("rows", priors, sizeof(int32_t));
  const auto count = c.output<int32_t>("count", 1, sizeof(int32_t));
  for (int64_t i = 0; i < int64_t(priors) * classes; ++i)
    logits[i] = 0.5f * float(random.between(-8, 0) + (i % classes == background ? random.between(0, 12) : 0));
  const ScreenArgs args = {nullptr, priors, classes, background, cut, nullptr, nullptr};
  int32_t passed = 0;
  for (int32_t p = 0; p < priors; ++p)
    if (passes(logits.data + int64_t(p) * classes, args)) rows.expect(passed++, p, 0.0);
  for (int32_t i = passed; i < priors; ++i) rows.expect(i, 0.0, __builtin_inf());  // anything
  count.expect(0, passed, 0.0);
  c.check(&KernelTable::screen, [&](ScreenFn fn, const Places &at, int) {
    const ScreenArgs a = {at(logits), priors, classes, background, cut, at(rows), at(count)};
    fn(&a);
  });
}

}  // namespace

void check_screen(Harness &h) {
  Random random(h.seed);
  check_shape(h, random, 1917, 21, 0, -4.5f, "confidence");
  for (int32_t i = 0; i < 100 * h.repeat; ++i) {
    const int32_t classes = random.flip() ? random.between(1, 8) : random.between(9, 100);
    const int32_t background = random.flip() ? 0 : random.between(-1, classes - 1);
    const float cuts[] = {-4.5f, -2.0f, 0.0f, -__builtin_inff()};
    check_shape(h, random, random.between(1, 40), classes, background, cuts[random.between(0, 3)], nullptr);
  }
}

}  // namespace skiff::kcheck
