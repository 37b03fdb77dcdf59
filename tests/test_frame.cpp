// SPDX-License-Identifier: MIT
//
// Camera frames: whatever the layout, rotation, mirror and region, the network sees the same bytes as if a plain loop had
// converted, cut and turned the frame beforehand, and boxes come back to where they lie in the buffer.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "tests/support/compare.h"
#include "tests/support/engine.h"
#include "tests/support/frames.h"
#include "tests/support/places.h"
#include "tools/support/file.h"

using namespace skiff;
using namespace skiff::test;

namespace {

constexpr int32_t kRotations[] = {0, 90, 180, 270};

int orientation_of(int32_t rotation) { return rotation == 90 ? 6 : rotation == 180 ? 3 : rotation == 270 ? 8 : 1; }

Image upright(Image lying, int32_t rotation, bool is_mirrored) {
  Image turned = apply_orientation(std::move(lying), orientation_of(rotation));
  return is_mirrored ? apply_orientation(std::move(turned), 2) : turned;
}

// The picture as a camera held that way delivers it.
Image lying(Image upright, int32_t rotation, bool is_mirrored) {
  if (is_mirrored) upright = apply_orientation(std::move(upright), 2);
  return apply_orientation(std::move(upright), orientation_of((360 - rotation) % 360));
}

Image cropped(const Image &image, const skiff_frame &f) {
  if (f.region_width_px == 0) return image;
  Image out = {f.region_width_px, f.region_height_px, {}};
  for (int32_t y = f.region_y_px; y < f.region_y_px + f.region_height_px; ++y) {
    const auto row = image.pixels.begin() + (std::ptrdiff_t(y) * image.width + f.region_x_px) * 3;
    out.pixels.insert(out.pixels.end(), row, row + std::ptrdiff_t(f.region_width_px) * 3);
  }
  return out;
}

skiff_image image_of(const Image &image) {
  return {image.pixels.data(), image.width, image.height, image.width * 3, SKIFF_PIXEL_RGB};
}

template <typename Run>
std::vector<float> tensor_of(const TestEngine &engine, Run run) {
  const skiff_info info = engine.info();
  std::vector<float> tensor(size_t(info.input_width_px * info.input_height_px * 3));
  REQUIRE(run(tensor.data()) == SKIFF_OK);
  return tensor;
}

// Preprocesses the frame, and an image that plain loops make of it.
void check_frame(const TestEngine &engine, const skiff_frame &frame, const std::string &what) {
  const Image whole = upright(cropped(frame_to_rgb(frame), frame), frame.rotation_degrees, frame.is_mirrored != 0);
  const skiff_image image = image_of(whole);
  const std::vector<float> expected = tensor_of(engine, [&](float *out) { return skiff_preprocess(engine, &image, out); });
  const std::vector<float> found = tensor_of(engine, [&](float *out) { return skiff_preprocess_frame(engine, &frame, out); });
  check_equal(found.data(), expected.data(), expected.size(), what);
}

std::string text_of(Layout layout, const skiff_frame &f) {
  return "layout " + std::to_string(int(layout)) + " " + std::to_string(f.width_px) + "x" + std::to_string(f.height_px) +
         " turned " + std::to_string(f.rotation_degrees) + " mirrored " + std::to_string(f.is_mirrored) + " region " +
         std::to_string(f.region_x_px) + "," + std::to_string(f.region_y_px) + " " + std::to_string(f.region_width_px) + "x" +
         std::to_string(f.region_height_px);
}

skiff_config config_of(uint32_t mask) {
  skiff_config config = default_config();
  config.cpu_mask = mask;
  config.max_width_px = config.max_height_px = 512;
  return config;
}

// Engines of both families of resize rules, with portable and with fast kernels.
std::vector<std::unique_ptr<TestEngine>> engines() {
  std::vector<std::unique_ptr<TestEngine>> out;
  for (const char *recipe : {"paddle-voc", "serving"})
    for (const uint32_t mask : {SKIFF_CPU_PORTABLE, SKIFF_CPU_ALL})
      out.push_back(std::make_unique<TestEngine>(make_weights(tiny_spec(), recipe), config_of(mask)));
  return out;
}

struct Size {
  int32_t width, height;
};

}  // namespace

