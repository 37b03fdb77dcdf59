// SPDX-License-Identifier: MIT
//
// Pictures of any size to boxes, with the time that each stage took.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/skiff.h"
#include "tools/image/image.h"
#include "tools/skiff/backend_arg.h"
#include "tools/skiff/threads_arg.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {

// Milliseconds of wall-clock time.
struct StageTimes {
  double decode = 0, preprocess = 0, network = 0, postprocess = 0, total = 0;
};

// The engine's three stages in a row, which give what skiff_detect gives. One thread at a time.
class Detector {
 public:
  // `threads` work on each picture, the calling one among them; they change the time, never the result. Throws Error, as Engine
  // does. `backend` names what runs the network, as --backend does.
  Detector(std::shared_ptr<const Weights> weights, const skiff_config &config, int threads = 1,
           const std::string &backend = kNativeBackend);

  // All detections, in Paddle's order. Sets preprocess, network and postprocess of `times`. Throws Error.
  std::vector<skiff_box> detect(const Image &image, StageTimes *times);

  // The same for a frame; corners are fractions of the picture that it is once it is turned upright.
  std::vector<skiff_box> detect(const skiff_frame &frame, StageTimes *times);

  const Engine &engine() const { return engine_; }

 private:
  void run_network();

  Backend backend_;
  Pool pool_;  // null for one thread, and where a backend has threads of its own
  Engine engine_;
  std::vector<float> input_, loc_, conf_;
};

}  // namespace skiff
