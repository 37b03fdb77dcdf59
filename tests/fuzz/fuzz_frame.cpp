// SPDX-License-Identifier: MIT
//
// Frames whose every field is the fuzzer's, on planes of exactly the bytes that the fields speak of: what is taken must stay
// inside them and give numbers, what is refused must leave everything as it was.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engine/skiff.h"
#include "tests/support/memory.h"
#include "tests/support/tiny.h"

namespace {

using skiff::test::AlignedBytes;

constexpr int64_t kMaxPlaneBytes = 1 << 18;  // larger frames are given to nobody, so that a run is short
constexpr float kUntouched = 12345.0f;

struct Engine {
  AlignedBytes weights{skiff::test::smallest_weights()}, memory{size_t(1) << 22};
  skiff_engine *engine = nullptr;

  Engine() {
    skiff_config config;
    skiff_config_default(&config);
    config.max_width_px = 80;
    config.max_height_px = 50;
    if (skiff_init(weights.data(), weights.size(), &config, memory.data(), memory.size(), &engine) != SKIFF_OK) std::abort();
  }
};

// Numbers of the input: mostly small ones.
class Fields {
 public:
  Fields(const uint8_t *data, size_t size) : data_(data), size_(size) {}

  int32_t next() {
    const uint8_t kind = byte();
    if (kind < 0xF0) return kind;
    if (kind < 0xF8) return (kind & 7) * 256 + byte();
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return int32_t(value);
  }

 private:
  uint8_t byte() { return at_ < size_ ? data_[at_++] : uint8_t(0); }

  const uint8_t *data_;
  size_t size_, at_ = 0;
};

// Bytes of a plane up to its last value; as the caller sees it, whatever the library thinks of the frame.
int64_t plane_bytes(const skiff_frame &f, int i) {
  constexpr int32_t kPackedBytes[] = {3, 3, 4, 4, 1};
  const bool is_packed = f.format >= 0 && f.format < SKIFF_PIXEL_YUV420;
  const int64_t width = i == 0 ? f.width_px : (int64_t(f.width_px) + 1) / 2;
  const int64_t rows = i == 0 ? f.height_px : (int64_t(f.height_px) + 1) / 2;
  if (is_packed && i > 0) return 0;
  const int64_t row = is_packed ? width * kPackedBytes[f.format] : (width - 1) * f.pixel_strides_bytes[i] + 1;
  return (rows - 1) * f.row_strides_bytes[i] + row;
}

skiff_frame read_frame(Fields *fields) {
  skiff_frame f = {};
  f.format = skiff_pixel_format(fields->next());
  f.width_px = fields->next();
  f.height_px = fields->next();
  for (int i = 0; i < 3; ++i) f.row_strides_bytes[i] = fields->next();
  for (int i = 0; i < 3; ++i) f.pixel_strides_bytes[i] = fields->next();
  f.is_video_range = fields->next();
  f.rotation_degrees = fields->next() % 5 * 90;
  f.is_mirrored = fields->next();
  f.region_x_px = fields->next();
  f.region_y_px = fields->next();
  f.region_width_px = fields->next();
  f.region_height_px = fields->next();
  return f;
}

void preprocess(skiff_engine *engine, const skiff_frame &frame) {
  std::vector<float> tensor(32 * 32 * 3, kUntouched);
  const skiff_status status = skiff_preprocess_frame(engine, &frame, tensor.data());
  for (const float value : tensor)
    if ((value == kUntouched) != (status != SKIFF_OK) || !(value < 2.0f || value == kUntouched)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Engine engine;
  Fields fields(data, size);
  skiff_frame frame = read_frame(&fields);
  skiff_box box = {1, 0.5f, 0.25f, 0.25f, 0.75f, 0.75f};
  if (skiff_boxes_to_frame(&frame, &box, 1) == SKIFF_OK && !(box.x_min <= box.x_max && box.y_min <= box.y_max)) std::abort();
  std::vector<AlignedBytes> planes;
  const bool is_interleaved = fields.next() % 2 == 1;  // U and V in one plane, V first
  for (int i = 0; i < 3; ++i) {
    const int64_t bytes = plane_bytes(frame, i);
    if (bytes > kMaxPlaneBytes) return 0;
    planes.emplace_back(size_t(bytes < 0 ? 0 : bytes) + (is_interleaved && i == 1 ? 1 : 0));
    std::memset(planes.back().data(), fields.next(), planes.back().size());
    frame.planes[i] = planes.back().data();
  }
  if (is_interleaved && frame.row_strides_bytes[1] == frame.row_strides_bytes[2] &&
      frame.pixel_strides_bytes[1] == frame.pixel_strides_bytes[2]) {
    frame.planes[2] = frame.planes[1];
    frame.planes[1] = frame.planes[2] + 1;
  }
  preprocess(engine.engine, frame);
  return 0;
}