TEST_CASE("every layout, rotation and mirror of odd and even frames gives the bytes that plain loops give") {
  std::mt19937 random(1);
  FrameMemory memory(200 * 160);
  const auto all = engines();
  for (const Layout layout : kLayouts)
    for (const Size size : {Size{1, 1}, {2, 1}, {1, 6}, {3, 5}, {16, 16}, {17, 33}, {64, 64}, {131, 98}, {35, 150}})
      for (const int32_t rotation : kRotations)
        for (const int32_t is_mirrored : {0, 1}) {
          skiff_frame frame = memory.make(layout, size.width, size.height, size.width % 7);
          fill_frame(frame, &random);
          frame.rotation_degrees = rotation;
          frame.is_mirrored = is_mirrored;
          for (const auto &engine : all) check_frame(*engine, frame, text_of(layout, frame));
        }
}

TEST_CASE("regions, also those that begin and end inside a chroma value") {
  std::mt19937 random(2);
  FrameMemory memory(200 * 160);
  const auto all = engines();
  for (const Layout layout : kLayouts)
    for (int i = 0; i < 40; ++i) {
      const auto below = [&](int32_t limit) { return int32_t(random() % uint32_t(limit)); };
      skiff_frame frame = memory.make(layout, 1 + below(90), 1 + below(70), below(4));
      fill_frame(frame, &random);
      frame.region_x_px = below(frame.width_px);
      frame.region_y_px = below(frame.height_px);
      frame.region_width_px = 1 + below(frame.width_px - frame.region_x_px);
      frame.region_height_px = 1 + below(frame.height_px - frame.region_y_px);
      frame.rotation_degrees = kRotations[below(4)];
      frame.is_mirrored = below(2);
      frame.is_video_range = below(2);
      check_frame(*all[size_t(below(4))], frame, text_of(layout, frame));
    }
}

TEST_CASE("frames in one piece are laid out as their formats say") {
  std::mt19937 random(3);
  const TestEngine engine(tiny_weights(), config_of(SKIFF_CPU_ALL));
  for (const Size size : {Size{1, 1}, {6, 4}, {7, 5}, {64, 48}}) {
    const int32_t chroma = (size.width + 1) / 2 * ((size.height + 1) / 2), luma = size.width * size.height;
    GuardedPages pages(16384);
    uint8_t *bytes = pages.place(size_t(luma + 2 * chroma), 1);
    for (int32_t i = 0; i < luma + 2 * chroma; ++i) bytes[i] = uint8_t(random());
    const skiff_frame nv21 = skiff_frame_nv21(bytes, size.width, size.height);
    CHECK(nv21.planes[1] == bytes + luma + 1);
    CHECK(nv21.planes[2] == bytes + luma);
    const skiff_frame nv12 = skiff_frame_nv12(bytes, size.width, size.height);
    CHECK(nv12.planes[1] == bytes + luma);
    CHECK(nv12.planes[2] == bytes + luma + 1);
    const skiff_frame i420 = skiff_frame_i420(bytes, size.width, size.height);
    CHECK(i420.planes[1] == bytes + luma);
    CHECK(i420.planes[2] == bytes + luma + chroma);
    for (const skiff_frame &frame : {nv21, nv12, i420}) check_frame(engine, frame, "in one piece");
  }
}

