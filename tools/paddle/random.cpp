// SPDX-License-Identifier: MIT
//
// Weights are uniform with the variance that He initialisation asks for, so that values neither vanish nor grow over 35 layers.
// Only integer and exactly rounded arithmetic: the same spec gives the same bytes everywhere.
#include <cmath>
#include <cstring>

#include "engine/golden.h"
#include "tools/paddle/canonical.h"
#include "tools/support/error.h"

namespace skiff::paddle {
namespace {

// Output channels of the published network.
constexpr uint32_t kChannels[kFirstHead] = {32,   32,   64,   64,  128, 128, 128, 128, 256, 256, 256, 256,
                                            512,  512,  512,  512, 512, 512, 512, 512, 512, 512, 512, 512,
                                            1024, 1024, 1024, 256, 512, 128, 256, 128, 256, 64,  128};

uint32_t scaled(uint32_t channels, double width) { return std::max(1u, uint32_t(channels * width + 0.5)); }

// Uniform values around `center`, at most `spread` away from it.
Tensor random_tensor(const std::vector<int64_t> &dims, float center, float spread, uint64_t seed) {
  Tensor tensor;
  tensor.dims = dims;
  std::vector<float> values(tensor.elems());
  golden_input(seed, values.data(), values.size());
  for (float &value : values) value = center + value * spread;
  tensor.bytes.resize(values.size() * sizeof(float));
  memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

bool ends_with(const std::string &text, const char *suffix) {
  const size_t length = strlen(suffix);
  return text.size() >= length && text.compare(text.size() - length, length, suffix) == 0;
}

Tensor random_parameter(const std::string &name, const std::vector<int64_t> &dims, uint64_t seed) {
  const bool is_filter = dims.size() == 4, is_norm = name.compare(0, 10, "batch_norm") == 0;
  if (is_filter) return random_tensor(dims, 0.0f, std::sqrt(6.0f / float(dims[1] * dims[2] * dims[3])), seed);
  if (is_norm && (ends_with(name, ".w_0") || ends_with(name, ".w_2"))) return random_tensor(dims, 1.0f, 0.25f, seed);
  return random_tensor(dims, 0.0f, 0.25f, seed);
}

}  // namespace

Source random_source(const RandomSpec &spec) {
  if (!(spec.width > 0.0) || spec.width > 8.0) throw Error("width multiplier is not above 0 and at most 8");
  if (spec.input_px < kMinInputPx || spec.input_px > kMaxInputPx) throw Error("input size is out of range");
  if (spec.class_count < 1 || spec.class_count > kMaxClasses) throw Error("class count is out of range");
  CanonicalSpec canonical;
  canonical.input_px = spec.input_px;
  canonical.class_count = spec.class_count;
  for (uint32_t i = 0; i < kFirstHead; ++i) canonical.channels[i] = scaled(kChannels[i], spec.width);
  Source source;
  source.form = "random weights";
  source.has_program = true;
  source.program = canonical_program(canonical);
  uint64_t seed = spec.seed;
  for (const auto &[name, var] : source.program.vars)
    if (var.persistable) source.params[name] = random_parameter(name, var.dims, seed += 0x1000003);
  return source;
}

Network random_network(const RandomSpec &spec) { return match_network(random_source(spec)); }

}  // namespace skiff::paddle
