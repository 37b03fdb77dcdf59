// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "engine/skiff.h"
#include "tools/skiff/numbers.h"

namespace skiff {

// A detection as Paddle's programs print it, a line: class_id score xmin ymin xmax ymax, %.9g, normalised, not clipped.
inline std::string row_text(const skiff_box &box) {
  std::string text = std::to_string(box.class_id);
  for (const float x : {box.score, box.x_min, box.y_min, box.x_max, box.y_max}) text += " " + general(x, 9);
  return text + "\n";
}

}  // namespace skiff
