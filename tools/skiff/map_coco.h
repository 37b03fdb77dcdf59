// SPDX-License-Identifier: MIT
//
// Mean average precision as COCO measures it: 101 recall levels, overlaps from .50 to .95, areas of all sizes, at most 100
// detections a class and picture.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace skiff {

// Left, top, width, height in pixels.
struct CocoBox {
  double x = 0, y = 0, width = 0, height = 0;
};

struct CocoTruth {
  size_t class_index = 0;
  bool is_crowd = false;  // a group: costs nothing if missed, any number of detections on it count nothing
  CocoBox box;
};

struct CocoDetection {
  size_t class_index = 0;
  double score = 0;
  CocoBox box;
};

// Average precisions of one class, in [0, 1]; empty where it has no objects.
struct CocoClassAp {
  size_t objects = 0;     // crowds apart
  size_t detections = 0;  // the best 100 of each picture
  std::optional<double> ap_50_95, ap_50;
};

struct CocoResult {
  double map_50_95 = 0, map_50 = 0;  // means over the classes that have objects
  std::vector<CocoClassAp> classes;  // by class_index
};

// Counts as pycocotools' COCOeval("bbox") does, so that figures compare with published ones: ties included, if pictures are added
// in the order of their ids. One difference: there, an annotation whose id is 0 is never found; ids have no say here.
// Source: cocodataset/cocoapi PythonAPI/pycocotools/cocoeval.py, common/maskApi.c (bbIou).
class CocoMap {
 public:
  explicit CocoMap(size_t class_count) : classes_(class_count) {}

  // Adds one picture: its objects and the detections made on it. Class indices are below class_count.
  void add_picture(const std::vector<CocoTruth> &truths, const std::vector<CocoDetection> &detections);

  CocoResult result() const;

  static constexpr int kOverlaps = 10;  // .50, .55 ... .95

 private:
  struct Entry {
    double score;
    uint16_t is_hit, is_ignored;  // bit t: at overlap t
  };
  struct ClassTally {
    size_t objects = 0;
    std::vector<Entry> entries;
  };

  static std::array<double, kOverlaps> average_precisions(const ClassTally &tally);
  void add_class(size_t class_index, std::vector<CocoTruth> truths, std::vector<CocoDetection> detections);

  std::vector<ClassTally> classes_;
};

}  // namespace skiff