TEST_CASE("colours are BT.601's, of full range and of video's") {
  double worst = 0;
  for (int video = 0; video < 2; ++video)
    for (int y = 0; y < 256; y += 5)
      for (int u = 0; u < 256; u += 5)
        for (int v = 0; v < 256; v += 5) {
          const uint8_t luma = uint8_t(y), cb = uint8_t(u), cr = uint8_t(v);
          skiff_frame frame = skiff_frame_yuv420(&luma, &cb, &cr, 1, 1, 1, 1, 1);
          frame.is_video_range = video;
          const Image pixel = frame_to_rgb(frame);
          const double l = video ? (y - 16) * 255.0 / 219 : y, scale = video ? 255.0 / 224 : 1;
          const double b = (u - 128) * scale * 1.772, r = (v - 128) * scale * 1.402;
          const double exact[] = {l + r, l - b * 0.114 / 0.587 - r * 0.299 / 0.587, l + b};
          for (int c = 0; c < 3; ++c)
            worst = std::max(worst, std::abs(pixel.pixels[size_t(c)] - std::min(255.0, std::max(0.0, exact[c]))));
        }
  CHECK(worst > 0.4);
  CHECK(worst < 0.55);
}

TEST_CASE("boxes go back to the buffer") {
  skiff_frame frame = {};
  frame.width_px = 400;
  frame.height_px = 200;
  const skiff_box box = {7, 0.5f, 0.125f, 0.25f, 0.375f, 1.5f};  // upright
  const auto mapped = [&](int32_t rotation, int32_t is_mirrored) {
    frame.rotation_degrees = rotation;
    frame.is_mirrored = is_mirrored;
    skiff_box out = box;
    REQUIRE(skiff_boxes_to_frame(&frame, &out, 1) == SKIFF_OK);
    CHECK((out.class_id == 7 && out.score == 0.5f));
    return std::vector<float>{out.x_min, out.y_min, out.x_max, out.y_max};
  };
  using Corners = std::vector<float>;
  CHECK(mapped(0, 0) == Corners{0.125f, 0.25f, 0.375f, 1.5f});
  CHECK(mapped(0, 1) == Corners{0.625f, 0.25f, 0.875f, 1.5f});
  CHECK(mapped(90, 0) == Corners{0.25f, 0.625f, 1.5f, 0.875f});
  CHECK(mapped(90, 1) == Corners{0.25f, 0.125f, 1.5f, 0.375f});
  CHECK(mapped(180, 0) == Corners{0.625f, -0.5f, 0.875f, 0.75f});
  CHECK(mapped(180, 1) == Corners{0.125f, -0.5f, 0.375f, 0.75f});
  CHECK(mapped(270, 0) == Corners{-0.5f, 0.125f, 0.75f, 0.375f});
  CHECK(mapped(270, 1) == Corners{-0.5f, 0.625f, 0.75f, 0.875f});
  frame.region_x_px = 100;
  frame.region_y_px = 50;
  frame.region_width_px = 200;
  frame.region_height_px = 100;
  CHECK(mapped(0, 0) == Corners{0.3125f, 0.375f, 0.4375f, 1.0f});
  CHECK(mapped(90, 0) == Corners{0.375f, 0.5625f, 1.0f, 0.6875f});
}

TEST_CASE("a frame's boxes are those of its upright picture, whichever way it lies") {
  std::mt19937 random(4);
  FrameMemory memory(90 * 70);
  const TestEngine engine(tiny_weights(), config_of(SKIFF_CPU_ALL));
  const auto boxes_of = [&](const skiff_frame &frame) {
    std::vector<skiff_box> boxes(500);
    int32_t count = -1;
    REQUIRE(skiff_detect_frame(engine, &frame, boxes.data(), 500, &count) == SKIFF_OK);
    boxes.resize(size_t(count));
    return boxes;
  };
  for (const int32_t rotation : kRotations)
    for (const int32_t is_mirrored : {0, 1}) {
      skiff_frame frame = memory.make(Layout::kRgba, 90, 70, 3);
      fill_frame(frame, &random);
      frame.rotation_degrees = rotation;
      frame.is_mirrored = is_mirrored;
      const Image picture = upright(frame_to_rgb(frame), rotation, is_mirrored != 0);
      const skiff_image image = image_of(picture);
      std::vector<skiff_box> expected(500);
      int32_t count = 0;
      REQUIRE(skiff_detect(engine, &image, expected.data(), 500, &count) == SKIFF_OK);
      expected.resize(size_t(count));
      CHECK(expected.size() > 10);
      REQUIRE(skiff_boxes_to_frame(&frame, expected.data(), count) == SKIFF_OK);
      const std::vector<skiff_box> found = boxes_of(frame);
      REQUIRE(found.size() == expected.size());
      CHECK(memcmp(found.data(), expected.data(), found.size() * sizeof found[0]) == 0);
      skiff_box few[3];
      int32_t all = 0;
      REQUIRE(skiff_detect_frame(engine, &frame, few, 3, &all) == SKIFF_OK);  // the best three, mapped too
      CHECK(all == count);
      for (const skiff_box &box : few)
        CHECK(std::any_of(found.begin(), found.end(), [&](const skiff_box &b) { return memcmp(&b, &box, sizeof box) == 0; }));
    }
}

