// SPDX-License-Identifier: MIT
//
// The annotations lead: a picture without one cannot be counted, an annotation without its picture is an error.
#include "tools/skiff/voc_dataset.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <pugixml.hpp>

#include "tools/support/error.h"
#include "tools/support/file.h"
#include "tools/support/text.h"

namespace skiff {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxAnnotationBytes = 16u << 20;
constexpr uint64_t kMaxListBytes = 64u << 20;

std::string_view trimmed(std::string_view text) {
  constexpr char kSpace[] = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

double number_in(const pugi::xml_node &parent, const char *name, const std::string &where) {
  const std::string_view text = trimmed(parent.child_value(name));
  double value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc() && stop == text.data() + text.size() && std::isfinite(value)) return value;
  throw Error(where + ": expected a number in <" + name + ">, found " + quoted(text));
}

VocObject parse_object(const pugi::xml_node &node, const std::string &where) {
  VocObject object;
  object.name = trimmed(node.child_value("name"));
  if (object.name.empty()) throw Error(where + ": has no <name>");
  const pugi::xml_node box = node.child("bndbox");
  if (!box) throw Error(where + ": has no <bndbox>");
  object.x_min = number_in(box, "xmin", where);
  object.y_min = number_in(box, "ymin", where);
  object.x_max = number_in(box, "xmax", where);
  object.y_max = number_in(box, "ymax", where);
  if (object.x_max < object.x_min || object.y_max < object.y_min) throw Error(where + ": <bndbox> ends before it begins");
  object.is_difficult = node.child("difficult") && number_in(node, "difficult", where) != 0;
  return object;
}

// The path of DIR/STEM with one of the extensions that pictures have, "" where there is none.
std::string find_picture(const fs::path &directory, const std::string &stem) {
  for (const char *extension : {".jpg", ".JPG", ".jpeg", ".png", ".bmp", ".ppm"}) {
    const std::string path = (directory / (stem + extension)).string();
    if (is_regular_file(path)) return path;
  }
  return "";
}

VocPicture read_picture(const fs::path &pictures, const fs::path &annotations, const std::string &id) {
  VocPicture picture;
  picture.annotation = (annotations / (id + ".xml")).string();
  picture.picture = find_picture(pictures, id);
  if (picture.picture.empty())
    throw Error(picture.annotation + ": its picture " + (pictures / (id + ".jpg")).string() + " is missing");
  const std::vector<uint8_t> bytes = read_file(picture.annotation, kMaxAnnotationBytes);
  try {
    picture.objects = parse_voc_annotation({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  } catch (const Error &error) {
    throw Error(picture.annotation + ": " + error.what());
  }
  return picture;
}

std::vector<std::string> ids_of_directory(const fs::path &directory) {
  std::vector<std::string> ids;
  for (const std::string &name : list_directory(directory.string())) {
    if (fs::path(name).extension() == ".xml") ids.push_back(fs::path(name).stem().string());
  }
  if (ids.empty()) throw Error(directory.string() + ": no annotations (.xml) in this directory");
  return ids;
}

// First word of each line: the lists of single classes have a second column.
std::vector<std::string> ids_of_list(const fs::path &list) {
  if (!is_regular_file(list.string())) throw Error(list.string() + ": no such list; name another with --set");
  const std::vector<uint8_t> bytes = read_file(list.string(), kMaxListBytes);
  std::vector<std::string> ids;
  for (const std::string &line : split_lines({reinterpret_cast<const char *>(bytes.data()), bytes.size()})) {
    const std::string_view text = trimmed(line);
    if (!text.empty()) ids.emplace_back(text.substr(0, text.find_first_of(" \t")));
  }
  if (ids.empty()) throw Error(list.string() + ": the list is empty");
  return ids;
}

bool is_year(const fs::path &directory) { return is_directory((directory / "Annotations").string()); }

// The directory with Annotations in it: the given one or its only child that has them, "" where there is none.
fs::path find_year(const std::string &directory) {
  if (is_year(directory)) return directory;
  fs::path year;
  for (const std::string &name : list_directory(directory)) {
    const fs::path child = fs::path(directory) / name;
    if (!is_year(child)) continue;
    if (!year.empty())
      throw Error(directory + ": holds more than one data set (" + year.string() + ", " + child.string() + "): name one");
    year = child;
  }
  return year;
}

}  // namespace

std::vector<VocObject> parse_voc_annotation(std::string_view xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed)
    throw Error(std::string("not an XML file: ") + parsed.description() + ", at byte " + std::to_string(parsed.offset));
  const pugi::xml_node root = document.child("annotation");
  if (!root) throw Error("not a VOC annotation: no <annotation> at the top");
  std::vector<VocObject> objects;
  for (const pugi::xml_node &node : root.children("object")) {
    objects.push_back(parse_object(node, "object " + std::to_string(objects.size() + 1)));
  }
  return objects;
}

std::vector<VocPicture> read_voc(const std::string &directory, const std::string &set) {
  if (!is_directory(directory)) throw Error(directory + ": no such directory");
  const fs::path year = find_year(directory);
  const fs::path annotations = year.empty() ? fs::path(directory) : year / "Annotations";
  const fs::path pictures = year.empty() ? fs::path(directory) : year / "JPEGImages";
  const fs::path lists = year / "ImageSets" / "Main";
  const bool has_lists = !year.empty() && is_directory(lists.string());
  std::vector<VocPicture> out;
  for (const std::string &id : has_lists ? ids_of_list(lists / (set + ".txt")) : ids_of_directory(annotations)) {
    out.push_back(read_picture(pictures, annotations, id));
  }
  return out;
}

}  // namespace skiff
