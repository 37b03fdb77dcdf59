// SPDX-License-Identifier: MIT
//
// Paddle's own rows on 208 photos of VOC2007 score 80.84 %, counted by 11 points: the metric alone, no network in between.
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "tests/support/npy.h"
#include "tests/support/places.h"
#include "tools/skiff/benchmark.h"
#include "tools/skiff/inputs.h"

using namespace skiff;
using namespace skiff::test;

namespace {

constexpr double kExpectedPercent = 80.84;
constexpr double kTolerance = 0.005;  // half of the last digit

std::vector<skiff_box> read_rows(const std::string &path) {
  const Array<float> rows = read_npy<float>(path);
  std::vector<skiff_box> boxes;
  for (size_t i = 0; i + 6 <= rows.size(); i += 6) {
    const float *r = rows.data() + i;
    boxes.push_back({int32_t(r[0]), r[1], r[2], r[3], r[4], r[5]});
  }
  return boxes;
}

std::vector<std::string> read_labels() {
  std::vector<std::string> labels;
  std::ifstream file(source_path("weights/labels/voc.txt"));
  for (std::string line; std::getline(file, line);) labels.push_back(line);
  labels.at(0).clear();  // the background
  return labels;
}

}  // namespace

int main() {
  const std::string rows = "golden/voc2007_detections", photos = "images/voc2007";
  if (!has_shared(rows, "mAP of Paddle's rows") || !has_shared(photos, "mAP of Paddle's rows")) return 77;
  const auto benchmark = make_voc_benchmark(shared_path(photos), "test", read_labels());
  for (size_t i = 0; i < benchmark->picture_count(); ++i) {
    const Image image = load_picture(benchmark->picture(i), {});
    const std::string stem = std::filesystem::path(benchmark->picture(i)).stem().string();
    benchmark->add(i, image.width, image.height, read_rows(shared_path(rows + "/" + stem + ".npy")));
  }
  const double percent = benchmark->figures().map[0] * 100;
  const bool is_right = benchmark->picture_count() == 208 && std::fabs(percent - kExpectedPercent) <= kTolerance;
  std::printf("%zu photos, %.4f %%, expected %.2f %%: %s\n", benchmark->picture_count(), percent, kExpectedPercent,
              is_right ? "OK" : "WRONG");
  return is_right ? 0 : 1;
}
