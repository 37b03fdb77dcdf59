// SPDX-License-Identifier: MIT
#include "tools/skiff/detections.h"

#include <algorithm>

#include "tools/support/error.h"

namespace skiff {

std::vector<bool> wanted_classes(const std::vector<std::string> &only, const std::vector<std::string> &labels) {
  if (only.empty()) return std::vector<bool>(labels.size(), true);
  std::vector<bool> is_wanted(labels.size(), false);
  for (const std::string &label : only) {
    const auto found = label.empty() ? labels.end() : std::find(labels.begin(), labels.end(), label);
    if (found == labels.end()) {
      std::string known;
      for (const std::string &name : labels) known += name.empty() ? "" : " " + name;
      throw UsageError("--only: the model has no label '" + label + "'; it has:" + known);
    }
    is_wanted[size_t(found - labels.begin())] = true;
  }
  return is_wanted;
}

void add_detections(const std::vector<skiff_box> &boxes, const std::vector<std::string> &labels,
                    const std::vector<bool> &is_wanted, PictureResult *result) {
  for (const skiff_box &box : boxes) {
    const size_t c = size_t(box.class_id);
    if (is_wanted[c]) result->detections.push_back({box, skiff_box_to_pixels(&box, result->width, result->height), labels[c]});
  }
}

std::vector<Annotation> annotations_of(const PictureResult &result) {
  std::vector<Annotation> annotations;
  for (const Detection &d : result.detections) {
    const skiff_pixel_box &p = d.pixels;
    annotations.push_back({d.box.class_id, d.label, d.box.score, p.x_min, p.y_min, p.x_max, p.y_max});
  }
  return annotations;
}

}  // namespace skiff
