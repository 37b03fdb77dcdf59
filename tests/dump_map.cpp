// SPDX-License-Identifier: MIT
//
// Average precisions of boxes on standard input, for check_map.py. dump_map voc|coco
//
//     classes N                           first
//     picture                             what follows belongs to it
//     t CLASS FLAG A B C D                an object; FLAG: difficult or crowd; corners (voc) or x y width height (coco)
//     d CLASS SCORE A B C D               a detection
//
// Prints "objects detections ap ap" for each class, "-" where there is none, and the two means.
#include <cstdio>
#include <iostream>
#include <string>

#include "tools/skiff/map_coco.h"
#include "tools/skiff/map_voc.h"
#include "tools/skiff/numbers.h"

using namespace skiff;

namespace {

struct Line {
  size_t class_id;
  double value;  // flag or score
  double box[4];
};

struct Picture {
  std::vector<Line> truths, detections;
};

std::vector<Picture> read_pictures(size_t *class_count) {
  std::vector<Picture> pictures;
  std::string word;
  std::cin >> word >> *class_count;
  while (std::cin >> word) {
    if (word == "picture") {
      pictures.emplace_back();
      continue;
    }
    Line line;
    std::cin >> line.class_id >> line.value >> line.box[0] >> line.box[1] >> line.box[2] >> line.box[3];
    (word == "t" ? pictures.back().truths : pictures.back().detections).push_back(line);
  }
  return pictures;
}

void print(size_t objects, size_t detections, const std::optional<double> &a, const std::optional<double> &b) {
  std::printf("%zu %zu %s %s\n", objects, detections, a ? shortest(*a).c_str() : "-", b ? shortest(*b).c_str() : "-");
}

void run_voc(const std::vector<Picture> &pictures, size_t class_count) {
  VocMap map(class_count);
  for (const Picture &picture : pictures) {
    std::vector<VocTruth> truths;
    std::vector<skiff_box> boxes;
    for (const Line &l : picture.truths)
      truths.push_back({int(l.class_id), l.value != 0, float(l.box[0]), float(l.box[1]), float(l.box[2]), float(l.box[3])});
    for (const Line &l : picture.detections)
      boxes.push_back({int32_t(l.class_id), float(l.value), float(l.box[0]), float(l.box[1]), float(l.box[2]), float(l.box[3])});
    map.add_picture(truths, boxes);
  }
  const VocResult result = map.result();
  for (const VocClassAp &c : result.classes) print(c.objects, c.detections, c.ap_11point, c.ap_integral);
  std::printf("%s %s\n", shortest(result.map_11point).c_str(), shortest(result.map_integral).c_str());
}

void run_coco(const std::vector<Picture> &pictures, size_t class_count) {
  CocoMap map(class_count);
  for (const Picture &picture : pictures) {
    std::vector<CocoTruth> truths;
    std::vector<CocoDetection> boxes;
    for (const Line &l : picture.truths) truths.push_back({l.class_id, l.value != 0, {l.box[0], l.box[1], l.box[2], l.box[3]}});
    for (const Line &l : picture.detections) boxes.push_back({l.class_id, l.value, {l.box[0], l.box[1], l.box[2], l.box[3]}});
    map.add_picture(truths, boxes);
  }
  const CocoResult result = map.result();
  for (const CocoClassAp &c : result.classes) print(c.objects, c.detections, c.ap_50_95, c.ap_50);
  std::printf("%s %s\n", shortest(result.map_50_95).c_str(), shortest(result.map_50).c_str());
}

}  // namespace

int main(int argc, char **argv) {
  size_t class_count = 0;
  const std::vector<Picture> pictures = read_pictures(&class_count);
  const bool is_voc = argc == 2 && std::string(argv[1]) == "voc";
  is_voc ? run_voc(pictures, class_count) : run_coco(pictures, class_count);
}
