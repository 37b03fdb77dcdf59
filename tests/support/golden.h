// SPDX-License-Identifier: MIT
//
// The op cases under tests/golden: what Paddle's own operators answered.
#pragma once
#include <algorithm>
#include <filesystem>

#include "tests/support/json.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"

namespace skiff::test {

struct GoldenCase {
  std::string name;  // e.g. "box_coder/axis1"
  Json json;

  const Json &attrs() const { return json["attrs"]; }
  float attr(const std::string &key) const { return float(attrs()[key].number); }
  int32_t int_attr(const std::string &key) const { return int32_t(attrs()[key].number); }

  bool has_input(const std::string &tensor) const {
    for (const Json &named : json["inputs"].items)
      if (named.text == tensor) return true;
    return false;
  }
  bool has_output(const std::string &tensor) const { return exists(path("out_" + tensor)); }
  // Cases on the published priors do not bring them along: they are what the prior_box cases answer.
  Array<float> input(const std::string &tensor) const {
    const bool is_stored = exists(path("in_" + tensor));
    return is_stored || tensor.compare(0, 9, "prior_box") != 0 ? read_npy<float>(path("in_" + tensor)) : published_priors(tensor);
  }
  template <typename T = float>
  Array<T> output(const std::string &tensor) const {
    return read_npy<T>(path("out_" + tensor));
  }

  // Rows of an output that belong to each image of the batch: image i has [offsets[i], offsets[i + 1]).
  std::vector<size_t> offsets(const std::string &tensor) const {
    std::vector<size_t> out;
    for (const Json &offset : json["outputs"][tensor].items.at(0).items) out.push_back(size_t(offset.number));
    return out;
  }

 private:
  // [1917][4]: the boxes ("prior_box") or their variances ("prior_box_var") of all six maps.
  static Array<float> published_priors(const std::string &tensor) {
    Array<float> all;
    for (int map = 0; map < 6; ++map) {
      const std::string folder = source_path("tests/golden/prior_box/double_sqrt/order0_clip0/layer" + std::to_string(map));
      std::vector<float> values = read_npy<float>(folder + "/out_boxes.npy").values;
      const std::vector<float> variances = JsonReader(read_text(folder + "/case.json")).document()["attrs"]["variances"].floats();
      for (size_t i = 0; tensor == "prior_box_var" && i < values.size(); ++i) values[i] = variances[i % 4];
      all.values.insert(all.values.end(), values.begin(), values.end());
    }
    all.shape = {all.values.size() / 4, 4};
    return all;
  }

  std::string path(const std::string &stem) const { return source_path("tests/golden/" + name + "/" + stem + ".npy"); }
};

// All cases below tests/golden/<group>, by name. Throws where there are not `expected` of them: a lost case must not pass.
inline std::vector<GoldenCase> golden_cases(const std::string &group, size_t expected) {
  namespace fs = std::filesystem;
  const fs::path root = source_path("tests/golden");
  std::vector<GoldenCase> cases;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(root / group)) {
    if (entry.path().filename() != "case.json") continue;
    cases.push_back(
        {entry.path().parent_path().lexically_relative(root).string(), JsonReader(read_text(entry.path())).document()});
  }
  std::sort(cases.begin(), cases.end(), [](const GoldenCase &a, const GoldenCase &b) { return a.name < b.name; });
  if (cases.size() != expected)
    throw std::runtime_error("tests/golden/" + group + ": expected " + std::to_string(expected) + " cases, found " +
                             std::to_string(cases.size()));
  return cases;
}

}  // namespace skiff::test