// The network is asked once for each picture that it is shown: for the same bytes it gives the same boxes.
TEST_CASE("a shipped photo: the same objects in every layout and rotation") {
  const std::vector<uint8_t> file = read_file(source_path("tests/photos/cat.jpg"));
  const Image photo = decode_image(file.data(), file.size());
  skiff_config config = default_config();
  config.score_threshold = 0.25f;
  const TestEngine engine(read_file(source_path("weights/mobilenet-ssd-half-voc.skiff")), config);
  FrameMemory memory(photo.pixels.size() / 3 + 1024);
  const skiff_image image = image_of(photo);
  skiff_box cat = {};
  int32_t count = 0;
  REQUIRE(skiff_detect(engine, &image, &cat, 1, &count) == SKIFF_OK);
  REQUIRE(count == 1);
  const auto frame_of = [&](Layout layout, int32_t rotation, bool is_mirrored) {
    const Image held = lying(photo, rotation, is_mirrored);
    skiff_frame frame = memory.make(layout, held.width, held.height, 5);
    draw_into_frame(held, frame);
    frame.rotation_degrees = rotation;
    frame.is_mirrored = is_mirrored;
    return frame;
  };
  const auto tensor = [&](const skiff_frame &frame) {
    return tensor_of(engine, [&](float *out) { return skiff_preprocess_frame(engine, &frame, out); });
  };
  const std::vector<float> rgb = tensor_of(engine, [&](float *out) { return skiff_preprocess(engine, &image, out); });
  for (const int32_t rotation : kRotations)
    for (const Layout layout : {Layout::kRgb, Layout::kBgr, Layout::kRgba, Layout::kBgra})
      CHECK(tensor(frame_of(layout, rotation, rotation == 90)) == rgb);
  for (const int32_t rotation : kRotations) {
    INFO("turned ", rotation);
    const bool is_mirrored = rotation == 180;
    const std::vector<float> i420 = tensor(frame_of(Layout::kI420, rotation, is_mirrored));
    for (const Layout layout : {Layout::kNv12, Layout::kScattered})
      CHECK(tensor(frame_of(layout, rotation, is_mirrored)) == i420);
    const skiff_frame frame = frame_of(Layout::kNv21, rotation, is_mirrored);
    CHECK(tensor(frame) == i420);
    skiff_box found = {}, expected = cat;
    REQUIRE(skiff_boxes_to_frame(&frame, &expected, 1) == SKIFF_OK);
    REQUIRE(skiff_detect_frame(engine, &frame, &found, 1, &count) == SKIFF_OK);
    CHECK(count == 1);
    CHECK(found.class_id == cat.class_id);
    CHECK(std::abs(found.x_min - expected.x_min) * float(frame.width_px) < 2.0f);
    CHECK(std::abs(found.y_min - expected.y_min) * float(frame.height_px) < 2.0f);
    CHECK(std::abs(found.x_max - expected.x_max) * float(frame.width_px) < 2.0f);
    CHECK(std::abs(found.y_max - expected.y_max) * float(frame.height_px) < 2.0f);
  }
}

