// SPDX-License-Identifier: MIT
//
// Outlines of objects are nine tenths of such a file and of no use here: the parser drops them as it goes.
#include "tools/skiff/coco_dataset.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = uint64_t(1) << 30;

// One value of the file and what to call it in a message, e.g. "annotations[12].bbox".
struct Place {
  const Json &json;
  std::string name;

  [[noreturn]] void refuse(const char *expected) const {
    throw Error(name + ": expected " + expected + ", found " + json.type_name());
  }

  bool has(const char *key) const { return json.is_object() && json.contains(key); }

  Place at(const char *key) const {
    if (!json.is_object()) refuse("an object");
    const auto found = json.find(key);
    if (found == json.end()) throw Error((name.empty() ? "the file" : name) + " has no '" + key + "'");
    return {*found, name.empty() ? key : name + "." + key};
  }

  template <class Use>
  void each(Use use) const {
    if (!json.is_array()) refuse("an array");
    for (size_t i = 0; i < json.size(); ++i) use(Place{json[i], name + "[" + std::to_string(i) + "]"});
  }

  int64_t integer() const {
    if (!json.is_number_integer()) refuse("an integer");
    return json.get<int64_t>();
  }

  double number() const {
    if (!json.is_number()) refuse("a number");
    const double value = json.get<double>();
    if (!std::isfinite(value)) throw Error(name + ": expected a finite number");
    return value;
  }

  std::string text() const {
    if (!json.is_string()) refuse("a string");
    return json.get<std::string>();
  }
};

CocoBox parse_box(const Place &place) {
  std::vector<double> numbers;
  place.each([&](const Place &item) { numbers.push_back(item.number()); });
  if (numbers.size() != 4) throw Error(place.name + ": expected 4 numbers, found " + std::to_string(numbers.size()));
  if (numbers[2] < 0 || numbers[3] < 0) throw Error(place.name + ": width or height is negative");
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

// Whether an object is a crowd: 0, 1, false, true.
bool parse_crowd(const Place &annotation) {
  if (!annotation.has("iscrowd")) return false;
  const Place place = annotation.at("iscrowd");
  return place.json.is_boolean() ? place.json.get<bool>() : place.integer() != 0;
}

template <class Item>
void sort_by_id(std::vector<Item> *items, const char *what) {
  std::stable_sort(items->begin(), items->end(), [](const Item &a, const Item &b) { return a.id < b.id; });
  const auto twin = std::adjacent_find(items->begin(), items->end(), [](const Item &a, const Item &b) { return a.id == b.id; });
  if (twin != items->end()) throw Error(std::string("two ") + what + " have the id " + std::to_string(twin->id));
}

// Drops what detection has no use for.
bool keep(int, Json::parse_event_t event, Json &value) {
  static const std::set<std::string> unused = {"segmentation", "keypoints", "info", "licenses"};
  return event != Json::parse_event_t::key || unused.count(value.get_ref<const std::string &>()) == 0;
}

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text.begin(), text.end(), keep);
  } catch (const Json::parse_error &error) {
    throw Error("not a JSON file: wrong at byte " + std::to_string(error.byte));
  } catch (const Json::exception &error) {
    throw Error(std::string("not a JSON file: ") + error.what());
  }
}

}  // namespace

CocoDataset parse_coco(std::string_view text) {
  const Json json = parse_json(text);
  const Place root = {json, ""};
  if (!json.is_object()) throw Error("not a COCO annotation file: expected an object, found " + std::string(json.type_name()));
  CocoDataset data;
  root.at("categories").each([&](const Place &c) { data.categories.push_back({c.at("id").integer(), c.at("name").text()}); });
  root.at("images").each([&](const Place &p) { data.pictures.push_back({p.at("id").integer(), p.at("file_name").text(), {}}); });
  sort_by_id(&data.categories, "categories");
  sort_by_id(&data.pictures, "images");
  std::map<int64_t, CocoPicture *> picture_of;
  for (CocoPicture &picture : data.pictures) picture_of[picture.id] = &picture;
  std::set<int64_t> categories;
  for (const CocoCategory &category : data.categories) categories.insert(category.id);
  root.at("annotations").each([&](const Place &a) {
    const auto picture = picture_of.find(a.at("image_id").integer());
    const CocoObject object = {a.at("category_id").integer(), parse_crowd(a), parse_box(a.at("bbox"))};
    if (picture != picture_of.end() && categories.count(object.category_id)) picture->second->objects.push_back(object);
  });
  return data;
}

CocoDataset read_coco(const std::string &path) {
  const std::vector<uint8_t> bytes = read_file(path, kMaxFileBytes);
  try {
    return parse_coco({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
}

}  // namespace skiff
