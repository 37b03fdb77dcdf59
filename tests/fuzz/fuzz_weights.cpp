// SPDX-License-Identifier: MIT
//
// Weights files, as they are and sealed with the right checksum, up to an engine that detects.
#include <cstdlib>
#include <memory>
#include <vector>

#include "engine/skiff.h"
#include "engine/weights_format.h"
#include "tests/support/memory.h"
#include "tools/paddle/pack_weights.h"

namespace {

constexpr size_t kMaxMemoryBytes = 16 << 20;

void detect(skiff_engine *engine) {
  const uint8_t pixels[12] = {0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const skiff_image image = {pixels, 2, 2, 6, SKIFF_PIXEL_RGB};
  skiff_box boxes[8];
  int32_t count = -1;
  if (skiff_detect(engine, &image, boxes, 8, &count) != SKIFF_OK || count < 0) std::abort();
}

void use(const std::vector<uint8_t> &file) {
  const skiff::test::AlignedBytes weights(file);
  skiff_weights_error error = {0, nullptr};
  skiff_config config;
  skiff_config_default(&config);
  config.max_width_px = config.max_height_px = 64;
  config.weights_error = &error;
  size_t bytes = 0;
  skiff_status status = skiff_memory_required(weights.data(), weights.size(), &config, &bytes);
  if (status == SKIFF_OK && bytes > kMaxMemoryBytes) return;
  if (status == SKIFF_OK) {
    const skiff::test::AlignedBytes memory(bytes);
    skiff_engine *engine = nullptr;
    status = skiff_init(weights.data(), weights.size(), &config, memory.data(), bytes, &engine);
    if (status == SKIFF_OK) detect(engine);
  }
  if (status != SKIFF_OK && error.reason == nullptr) std::abort();  // nothing else than the file can be wrong
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<uint8_t> file(data, data + size);
  use(file);
  if (size < sizeof(skiff::FileHeader)) return 0;
  skiff::paddle::reseal_weights(&file);
  use(file);
  return 0;
}
