// SPDX-License-Identifier: MIT
//
// What a weights file says, worked out for showing.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/weights_read.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {

struct LayerFacts {
  const GraphLayer *graph;
  LayerRecord record;
  LayerShape shape;
  std::string input;       // name of the layer it reads, or "input"
  std::string operation;   // "3x3 conv"
  std::string activation;  // "relu", "relu6", "none"
  uint64_t macs = 0;
  uint64_t parameters = 0;  // weights and biases, without padding
  uint64_t bytes = 0;       // of both in the file, padding included
};

struct MapFacts {
  std::string head, layer;  // names
  uint32_t width_px = 0, height_px = 0, per_cell = 0, prior_count = 0;
  PriorRecord record;
};

struct ModelFacts {
  std::shared_ptr<const Weights> weights;  // the view points into it
  WeightsView view;
  std::vector<LayerFacts> layers;
  std::vector<MapFacts> maps;
  std::vector<std::string> labels;  // all, the background's too
  uint64_t macs = 0, parameters = 0, parameter_bytes = 0;
};

// Checks the file as skiff_init does. Throws Error naming it, with the reason and the byte.
ModelFacts read_model_facts(const std::shared_ptr<const Weights> &weights);

// "Pillow's LANCZOS, antialiased".
std::string resize_in_words(const Recipe &recipe);

// "B G R" or "R G B".
std::string channels_in_words(const Recipe &recipe);

// "(byte - 127.5) * 0.007843": from a byte to the network's input, in the tensor's channel order where channels differ.
std::string formula_in_words(const Recipe &recipe);

// What the formula makes of the bytes 0 and 255 in channel c.
float input_value(const Recipe &recipe, int byte, int c);

}  // namespace skiff