TEST_CASE("what no frame may be is refused, and nothing is written") {
  FrameMemory memory(64 * 64);
  skiff_config config = default_config();
  config.max_width_px = 60;
  config.max_height_px = 40;
  const TestEngine engine(tiny_weights(), config);
  constexpr int32_t kLeast = INT32_MIN, kMost = INT32_MAX;
  struct Refusal {
    const char *what;
    void (*spoil)(skiff_frame *);
    skiff_status status;
    bool is_for_boxes;  // refused by skiff_boxes_to_frame too
  };
  const skiff_status argument = SKIFF_ERR_ARGUMENT, large = SKIFF_ERR_IMAGE_TOO_LARGE;
  const Refusal refusals[] = {
      {"no pixels", [](skiff_frame *f) { f->planes[0] = nullptr; }, argument, false},
      {"no U", [](skiff_frame *f) { f->planes[1] = nullptr; }, argument, false},
      {"no V", [](skiff_frame *f) { f->planes[2] = nullptr; }, argument, false},
      {"format 6", [](skiff_frame *f) { f->format = skiff_pixel_format(6); }, argument, false},
      {"format -1", [](skiff_frame *f) { f->format = skiff_pixel_format(-1); }, argument, false},
      {"no width", [](skiff_frame *f) { f->width_px = 0; }, argument, true},
      {"no height", [](skiff_frame *f) { f->height_px = 0; }, argument, true},
      {"least width", [](skiff_frame *f) { f->width_px = kLeast; }, argument, true},
      {"least height", [](skiff_frame *f) { f->height_px = kLeast; }, argument, true},
      {"too wide", [](skiff_frame *f) { f->width_px = 61; }, large, false},
      {"too high", [](skiff_frame *f) { f->height_px = 41; }, large, false},
      {"most width", [](skiff_frame *f) { f->width_px = kMost; }, large, false},
      {"most height", [](skiff_frame *f) { f->height_px = kMost; }, large, false},
      {"small stride of Y", [](skiff_frame *f) { f->row_strides_bytes[0] = 29; }, argument, false},
      {"small stride of U", [](skiff_frame *f) { f->row_strides_bytes[1] = 28; }, argument, false},
      {"small stride of V", [](skiff_frame *f) { f->row_strides_bytes[2] = 28; }, argument, false},
      {"negative stride", [](skiff_frame *f) { f->row_strides_bytes[0] = -30; }, argument, false},
      {"least stride", [](skiff_frame *f) { f->row_strides_bytes[1] = kLeast; }, argument, false},
      {"pixel stride 0", [](skiff_frame *f) { f->pixel_strides_bytes[1] = 0; }, argument, false},
      {"negative pixel stride", [](skiff_frame *f) { f->pixel_strides_bytes[2] = -2; }, argument, false},
      {"most pixel stride", [](skiff_frame *f) { f->pixel_strides_bytes[0] = kMost; }, argument, false},
      {"four bytes a pixel", [](skiff_frame *f) { f->format = SKIFF_PIXEL_RGBA; }, argument, false},
      {"45 degrees", [](skiff_frame *f) { f->rotation_degrees = 45; }, argument, true},
      {"360 degrees", [](skiff_frame *f) { f->rotation_degrees = 360; }, argument, true},
      {"-90 degrees", [](skiff_frame *f) { f->rotation_degrees = -90; }, argument, true},
      {"region left of the frame", [](skiff_frame *f) { f->region_x_px = -1; }, argument, true},
      {"region above the frame", [](skiff_frame *f) { f->region_y_px = -1; }, argument, true},
      {"region without width", [](skiff_frame *f) { f->region_width_px = 0; }, argument, true},
      {"region without height", [](skiff_frame *f) { f->region_height_px = 0; }, argument, true},
      {"region too wide", [](skiff_frame *f) { f->region_width_px = 27; }, argument, true},
      {"region too high", [](skiff_frame *f) { f->region_height_px = 17; }, argument, true},
      {"region that wraps round", [](skiff_frame *f) { f->region_width_px = kMost; }, argument, true},
      {"region far away", [](skiff_frame *f) { f->region_x_px = kMost; }, argument, true},
  };
  const skiff_frame whole = memory.make(Layout::kNv21, 30, 20, 0);
  skiff_frame part = whole;
  part.region_x_px = part.region_y_px = 4;
  part.region_width_px = 26;
  part.region_height_px = 16;
  std::vector<float> tensor(64 * 64 * 3, 7.0f);
  skiff_box box = {1, 2, 3, 4, 5, 6};
  int32_t count = 77;
  for (const Refusal &r : refusals) {
    INFO(r.what);
    skiff_frame frame = std::string(r.what).find("region") == 0 ? part : whole;
    r.spoil(&frame);
    CHECK(skiff_detect_frame(engine, &frame, &box, 1, &count) == r.status);
    CHECK(skiff_preprocess_frame(engine, &frame, tensor.data()) == r.status);
    if (r.is_for_boxes) CHECK(skiff_boxes_to_frame(&frame, &box, 1) == SKIFF_ERR_ARGUMENT);
  }
  CHECK(skiff_detect_frame(engine, nullptr, &box, 1, &count) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_detect_frame(nullptr, &whole, &box, 1, &count) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_detect_frame(engine, &whole, nullptr, 1, &count) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_detect_frame(engine, &whole, &box, -1, &count) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_detect_frame(engine, &whole, &box, 1, nullptr) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_preprocess_frame(nullptr, &whole, tensor.data()) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_preprocess_frame(engine, nullptr, tensor.data()) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_preprocess_frame(engine, &whole, nullptr) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_boxes_to_frame(nullptr, &box, 1) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_boxes_to_frame(&whole, nullptr, 1) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_boxes_to_frame(&whole, &box, -1) == SKIFF_ERR_ARGUMENT);
  CHECK(skiff_boxes_to_frame(&whole, nullptr, 0) == SKIFF_OK);
  CHECK((box.class_id == 1 && box.score == 2 && box.x_min == 3 && box.y_max == 6));
  CHECK(count == 77);
  CHECK(std::count(tensor.begin(), tensor.end(), 7.0f) == std::ptrdiff_t(tensor.size()));
  CHECK(skiff_detect_frame(engine, &part, &box, 1, &count) == SKIFF_OK);
  CHECK(count != 77);
}

