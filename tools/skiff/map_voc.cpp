// SPDX-License-Identifier: MIT
//
// Overlaps in float as Paddle has them, the rest in double.
#include "tools/skiff/map_voc.h"

#include <algorithm>

namespace skiff {
namespace {

constexpr float kMinOverlap = 0.5f;  // exclusive
constexpr int kLevels = 11;
constexpr double kLevelStep = 0.1;

float clipped(float x) { return std::max(std::min(x, 1.0f), 0.0f); }

// Intersection over union of a clipped detection and an object; not a number where both are empty, which is above no threshold.
float overlap(const skiff_box &box, const VocTruth &truth) {
  const float x_min = clipped(box.x_min), y_min = clipped(box.y_min), x_max = clipped(box.x_max), y_max = clipped(box.y_max);
  if (truth.x_min > x_max || truth.x_max < x_min || truth.y_min > y_max || truth.y_max < y_min) return 0;
  const float w = std::min(x_max, truth.x_max) - std::max(x_min, truth.x_min);
  const float h = std::min(y_max, truth.y_max) - std::max(y_min, truth.y_min);
  const float box_area = (x_max - x_min) * (y_max - y_min);
  const float truth_area = (truth.x_max - truth.x_min) * (truth.y_max - truth.y_min);
  return w * h / (box_area + truth_area - w * h);
}

// Index of the object that `box` overlaps most, truths.size() where it overlaps none enough.
size_t best_match(const skiff_box &box, const std::vector<VocTruth> &truths) {
  float best = -1;
  size_t match = truths.size();
  for (size_t i = 0; i < truths.size(); ++i) {
    const float o = overlap(box, truths[i]);
    if (!(o > best)) continue;
    best = o;
    match = i;
  }
  return best > kMinOverlap ? match : truths.size();
}

struct Curve {
  std::vector<double> precision, recall;  // after each detection, best score first
};

Curve make_curve(std::vector<std::pair<float, bool>> hits, size_t objects) {
  std::stable_sort(hits.begin(), hits.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
  Curve curve;
  size_t found = 0;
  for (size_t i = 0; i < hits.size(); ++i) {
    found += hits[i].second;
    curve.precision.push_back(double(found) / double(i + 1));
    curve.recall.push_back(double(found) / double(objects));
  }
  return curve;
}

// Mean over recall levels 0, 0.1 ... 1 of the best precision at that recall or a higher one. Walks both down together.
double mean_of_levels(const Curve &curve) {
  double sum = 0, best = 0;
  size_t i = curve.recall.size();
  for (int level = kLevels - 1; level >= 0; --level) {
    for (; i > 0 && !(curve.recall[i - 1] < level * kLevelStep); --i) best = std::max(best, curve.precision[i - 1]);
    sum += best;
  }
  return sum / kLevels;
}

// Sum of precision times the step in recall.
double integral(const Curve &curve) {
  double sum = 0, last = 0;
  for (size_t i = 0; i < curve.recall.size(); ++i) {
    sum += curve.precision[i] * (curve.recall[i] - last);
    last = curve.recall[i];
  }
  return sum;
}

// Mean of the figures that are there, 0 where none is.
template <class Figure>
double mean(const std::vector<VocClassAp> &classes, Figure figure) {
  double sum = 0;
  size_t count = 0;
  for (const VocClassAp &one : classes) {
    if (!(one.*figure)) continue;
    sum += *(one.*figure);
    ++count;
  }
  return count == 0 ? 0 : sum / double(count);
}

}  // namespace

void VocMap::add_picture(const std::vector<VocTruth> &truths, const std::vector<skiff_box> &detections) {
  std::vector<std::vector<VocTruth>> truths_of(classes_.size());
  std::vector<std::vector<skiff_box>> detections_of(classes_.size());
  for (const VocTruth &truth : truths) truths_of[size_t(truth.class_id)].push_back(truth);
  for (const skiff_box &box : detections) detections_of[size_t(box.class_id)].push_back(box);
  for (size_t c = 0; c < classes_.size(); ++c) add_class(int(c), truths_of[c], std::move(detections_of[c]));
}

void VocMap::add_class(int class_id, const std::vector<VocTruth> &truths, std::vector<skiff_box> detections) {
  ClassTally &tally = classes_[size_t(class_id)];
  tally.objects += size_t(std::count_if(truths.begin(), truths.end(), [](const VocTruth &t) { return !t.is_difficult; }));
  std::stable_sort(detections.begin(), detections.end(),
                   [](const skiff_box &a, const skiff_box &b) { return a.score > b.score; });
  std::vector<bool> is_found(truths.size(), false);
  for (const skiff_box &box : detections) {
    const size_t match = best_match(box, truths);
    if (match < truths.size() && truths[match].is_difficult) continue;
    const bool is_hit = match < truths.size() && !is_found[match];
    if (is_hit) is_found[match] = true;
    tally.hits.emplace_back(box.score, is_hit);
  }
}

VocClassAp VocMap::average_precision(const ClassTally &tally) {
  VocClassAp ap;
  ap.objects = tally.objects;
  ap.detections = tally.hits.size();
  if (tally.objects == 0 || tally.hits.empty()) return ap;
  const Curve curve = make_curve(tally.hits, tally.objects);
  ap.ap_11point = mean_of_levels(curve);
  ap.ap_integral = integral(curve);
  return ap;
}

VocResult VocMap::result() const {
  VocResult result;
  for (const ClassTally &tally : classes_) result.classes.push_back(average_precision(tally));
  result.map_11point = mean(result.classes, &VocClassAp::ap_11point);
  result.map_integral = mean(result.classes, &VocClassAp::ap_integral);
  return result;
}

}  // namespace skiff
