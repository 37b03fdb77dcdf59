// SPDX-License-Identifier: MIT
//
// Pictures with Pascal VOC annotations.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace skiff {

// An annotated object; corners in pixels, as the file has them.
struct VocObject {
  std::string name;
  bool is_difficult = false;
  double x_min = 0, y_min = 0, x_max = 0, y_max = 0;
};

// Objects of an annotation file; parts of objects (head, hand, foot) are not objects. Throws Error with what is wrong and where,
// not with the file's name.
std::vector<VocObject> parse_voc_annotation(std::string_view xml);

struct VocPicture {
  std::string picture;     // path
  std::string annotation;  // path
  std::vector<VocObject> objects;
};

// A data set in a directory, in order of its list or else by name. Either pictures and annotations side by side (000001.jpg,
// 000001.xml), or as the VOC devkit has it: JPEGImages/, Annotations/ and the list ImageSets/Main/<set>.txt (everything in
// Annotations where there is no ImageSets/Main); the devkit's own directory stands for the one year in it. Throws Error naming
// the file.
std::vector<VocPicture> read_voc(const std::string &directory, const std::string &set);

}  // namespace skiff