TEST_CASE("sizes that make no sense give frames that are refused") {
  const uint8_t byte = 0;
  const TestEngine engine(tiny_weights(), config_of(SKIFF_CPU_ALL));
  int32_t count = 77;
  for (const int32_t width : {INT32_MIN, -1, 0, 1, INT32_MAX})
    for (const int32_t height : {INT32_MIN, -1, 0, 1, INT32_MAX}) {
      if (width == 1 && height == 1) continue;
      for (const auto make : {skiff_frame_nv21, skiff_frame_nv12, skiff_frame_i420}) {
        const skiff_frame frame = make(&byte, width, height);
        CHECK(skiff_detect_frame(engine, &frame, nullptr, 0, &count) != SKIFF_OK);
        const skiff_frame none = make(nullptr, 1, 1);
        CHECK(skiff_detect_frame(engine, &none, nullptr, 0, &count) == SKIFF_ERR_ARGUMENT);
      }
    }
  CHECK(count == 77);
}

TEST_CASE("a frame on its side may be as large as one that is upright") {
  skiff_config config = default_config();
  config.max_width_px = 150;
  config.max_height_px = 35;
  FrameMemory memory(150 * 40);
  std::mt19937 random(5);
  const TestEngine small(tiny_weights(), config), large(tiny_weights(), config_of(SKIFF_CPU_ALL));
  for (const int32_t rotation : kRotations)
    for (const Layout layout : {Layout::kNv21, Layout::kRgb}) {
      skiff_frame frame = memory.make(layout, 150, 35, 0);
      fill_frame(frame, &random);
      frame.rotation_degrees = rotation;
      const auto run = [&](const TestEngine &engine) {
        return tensor_of(engine, [&](float *out) { return skiff_preprocess_frame(engine, &frame, out); });
      };
      CHECK(run(small) == run(large));
    }
}
