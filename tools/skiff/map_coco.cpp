// SPDX-License-Identifier: MIT
//
// Doubles and thresholds as numpy makes them: linspace is start + i * step, which is not always the nearest double to the
// decimal.
#include "tools/skiff/map_coco.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace skiff {
namespace {

constexpr size_t kMaxDetections = 100;  // of a class in a picture
constexpr int kRecallLevels = 101;

// numpy.linspace(first, last, count)[i].
double linspace(double first, double last, int count, int i) {
  const double step = (last - first) / (count - 1);
  return i == count - 1 ? last : first + i * step;
}

double overlap_threshold(int t) { return std::min(linspace(0.5, 0.95, CocoMap::kOverlaps, t), 1 - 1e-10); }

// Intersection over union; over a crowd, intersection over the detection: being inside the group is enough.
double overlap(const CocoBox &box, const CocoTruth &truth) {
  const CocoBox &other = truth.box;
  const double w = std::min(box.x + box.width, other.x + other.width) - std::max(box.x, other.x);
  const double h = std::min(box.y + box.height, other.y + other.height) - std::max(box.y, other.y);
  if (w <= 0 || h <= 0) return 0;
  const double area = box.width * box.height;
  return w * h / (truth.is_crowd ? area : area + other.width * other.height - w * h);
}

constexpr int kNone = -1;

// The object that a detection goes to: of those not taken the one it overlaps most, at least by `threshold`, the last one of
// equals; a crowd only where there is no other, and as often as one likes. Crowds come last in `truths`.
int find_match(const std::vector<double> &overlaps, const std::vector<CocoTruth> &truths, const std::vector<bool> &is_taken,
               double threshold) {
  double best = threshold;
  int match = kNone;
  for (size_t i = 0; i < truths.size(); ++i) {
    if (is_taken[i]) continue;
    if (match != kNone && !truths[size_t(match)].is_crowd && truths[i].is_crowd) break;
    if (overlaps[i] < best) continue;
    best = overlaps[i];
    match = int(i);
  }
  return match;
}

template <class Figure>
double mean(const std::vector<CocoClassAp> &classes, Figure figure) {
  double sum = 0;
  size_t count = 0;
  for (const CocoClassAp &one : classes) {
    if (!(one.*figure)) continue;
    sum += *(one.*figure);
    ++count;
  }
  return count == 0 ? 0 : sum / double(count);
}

struct Curve {
  std::vector<double> precision, recall;
};

// Mean over the recall levels of the best precision at that recall or a higher one, 0 beyond the highest recall reached.
double mean_of_levels(const Curve &curve) {
  std::vector<double> best = curve.precision;
  for (size_t i = best.size(); i > 1; --i) best[i - 2] = std::max(best[i - 2], best[i - 1]);
  double sum = 0;
  for (int level = 0; level < kRecallLevels; ++level) {
    const double recall = linspace(0, 1, kRecallLevels, level);
    const auto reached = std::lower_bound(curve.recall.begin(), curve.recall.end(), recall);
    if (reached != curve.recall.end()) sum += best[size_t(reached - curve.recall.begin())];
  }
  return sum / kRecallLevels;
}

}  // namespace

void CocoMap::add_picture(const std::vector<CocoTruth> &truths, const std::vector<CocoDetection> &detections) {
  std::vector<std::vector<CocoTruth>> truths_of(classes_.size());
  std::vector<std::vector<CocoDetection>> detections_of(classes_.size());
  for (const CocoTruth &truth : truths) truths_of[truth.class_index].push_back(truth);
  for (const CocoDetection &detection : detections) detections_of[detection.class_index].push_back(detection);
  for (size_t c = 0; c < classes_.size(); ++c) add_class(c, std::move(truths_of[c]), std::move(detections_of[c]));
}

void CocoMap::add_class(size_t class_index, std::vector<CocoTruth> truths, std::vector<CocoDetection> detections) {
  const auto first_crowd = std::stable_partition(truths.begin(), truths.end(), [](const CocoTruth &t) { return !t.is_crowd; });
  std::stable_sort(detections.begin(), detections.end(),
                   [](const CocoDetection &a, const CocoDetection &b) { return a.score > b.score; });
  if (detections.size() > kMaxDetections) detections.resize(kMaxDetections);
  ClassTally &tally = classes_[class_index];
  tally.objects += size_t(first_crowd - truths.begin());
  std::vector<std::vector<bool>> is_taken(kOverlaps, std::vector<bool>(truths.size(), false));
  std::vector<double> overlaps(truths.size());
  for (const CocoDetection &detection : detections) {
    std::transform(truths.begin(), truths.end(), overlaps.begin(), [&](const CocoTruth &t) { return overlap(detection.box, t); });
    Entry entry = {detection.score, 0, 0};
    for (int t = 0; t < kOverlaps; ++t) {
      const int match = find_match(overlaps, truths, is_taken[size_t(t)], overlap_threshold(t));
      if (match == kNone) continue;
      const bool is_crowd = truths[size_t(match)].is_crowd;
      (is_crowd ? entry.is_ignored : entry.is_hit) |= uint16_t(1u << t);
      is_taken[size_t(t)][size_t(match)] = !is_crowd;
    }
    tally.entries.push_back(entry);
  }
}

std::array<double, CocoMap::kOverlaps> CocoMap::average_precisions(const ClassTally &tally) {
  std::vector<Entry> entries = tally.entries;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.score > b.score; });
  std::array<double, kOverlaps> out;
  for (int t = 0; t < kOverlaps; ++t) {
    Curve curve;
    double found = 0, wrong = 0;
    for (const Entry &entry : entries) {
      const bool is_hit = entry.is_hit >> t & 1, is_ignored = entry.is_ignored >> t & 1;
      found += is_hit;
      wrong += !is_hit && !is_ignored;
      curve.recall.push_back(found / double(tally.objects));
      curve.precision.push_back(found / (wrong + found + std::numeric_limits<double>::epsilon()));
    }
    out[size_t(t)] = mean_of_levels(curve);
  }
  return out;
}

CocoResult CocoMap::result() const {
  CocoResult result;
  for (const ClassTally &tally : classes_) {
    CocoClassAp ap;
    ap.objects = tally.objects;
    ap.detections = tally.entries.size();
    if (tally.objects > 0) {
      const std::array<double, kOverlaps> precisions = average_precisions(tally);
      double sum = 0;
      for (const double p : precisions) sum += p;
      ap.ap_50_95 = sum / kOverlaps;
      ap.ap_50 = precisions[0];
    }
    result.classes.push_back(ap);
  }
  result.map_50_95 = mean(result.classes, &CocoClassAp::ap_50_95);
  result.map_50 = mean(result.classes, &CocoClassAp::ap_50);
  return result;
}

}  // namespace skiff
