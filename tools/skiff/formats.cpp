// SPDX-License-Identifier: MIT
//
// Numbers go through std::to_chars: the same text in every locale, and the shortest that reads back as the same float.
#include "tools/skiff/formats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <system_error>

#include "tools/skiff/console.h"
#include "tools/skiff/json_write.h"
#include "tools/skiff/numbers.h"
#include "tools/skiff/row.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

namespace fs = std::filesystem;

std::array<float, 4> corners(const skiff_pixel_box &box) { return {box.x_min, box.y_min, box.x_max, box.y_max}; }

// File name without folders and extension: what VOC and COCO call the image's id.
std::string image_id(const std::string &file) { return fs::path(file).stem().string(); }

class TextFormat : public OutputFormat {
 public:
  std::string picture(const PictureResult &r) override {
    const size_t count = r.detections.size();
    std::string text = (r.file == "-" ? "standard input" : one_line(r.file)) + ": " + std::to_string(r.width) + "x" +
                       std::to_string(r.height) + ", " + std::to_string(count) + (count == 1 ? " detection, " : " detections, ") +
                       fixed(r.time_ms.total, 1) + " ms\n";
    size_t label_width = 0;
    for (const Detection &d : r.detections) label_width = std::max(label_width, one_line(d.label).size());
    for (const Detection &d : r.detections) {
      text += "  " + one_line(d.label) + std::string(label_width - d.label.size(), ' ') + "  " + fixed(d.box.score, 3) + "  ";
      text += "(" + fixed(d.pixels.x_min, 0) + ", " + fixed(d.pixels.y_min, 0) + ") to (" + fixed(d.pixels.x_max, 0) + ", " +
              fixed(d.pixels.y_max, 0) + ")\n";
    }
    return text;
  }
};

class JsonFormat : public OutputFormat {
 public:
  std::string picture(const PictureResult &r) override {
    JsonWriter json;
    json.begin_object().key("file").string(r.file);
    if (r.frame) json.key("frame").number(r.frame->number).key("time_s").number(r.frame->time_s);
    json.key("width").number(r.width).key("height").number(r.height);
    json.key("time_ms").begin_object();
    const StageTimes &t = r.time_ms;
    json.key("decode").number(t.decode).key("preprocess").number(t.preprocess).key("network").number(t.network);
    json.key("postprocess").number(t.postprocess).key("total").number(t.total).end_object();
    json.key("detections").begin_array();
    for (const Detection &d : r.detections) {
      json.begin_object().key("class_id").number(d.box.class_id).key("label").string(d.label);
      json.key("score").number(d.box.score).key("box").numbers(corners(d.pixels)).end_object();
    }
    json.end_array().end_object();
    return json.text() + "\n";
  }
};

class CsvFormat : public OutputFormat {
 public:
  std::string begin() override { return "file,class_id,label,score,xmin,ymin,xmax,ymax\n"; }

  std::string picture(const PictureResult &r) override {
    std::string text;
    for (const Detection &d : r.detections) {
      text += quoted(r.file) + "," + std::to_string(d.box.class_id) + "," + quoted(d.label) + "," + shortest(d.box.score);
      for (const float corner : corners(d.pixels)) text += "," + shortest(corner);
      text += "\n";
    }
    return text;
  }

 private:
  // Source: RFC 4180, section 2, rules 5 to 7.
  static std::string quoted(const std::string &field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string text = "\"";
    for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + "\"";
  }
};

class VocFormat : public OutputFormat {
 public:
  explicit VocFormat(const FormatOptions &options) : directory_(options.voc_dir) {
    for (const std::string &label : options.labels) files_[file_name(label)];  // the devkit wants a file for every class
  }

  std::string picture(const PictureResult &r) override {
    std::string text;
    for (const Detection &d : r.detections) {
      std::string row = one_line(image_id(r.file)) + " " + shortest(d.box.score);
      for (const float corner : corners(d.pixels)) row += " " + shortest(corner);
      if (directory_.empty()) {
        text += one_line(d.label) + " " + row + "\n";
      } else {
        files_[file_name(d.label)] += row + "\n";
      }
    }
    return text;
  }

  std::string end() override {
    if (directory_.empty()) return "";
    std::error_code failure;
    fs::create_directories(directory_, failure);
    if (failure) throw Error(directory_ + ": cannot make this directory: " + failure.message());
    for (const auto &[name, text] : files_)
      write_file_atomically((fs::path(directory_) / name).string(), text.data(), text.size());
    return "";
  }

 private:
  // A label comes out of a file that anyone may have written: it must not lead out of the directory.
  static std::string file_name(const std::string &label) {
    std::string name = one_line(label);
    std::replace(name.begin(), name.end(), '/', '_');
    return "comp3_det_test_" + name + ".txt";
  }

  std::string directory_;
  std::map<std::string, std::string> files_;  // file name to its rows
};

class CocoFormat : public OutputFormat {
 public:
  std::string begin() override { return "["; }

  std::string picture(const PictureResult &r) override {
    std::string text;
    for (const Detection &d : r.detections) {
      const skiff_pixel_box &b = d.pixels;
      JsonWriter json;
      json.begin_object().key("image_id");
      put_image_id(image_id(r.file), &json);
      json.key("category_id").number(d.box.class_id).key("bbox");
      json.numbers(std::array<float, 4>{b.x_min, b.y_min, b.x_max - b.x_min, b.y_max - b.y_min});
      json.key("score").number(d.box.score).end_object();
      text += (is_first_ ? "\n" : ",\n") + json.text();
      is_first_ = false;
    }
    return text;
  }

  std::string end() override { return "\n]\n"; }

 private:
  static void put_image_id(const std::string &id, JsonWriter *json) {
    int64_t number = 0;
    const char *last = id.data() + id.size();
    const auto [stop, failure] = std::from_chars(id.data(), last, number);
    const bool is_number = failure == std::errc() && stop == last && number >= 0;
    if (is_number) {
      json->number(number);
    } else {
      json->string(id);
    }
  }

  bool is_first_ = true;
};

class RowsFormat : public OutputFormat {
 public:
  explicit RowsFormat(bool is_single) : is_single_(is_single) {}

  std::string picture(const PictureResult &r) override {
    std::string text = is_single_ ? "" : "# " + one_line(r.file) + "\n";
    for (const Detection &d : r.detections) text += row_text(d.box);
    return text;
  }

 private:
  bool is_single_;
};

}  // namespace

const std::vector<std::string> &format_names() {
  static const std::vector<std::string> names = {"text", "json", "csv", "voc", "coco", "rows"};
  return names;
}

std::unique_ptr<OutputFormat> make_format(const std::string &name, const FormatOptions &options) {
  if (name == "text") return std::make_unique<TextFormat>();
  if (name == "json") return std::make_unique<JsonFormat>();
  if (name == "csv") return std::make_unique<CsvFormat>();
  if (name == "voc") return std::make_unique<VocFormat>(options);
  if (name == "coco") return std::make_unique<CocoFormat>();
  if (name == "rows") return std::make_unique<RowsFormat>(options.is_single);
  throw UsageError("--format " + name + ": not one of text, json, csv, voc, coco, rows");
}

}  // namespace skiff
