// SPDX-License-Identifier: MIT
//
// Annotation files of COCO's "instances" kind.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/skiff/map_coco.h"

namespace skiff {

struct CocoObject {
  int64_t category_id = 0;
  bool is_crowd = false;
  CocoBox box;
};

struct CocoPicture {
  int64_t id = 0;
  std::string file_name;  // relative to the directory of pictures
  std::vector<CocoObject> objects;
};

struct CocoCategory {
  int64_t id = 0;
  std::string name;
};

struct CocoDataset {
  std::vector<CocoPicture> pictures;     // by id
  std::vector<CocoCategory> categories;  // by id
};

// Parses an annotation file. Annotations of pictures and categories that it does not list are dropped, as pycocotools drops them.
// Throws Error with what is wrong and where, not with the file's name.
CocoDataset parse_coco(std::string_view json);

// Reads and parses a file. Throws Error naming it.
CocoDataset read_coco(const std::string &path);

}  // namespace skiff
