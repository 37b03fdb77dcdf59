// SPDX-License-Identifier: MIT
//
// What skiff eval measures a model with: annotated pictures and a way to count.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/skiff.h"

namespace skiff {

// A class that the model reports. Figures are in [0, 1], empty where there is none.
struct ClassFigures {
  std::string label;
  size_t objects = 0, detections = 0;  // those that count
  std::optional<double> ap[2];
};

// What a benchmark came to: two average precisions, per class and in the mean.
struct Figures {
  const char *names[2];  // as JSON keys have them, "11point"
  double map[2] = {};
  std::vector<ClassFigures> classes;
  const char *rules;  // how it was counted, one or two lines for people
};

class Benchmark {
 public:
  virtual ~Benchmark() = default;

  virtual size_t picture_count() const = 0;
  virtual const std::string &picture(size_t index) const = 0;  // path

  // Counts the detections made on a picture of this size. Pictures come in order of index; those that cannot be read are left
  // out.
  virtual void add(size_t index, int width_px, int height_px, const std::vector<skiff_box> &detections) = 0;

  virtual Figures figures() const = 0;
};

// `labels` of the model by class id, "" for the background. What the model has no label for is left out, and noted. Both throw
// Error, also where the annotations and the model have no label in common.
std::unique_ptr<Benchmark> make_voc_benchmark(const std::string &directory, const std::string &set,
                                              const std::vector<std::string> &labels);
std::unique_ptr<Benchmark> make_coco_benchmark(const std::string &annotations, const std::string &pictures,
                                               const std::vector<std::string> &labels);

// Notes the names that the model has no label for. Throws Error, naming `source`, where it has a label for none.
void note_unknown_names(const std::string &source, const std::set<std::string> &unknown, bool has_known);

}  // namespace skiff
