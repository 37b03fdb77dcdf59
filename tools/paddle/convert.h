// SPDX-License-Identifier: MIT
//
// From a Paddle model in memory to the bytes of a verified .skiff file.
#pragma once
#include <optional>

#include "tools/paddle/pack_weights.h"

namespace skiff::paddle {

// What the user may override. Absent = as the model says.
struct ConvertOptions {
  Recipe recipe = {};
  std::vector<std::string> labels;  // empty = the source's, else VOC's for 21 classes, else numbers
  std::optional<float> score_threshold, nms_threshold, nms_eta;
  std::optional<int32_t> nms_top_k, keep_top_k, background_label;
};

struct Converted {
  std::vector<uint8_t> file;
  Network network;
  float max_error = 0;             // of the engine against the program, max |a-b| / (1+|b|), on the golden input
  std::vector<std::string> notes;  // what was assumed, for the user
};

// Completes a bare checkpoint, matches, folds, packs and verifies: runs the unfolded program on the golden input, stores its
// answer in the file, and holds the engine's answer on the file against it. Throws Error with the reason, also where they differ
// by more than 1e-4.
Converted convert(Source source, const ConvertOptions &options);

// The program's own answer to the golden input.
GoldenTensors run_golden(const Source &source, const Network &network);

}  // namespace skiff::paddle
