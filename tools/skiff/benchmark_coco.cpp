// SPDX-License-Identifier: MIT
//
// COCO. Its categories find the model's classes by name; six of VOC's twenty are spelt differently there.
#include <algorithm>
#include <filesystem>
#include <map>

#include "tools/skiff/benchmark.h"
#include "tools/skiff/coco_dataset.h"
#include "tools/skiff/map_coco.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

constexpr char kRules[] =
    "COCO: 101 recall levels, overlaps .50 to .95 in steps of .05; objects of all sizes, at most 100 detections a class and\n"
    "picture; classes without objects are not in the mean.\n";

// COCO's name in VOC's words.
std::string voc_name(const std::string &name) {
  static const std::map<std::string, std::string> names = {
      {"airplane", "aeroplane"},       {"couch", "sofa"},   {"dining table", "diningtable"}, {"motorcycle", "motorbike"},
      {"potted plant", "pottedplant"}, {"tv", "tvmonitor"},
  };
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

class CocoBenchmark : public Benchmark {
 public:
  CocoBenchmark(const std::string &annotations, const std::string &pictures, const std::vector<std::string> &labels)
      : data_(read_coco(annotations)), labels_(labels), map_(labels.size()) {
    if (!is_directory(pictures)) throw Error(pictures + ": no such directory");
    if (data_.pictures.empty()) throw Error(annotations + ": lists no images");
    for (const CocoPicture &picture : data_.pictures) {
      paths_.push_back((std::filesystem::path(pictures) / picture.file_name).string());
    }
    std::set<std::string> unknown;
    for (const CocoCategory &category : data_.categories) {
      auto found = std::find(labels_.begin(), labels_.end(), category.name);
      if (found == labels_.end()) found = std::find(labels_.begin(), labels_.end(), voc_name(category.name));
      if (found == labels_.end() || category.name.empty()) {
        unknown.insert(category.name);
      } else {
        class_of_[category.id] = size_t(found - labels_.begin());
      }
    }
    note_unknown_names(annotations, unknown, !class_of_.empty());
  }

  size_t picture_count() const override { return data_.pictures.size(); }
  const std::string &picture(size_t index) const override { return paths_[index]; }

  void add(size_t index, int width_px, int height_px, const std::vector<skiff_box> &boxes) override {
    std::vector<CocoTruth> truths;
    for (const CocoObject &object : data_.pictures[index].objects) {
      const auto found = class_of_.find(object.category_id);
      if (found != class_of_.end()) truths.push_back({found->second, object.is_crowd, object.box});
    }
    std::vector<CocoDetection> detections;
    for (const skiff_box &box : boxes) {
      const skiff_pixel_box p = skiff_box_to_pixels(&box, width_px, height_px);
      detections.push_back({size_t(box.class_id), box.score, {p.x_min, p.y_min, p.x_max - p.x_min, p.y_max - p.y_min}});
    }
    map_.add_picture(truths, detections);
  }

  Figures figures() const override {
    const CocoResult result = map_.result();
    Figures figures = {{"50_95", "50"}, {result.map_50_95, result.map_50}, {}, kRules};
    for (size_t c = 0; c < labels_.size(); ++c) {
      const CocoClassAp &ap = result.classes[c];
      if (!labels_[c].empty()) figures.classes.push_back({labels_[c], ap.objects, ap.detections, {ap.ap_50_95, ap.ap_50}});
    }
    return figures;
  }

 private:
  CocoDataset data_;
  std::vector<std::string> labels_, paths_;
  std::map<int64_t, size_t> class_of_;  // by category id
  CocoMap map_;
};

}  // namespace

std::unique_ptr<Benchmark> make_coco_benchmark(const std::string &annotations, const std::string &pictures,
                                               const std::vector<std::string> &labels) {
  return std::make_unique<CocoBenchmark>(annotations, pictures, labels);
}

}  // namespace skiff
