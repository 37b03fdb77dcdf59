// SPDX-License-Identifier: MIT
//
// From the engine's boxes to what is reported and drawn: what detect and watch share.
#pragma once
#include <string>
#include <vector>

#include "tools/image/image.h"
#include "tools/skiff/formats.h"

namespace skiff {

// Which classes --only lets through; all where `only` is empty. Throws UsageError for a label that the model does not have.
std::vector<bool> wanted_classes(const std::vector<std::string> &only, const std::vector<std::string> &labels);

// The boxes of wanted classes in a picture of result->width by result->height, to result->detections.
void add_detections(const std::vector<skiff_box> &boxes, const std::vector<std::string> &labels,
                    const std::vector<bool> &is_wanted, PictureResult *result);

// What draw_annotations takes.
std::vector<Annotation> annotations_of(const PictureResult &result);

// Scores above this are shown where the user says nothing: what Paddle's own infer.py shows.
constexpr float kDefaultScore = 0.5f;

}  // namespace skiff
