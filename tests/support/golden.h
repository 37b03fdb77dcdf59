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

  bool has_input(const std::string &tensor) const { return exists(path("in_" + tensor)); }
  bool has_output(const std::string &tensor) const { return exists(path("out_" + tensor)); }
  Array<float> input(const std::string &tensor) const { return read_npy<float>(path("in_" + tensor)); }
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
