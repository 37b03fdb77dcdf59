// SPDX-License-Identifier: MIT
//
// Multi-class NMS against Paddle's: the same rows in the same order, bit for bit.
#include <cfloat>
#include <limits>

#include "engine/nms.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

NmsRecord record_of(const GoldenCase &c) {
  NmsRecord r = {};
  r.score_threshold = c.attr("score_threshold");
  r.nms_threshold = c.attr("nms_threshold");
  r.nms_eta = c.attr("nms_eta");
  r.nms_top_k = c.int_attr("nms_top_k");
  r.keep_top_k = c.int_attr("keep_top_k");
  r.background_label = c.int_attr("background_label");
  r.is_normalized = uint32_t(c.int_attr("normalized"));
  return r;
}

// Runs with exactly the memory that is asked for.
std::vector<Detection> run_nms(const NmsRecord &nms, const float *boxes, const float *scores, uint32_t count, uint32_t classes) {
  std::vector<Detection> kept(nms_kept_capacity(nms, count, classes));
  std::vector<int32_t> order(nms_order_capacity(nms, count, classes));
  const int32_t found = multiclass_nms(nms, boxes, scores, count, classes, {kept.data(), order.data()});
  REQUIRE(size_t(found) <= kept.size());
  kept.resize(size_t(found));
  return kept;
}

// A detection as a row of Paddle's output.
void append_row(const Detection &d, const float *boxes, std::vector<float> *rows) {
  const float *corners = boxes + size_t(d.box) * 4;
  rows->insert(rows->end(), {float(d.class_id), d.score, corners[0], corners[1], corners[2], corners[3]});
}

// Rows and absolute box indices of a whole batch, and how many rows each image has.
struct BatchRows {
  std::vector<float> rows;
  std::vector<int32_t> index;
  std::vector<size_t> offsets = {0};
};

BatchRows run_batch(const GoldenCase &c) {
  const Array<float> boxes = c.input("bboxes"), scores = c.input("scores");
  const uint32_t count = boxes.dim(1), classes = scores.dim(1);
  BatchRows out;
  for (uint32_t n = 0; n < boxes.dim(0); ++n) {
    const float *image_boxes = boxes.data() + size_t(n) * count * 4;
    for (const Detection &d : run_nms(record_of(c), image_boxes, scores.data() + size_t(n) * classes * count, count, classes)) {
      append_row(d, image_boxes, &out.rows);
      out.index.push_back(int32_t(n * count) + d.box);
    }
    out.offsets.push_back(out.index.size());
  }
  return out;
}

// Boxes that overlap a little more than half with their neighbours.
std::vector<float> row_of_boxes(uint32_t count) {
  std::vector<float> boxes;
  for (uint32_t i = 0; i < count; ++i) {
    const float x = float(i) * 0.01f;
    boxes.insert(boxes.end(), {x, 0.0f, x + 0.04f, 1.0f});
  }
  return boxes;
}

}  // namespace

TEST_CASE("every case: rows, order and ties") {
  for (const GoldenCase &c : golden_cases("multiclass_nms", 25)) {
    CAPTURE(c.name);
    const BatchRows found = run_batch(c);
    const Array<float> expected = c.output("out");
    if (expected.size() == 1) {  // Paddle's way to say that there is nothing
      CHECK(expected.values[0] == -1.0f);
      CHECK(found.rows.empty());
      continue;
    }
    CHECK(found.offsets == c.offsets("out"));
    REQUIRE(found.rows.size() == expected.size());
    check_equal(found.rows.data(), expected.data(), expected.size(), "rows");
  }
}

TEST_CASE("every case that multiclass_nms2 answered: box indices") {
  int cases = 0;
  for (const GoldenCase &c : golden_cases("multiclass_nms", 25)) {
    if (!c.has_output("index_nms2")) continue;
    CAPTURE(c.name);
    CHECK(run_batch(c).index == c.output<int32_t>("index_nms2").values);
    ++cases;
  }
  CHECK(cases == 23);
}

TEST_CASE("pixel boxes hold the pixel that they end in") {
  const float boxes[] = {0, 0, 0, 0, 0, 0, 1, 0};  // one pixel, and that one with its neighbour: IoU 1/2
  const float scores[] = {0.9f, 0.8f};
  NmsRecord nms = {0.01f, 0.5f, 1.0f, -1, -1, -1, 0, 0};
  CHECK(run_nms(nms, boxes, scores, 2, 1).size() == 2);
  nms.nms_threshold = 0.49f;
  CHECK(run_nms(nms, boxes, scores, 2, 1).size() == 1);
}

TEST_CASE("keep_best is the rule of keep_top_k applied afterwards") {
  for (const GoldenCase &c : golden_cases("multiclass_nms", 25)) {
    const Array<float> boxes = c.input("bboxes"), scores = c.input("scores");
    const uint32_t count = boxes.dim(1), classes = scores.dim(1);
    NmsRecord nms = record_of(c);
    const std::vector<Detection> cut = run_nms(nms, boxes.data(), scores.data(), count, classes);
    nms.keep_top_k = -1;
    std::vector<Detection> all = run_nms(nms, boxes.data(), scores.data(), count, classes);
    std::vector<int32_t> order(all.size());
    const int32_t left = keep_best(all.data(), int32_t(all.size()), int32_t(cut.size()), order.data());
    CAPTURE(c.name);
    REQUIRE(size_t(left) == cut.size());
    for (size_t i = 0; i < cut.size(); ++i) {
      CHECK(all[i].class_id == cut[i].class_id);
      CHECK(all[i].box == cut[i].box);
    }
  }
}

TEST_CASE("numbers that are none end in some answer") {
  constexpr uint32_t kBoxes = 64, kClasses = 3;
  const float kBad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity(), FLT_MAX, -FLT_MAX};
  const NmsRecord nms = {0.01f, 0.45f, 0.9f, -1, -1, 0, 1, 0};
  for (const float bad : kBad)
    for (uint32_t stride = 1; stride < 9; ++stride) {
      std::vector<float> boxes = row_of_boxes(kBoxes), scores(kBoxes * kClasses, 0.5f);
      for (size_t i = 0; i < boxes.size(); i += stride) boxes[i] = bad;
      for (size_t i = 0; i < scores.size(); i += stride + 1) scores[i] = bad;
      for (const Detection &d : run_nms(nms, boxes.data(), scores.data(), kBoxes, kClasses)) CHECK(d.score > nms.score_threshold);
    }
}
