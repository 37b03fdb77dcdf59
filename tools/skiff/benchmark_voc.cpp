// SPDX-License-Identifier: MIT
//
// Pascal VOC, counted as Paddle counts it.
#include <algorithm>
#include <optional>

#include "tools/skiff/benchmark.h"
#include "tools/skiff/map_voc.h"
#include "tools/skiff/voc_dataset.h"

namespace skiff {
namespace {

constexpr char kRules[] =
    "Paddle's DetectionMAP: overlap above 0.5; difficult objects neither asked for nor held against;\n"
    "classes without objects or without detections are not in the mean.\n";

class VocBenchmark : public Benchmark {
 public:
  VocBenchmark(const std::string &directory, const std::string &set, const std::vector<std::string> &labels)
      : pictures_(read_voc(directory, set)), labels_(labels), map_(labels.size()) {
    std::set<std::string> unknown;
    bool has_known = false;
    for (const VocPicture &picture : pictures_) {
      for (const VocObject &object : picture.objects) {
        if (class_of(object.name)) {
          has_known = true;
        } else {
          unknown.insert(object.name);
        }
      }
    }
    note_unknown_names(directory, unknown, has_known);
  }

  size_t picture_count() const override { return pictures_.size(); }
  const std::string &picture(size_t index) const override { return pictures_[index].picture; }

  void add(size_t index, int width_px, int height_px, const std::vector<skiff_box> &detections) override {
    std::vector<VocTruth> truths;
    for (const VocObject &o : pictures_[index].objects) {
      const std::optional<int> class_id = class_of(o.name);
      if (!class_id) continue;
      truths.push_back({*class_id, o.is_difficult, float(o.x_min / width_px), float(o.y_min / height_px),
                        float(o.x_max / width_px), float(o.y_max / height_px)});
    }
    map_.add_picture(truths, detections);
  }

  Figures figures() const override {
    const VocResult result = map_.result();
    Figures figures = {{"11point", "integral"}, {result.map_11point, result.map_integral}, {}, kRules};
    for (size_t c = 0; c < labels_.size(); ++c) {
      const VocClassAp &ap = result.classes[c];
      if (!labels_[c].empty())
        figures.classes.push_back({labels_[c], ap.objects, ap.detections, {ap.ap_11point, ap.ap_integral}});
    }
    return figures;
  }

 private:
  std::optional<int> class_of(const std::string &name) const {
    const auto found = std::find(labels_.begin(), labels_.end(), name);
    return found == labels_.end() ? std::nullopt : std::optional<int>(int(found - labels_.begin()));
  }

  std::vector<VocPicture> pictures_;
  std::vector<std::string> labels_;
  VocMap map_;
};

}  // namespace

std::unique_ptr<Benchmark> make_voc_benchmark(const std::string &directory, const std::string &set,
                                              const std::vector<std::string> &labels) {
  return std::make_unique<VocBenchmark>(directory, set, labels);
}

}  // namespace skiff
