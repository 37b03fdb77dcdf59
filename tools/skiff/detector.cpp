// SPDX-License-Identifier: MIT
//
// The stages are called one by one because users ask where the time goes, and the engine, which knows no clock, cannot say.
#include "tools/skiff/detector.h"

#include <utility>

#include "tools/skiff/stopwatch.h"

namespace skiff {
namespace {

constexpr int32_t kUsualDetections = 256;  // above the keep_top_k of the published models

}  // namespace

Detector::Detector(std::shared_ptr<const Weights> weights, const skiff_config &config, int threads, const std::string &backend)
    : backend_(backend, *weights, threads),
      pool_(make_pool(backend_.is_native() ? threads : 1)),
      engine_(std::move(weights), with_pool(config, pool_)) {
  const skiff_info info = engine_.info();
  input_.resize(size_t(info.input_width_px) * size_t(info.input_height_px) * 3);
  loc_.resize(size_t(info.prior_count) * 4);
  conf_.resize(size_t(info.prior_count) * size_t(info.class_count));
}

void Detector::run_network() {
  if (backend_.is_native())
    engine_.check(skiff_network(engine_.get(), input_.data(), loc_.data(), conf_.data()));
  else
    backend_.run(input_.data(), loc_.data(), conf_.data());
}

std::vector<skiff_box> Detector::detect(const Image &image, StageTimes *times) {
  return detect(skiff_frame_packed(SKIFF_PIXEL_RGB, image.pixels.data(), image.width, image.height, image.width * 3), times);
}

std::vector<skiff_box> Detector::detect(const skiff_frame &frame, StageTimes *times) {
  engine_.reserve(frame.width_px, frame.height_px);
  Stopwatch watch;
  engine_.check(skiff_preprocess_frame(engine_.get(), &frame, input_.data()));
  times->preprocess = watch.lap_ms();
  run_network();
  times->network = watch.lap_ms();
  std::vector<skiff_box> boxes(kUsualDetections);
  int32_t count = 0;
  const auto postprocess = [&] {
    engine_.check(skiff_postprocess(engine_.get(), loc_.data(), conf_.data(), boxes.data(), int32_t(boxes.size()), &count));
  };
  postprocess();
  if (size_t(count) > boxes.size()) {
    boxes.resize(size_t(count));
    postprocess();
  }
  boxes.resize(size_t(count));
  times->postprocess = watch.lap_ms();
  return boxes;
}

}  // namespace skiff
