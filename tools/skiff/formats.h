// SPDX-License-Identifier: MIT
//
// How detections are written: one class per --format. Nothing here touches a file but voc's --voc-dir; the caller writes the
// text.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/skiff.h"
#include "tools/skiff/detector.h"

namespace skiff {

struct Detection {
  skiff_box box;           // normalised, not clipped
  skiff_pixel_box pixels;  // of the upright picture, clipped to it
  std::string label;
};

// Which picture of a video.
struct FrameStamp {
  uint64_t number;  // 0, 1, ...
  double time_s;    // since the first
};

struct PictureResult {
  std::string file;                 // as the user named it, "-" for standard input
  std::optional<FrameStamp> frame;  // of a video; json says it
  int width = 0, height = 0;
  StageTimes time_ms;
  std::vector<Detection> detections;  // in Paddle's order
};

class OutputFormat {
 public:
  virtual ~OutputFormat() = default;
  virtual std::string begin() { return ""; }                     // before the first picture
  virtual std::string picture(const PictureResult &result) = 0;  // for each, in order
  virtual std::string end() { return ""; }                       // after the last
};

struct FormatOptions {
  bool is_single = true;            // there is one picture: rows needs no "# file" line
  std::string voc_dir;              // voc: where the files per class go, empty = everything to the caller
  std::vector<std::string> labels;  // of the classes that are reported
};

//   text   for people
//   json   one object a line: {"file","width","height","time_ms":{...},"detections":[{"class_id","label","score",
//          "box":[xmin,ymin,xmax,ymax]}]}; of a video "frame" and "time_s" follow "file"
//   csv    file,class_id,label,score,xmin,ymin,xmax,ymax under a header line; quoted as RFC 4180 says
//   voc    "class image_id score xmin ymin xmax ymax"; with voc_dir the devkit's files comp3_det_test_<class>.txt, which have no
//          class column. Pixels as the model gives them: it was trained on the annotations' own numbers, so no 1 is added
//   coco   one array of {"image_id","category_id","bbox":[x,y,width,height],"score"}; category_id is the model's class_id,
//          image_id the file's name without extension, as a number if it is one
//   rows   "class_id score xmin ymin xmax ymax", normalised, not clipped, %.9g: Paddle's own rows; where there are several
//          pictures, each one's rows follow a line "# file"
// Boxes of all but rows are in pixels of the upright picture. Throws UsageError for another name.
std::unique_ptr<OutputFormat> make_format(const std::string &name, const FormatOptions &options);

const std::vector<std::string> &format_names();

}  // namespace skiff
