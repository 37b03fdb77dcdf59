// SPDX-License-Identifier: MIT
//
// Preprocesses for check_pixels.py, which knows what Pillow, OpenCV and NumPy answer. Requests on stdin, one after the other:
//
//     u8|f32 RULE|RECIPE WIDTH HEIGHT STRIDE FORMAT OUT_WIDTH OUT_HEIGHT\n
//     HEIGHT rows of STRIDE bytes; the last row ends with its last pixel
//
// Each is answered on stdout with the resized RGB bytes (u8) or the input tensor (f32). Planned tables serve many requests, as in
// an engine. An argument, "portable", keeps to the reference kernels.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "engine/preprocess.h"
#include "kernels/cpu.h"
#include "tools/paddle/recipes.h"

using namespace skiff;

namespace {

constexpr int32_t kMaxPx = 2048;

struct AlignedMemory {
  explicit AlignedMemory(uint64_t bytes) : units(bytes / sizeof(Unit) + 1) {}
  struct alignas(Arena::kAlignment) Unit {
    unsigned char bytes[Arena::kAlignment];
  };
  std::vector<Unit> units;
};

// A planned Preprocess with its memory.
struct Planned {
  std::unique_ptr<AlignedMemory> memory;
  Preprocess preprocess;
};

ModelRecord model_of(const std::string &name, int32_t out_w, int32_t out_h) {
  ModelRecord model = {};
  const bool is_rule = name == "lanczos" || name == "bilinear" || name == "cv";
  model.recipe = paddle::find_recipe(is_rule ? "paddle-voc" : name);
  if (is_rule)
    model.recipe.resize_rule = uint32_t(name == "lanczos"    ? ResizeRule::kPillowLanczos
                                        : name == "bilinear" ? ResizeRule::kPillowBilinear
                                                             : ResizeRule::kCvBilinear);
  model.input_w = uint32_t(out_w);
  model.input_h = uint32_t(out_h);
  return model;
}

Planned plan(const ModelRecord &model) {
  Planned out;
  Arena counting;
  preprocess_plan(model, kMaxPx, kMaxPx, &counting, &out.preprocess);
  out.memory = std::make_unique<AlignedMemory>(counting.used_bytes());
  Arena arena(out.memory->units.data());
  preprocess_plan(model, kMaxPx, kMaxPx, &arena, &out.preprocess);
  return out;
}

void answer(const std::string &kind, const Picture &picture, const KernelTable &kernels, Preprocess *preprocess) {
  const size_t row_elems = size_t(preprocess->out_w) * 3, elems = row_elems * size_t(preprocess->out_h);
  if (kind == "f32") {
    std::vector<float> tensor(elems);
    preprocess_run(preprocess, kernels, picture, tensor.data());
    fwrite(tensor.data(), sizeof(float), elems, stdout);
    return;
  }
  std::vector<uint8_t> pixels(elems);
  resizer_begin(&preprocess->resizer, picture);
  for (int32_t y = 0; y < preprocess->out_h; ++y)
    resizer_row(&preprocess->resizer, kernels, picture, y, &pixels[size_t(y) * row_elems]);
  fwrite(pixels.data(), 1, elems, stdout);
}

}  // namespace

int main(int argc, char **argv) {
  const bool is_portable = argc > 1 && std::string(argv[1]) == "portable";
  KernelTable kernels;
  resolve_kernels(is_portable ? SKIFF_CPU_PORTABLE : cpu_features(), &kernels);
  std::map<std::tuple<std::string, int32_t, int32_t>, Planned> planned;
  char kind[8], name[24];
  int32_t width, height, stride, format, out_w, out_h;
  while (scanf("%7s %23s %d %d %d %d %d %d", kind, name, &width, &height, &stride, &format, &out_w, &out_h) == 8) {
    if (getchar() != '\n' || width < 1 || height < 1 || width > kMaxPx || height > kMaxPx) return 1;
    const size_t bytes = size_t(stride) * size_t(height - 1) + size_t(width * pixel_bytes(skiff_pixel_format(format)));
    const std::unique_ptr<uint8_t[]> pixels(new uint8_t[bytes]);  // exactly, so that a sanitizer sees reads past the end
    if (fread(pixels.get(), 1, bytes, stdin) != bytes) return 1;
    const auto key = std::make_tuple(std::string(name), out_w, out_h);
    if (planned.count(key) == 0) planned[key] = plan(model_of(name, out_w, out_h));
    answer(kind, picture_of(skiff_frame_packed(skiff_pixel_format(format), pixels.get(), width, height, stride)), kernels,
           &planned[key].preprocess);
    fflush(stdout);
  }
  return feof(stdin) ? 0 : 1;
}
