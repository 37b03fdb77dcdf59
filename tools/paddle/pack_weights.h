// SPDX-License-Identifier: MIT
//
// Writes a network as a .skiff file (engine/weights_format.h): batch norm folded in double, panels packed, everything a target
// needs to know beside them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/paddle/network.h"

namespace skiff::paddle {

// What a file says beside the network.
struct FileTexts {
  std::vector<std::string> labels;  // class_count of them
  std::string origin;
  std::string feed_alias, fetch_alias;  // Paddle Serving's names, empty = none
};

// Answer of the network to golden_input(kGoldenSeed): loc f32 [priors][4], conf f32 [priors][classes] (logits).
struct GoldenTensors {
  std::vector<float> loc, conf;
};

// The bytes of the file. Throws Error where the engine would refuse them (too many classes, a label too long, ...).
std::vector<uint8_t> pack_weights(const Network &network, const Recipe &recipe, const FileTexts &texts,
                                  const GoldenTensors &golden);

// Puts the right checksum into the header of a changed file, for tests that mutate one.
void reseal_weights(std::vector<uint8_t> *file);

}  // namespace skiff::paddle
