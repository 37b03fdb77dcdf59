// SPDX-License-Identifier: MIT
//
// Preprocessing recipes that Paddle's users train and serve with, by name.
#pragma once
#include <string>
#include <vector>

#include "engine/weights_format.h"

namespace skiff::paddle {

// A recipe by its name. Throws UsageError naming the known ones.
//   paddle-voc  Pillow LANCZOS, BGR, (x - 127.5) * 0.007843: the published VOC weights
//   aistudio    the same, RGB: AI Studio's notebook and its descendants
//   android     bilinear, RGB, (x / 255 - 0.5) / 0.5: Paddle Lite's demos
//   serving     OpenCV bilinear straight to the input size, RGB, (x / 255 - 0.5) / 0.5: Paddle Serving's web service
Recipe find_recipe(const std::string &name);

const std::vector<std::string> &recipe_names();

}  // namespace skiff::paddle
