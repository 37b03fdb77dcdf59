// SPDX-License-Identifier: MIT
//
// Preprocessing against stored answers of Pillow 9.4 and of Paddle's reader. check_pixels.py asks the libraries themselves, but
// whichever version is installed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "engine/preprocess.h"
#include "tests/support/compare.h"
#include "tests/support/json.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"
#include "tools/paddle/recipes.h"

using namespace skiff;
using namespace skiff::test;

namespace {

constexpr int32_t kOut = 300;

// A Preprocess in memory that is just large enough.
struct Planned {
  explicit Planned(ResizeRule rule, int32_t w, int32_t h) {
    ModelRecord model = {};
    model.recipe = paddle::find_recipe("paddle-voc");
    model.recipe.resize_rule = uint32_t(rule);
    model.input_w = model.input_h = kOut;
    Arena counting;
    preprocess_plan(model, w, h, &counting, &preprocess);
    memory.resize(counting.used_bytes() / sizeof(Unit));
    Arena arena(memory.data());
    preprocess_plan(model, w, h, &arena, &preprocess);
  }
  struct alignas(Arena::kAlignment) Unit {
    unsigned char bytes[Arena::kAlignment];
  };
  std::vector<Unit> memory;
  Preprocess preprocess;
};

std::string file(const std::string &name) { return shared_path("golden/pillow_resize/" + name + ".npy"); }

Picture picture_of(const Array<uint8_t> &rgb) {
  const int32_t width = int32_t(rgb.dim(1)), height = int32_t(rgb.dim(0));
  return skiff::picture_of(skiff_frame_packed(SKIFF_PIXEL_RGB, rgb.data(), width, height, width * 3));
}

std::vector<uint8_t> resized(ResizeRule rule, const Picture &picture) {
  Planned planned(rule, picture.width, picture.height);
  std::vector<uint8_t> out(kOut * kOut * 3);
  resizer_begin(&planned.preprocess.resizer, picture);
  for (int32_t y = 0; y < kOut; ++y) resizer_row(&planned.preprocess.resizer, kTableRef, picture, y, &out[size_t(y * kOut * 3)]);
  return out;
}

// HWC to the CHW that Paddle's reader makes.
std::vector<float> to_chw(const std::vector<float> &hwc) {
  std::vector<float> chw;
  for (size_t c = 0; c < 3; ++c)
    for (size_t p = c; p < hwc.size(); p += 3) chw.push_back(hwc[p]);
  return chw;
}

}  // namespace

TEST_CASE("stored answers of Pillow and of the reader") {
  int cases = 0;
  const Json manifest = JsonReader(read_text(shared_path("golden/pillow_resize/MANIFEST.json"))).document();
  for (const Json &c : manifest["cases"].items) {
    const std::string name = c["case"].text;
    if (!exists(file(name + "_in"))) continue;
    const Array<uint8_t> in = read_npy<uint8_t>(file(name + "_in"));
    const Picture picture = picture_of(in);
    const Array<uint8_t> lanczos = read_npy<uint8_t>(file(name + "_lanczos_out"));
    check_equal(resized(ResizeRule::kPillowLanczos, picture).data(), lanczos.data(), lanczos.size(), name + " lanczos");
    const Array<uint8_t> bilinear = read_npy<uint8_t>(file(name + "_bilinear_out"));
    check_equal(resized(ResizeRule::kPillowBilinear, picture).data(), bilinear.data(), bilinear.size(), name + " bilinear");
    const Array<float> tensor = read_npy<float>(file(name + "_ssd_input"));
    Planned planned(ResizeRule::kPillowLanczos, picture.width, picture.height);
    std::vector<float> found(tensor.size());
    preprocess_run(&planned.preprocess, kTableRef, picture, found.data());
    check_equal(to_chw(found).data(), tensor.data(), tensor.size(), name + " tensor");
    ++cases;
  }
  CHECK(cases >= 8);
}

int main(int argc, char **argv) {
  if (!has_shared("golden/pillow_resize", "stored answers of Pillow")) return 77;
  return doctest::Context(argc, argv).run();
}
