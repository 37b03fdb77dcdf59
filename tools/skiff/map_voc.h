// SPDX-License-Identifier: MIT
//
// Mean average precision as Paddle measures it on Pascal VOC, so that figures compare with those published for Paddle's models.
#pragma once
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "engine/skiff.h"

namespace skiff {

// An annotated object. Corners are fractions of the picture's size.
struct VocTruth {
  int class_id = 0;
  bool is_difficult = false;  // costs nothing if missed, counts nothing if found
  float x_min = 0, y_min = 0, x_max = 0, y_max = 0;
};

// Average precisions of one class, in [0, 1]; empty where nothing can be said: no objects, or no detections that count.
struct VocClassAp {
  size_t objects = 0;     // not difficult
  size_t detections = 0;  // all but those on difficult objects
  std::optional<double> ap_11point, ap_integral;
};

struct VocResult {
  double map_11point = 0, map_integral = 0;  // means over the classes that have a figure
  std::vector<VocClassAp> classes;           // by class_id
};

// Paddle 1.7's DetectionMAP with its defaults: overlap above 0.5, difficult objects not evaluated. In particular
//   - detections are clipped to the picture; sizes have no "+ 1"
//   - a detection goes to the object of its class that it overlaps most, a second one on the same object is a false positive
//   - a class with objects but no detections is left out of the mean, not taken as 0
// Two things are not kept. Recall levels are i * 0.1 in double, as numpy and with it every Python evaluation of VOC has them: a
// recall of 3/10, 6/10 or 7/10 falls a rounding error short of its level. Paddle's operator compares float recalls, where 7/10
// and 9/10 do; on few pictures that is a tenth of a point. And Paddle leaves out a class whose number of objects happens to equal
// background_label: that is 0 in every published model, and without objects there is no figure anyway.
// Ties of scores stay in the order in which they were added (Paddle's order inside a picture is unspecified).
// Source: Paddle 1.7 operators/detection_map_op.h.
class VocMap {
 public:
  explicit VocMap(size_t class_count) : classes_(class_count) {}

  // Adds one picture: its objects and the detections made on it. Class ids are below class_count.
  void add_picture(const std::vector<VocTruth> &truths, const std::vector<skiff_box> &detections);

  VocResult result() const;

 private:
  struct ClassTally {
    size_t objects = 0;
    std::vector<std::pair<float, bool>> hits;  // score of each detection that counts, and whether it found an object
  };

  void add_class(int class_id, const std::vector<VocTruth> &truths, std::vector<skiff_box> detections);
  static VocClassAp average_precision(const ClassTally &tally);

  std::vector<ClassTally> classes_;
};

}  // namespace skiff
