// SPDX-License-Identifier: MIT
//
// Softmax, decode and NMS one after the other, as after the network, against Paddle's detection_output.
#include "engine/decode.h"
#include "engine/nms.h"
#include "kernels/kernels.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

TEST_CASE("a batch of two, row by row") {
  const GoldenCase c = golden_cases("detection_output", 1)[0];
  const Array<float> priors = c.input("prior_box"), variances = c.input("prior_box_var"), loc = c.input("loc"),
                     conf = c.input("conf"), decoded = c.output("decoded"), expected = c.output("out");
  const uint32_t count = conf.dim(1), classes = conf.dim(2);
  const NmsRecord nms = {c.attr("score_threshold"),
                         c.attr("nms_threshold"),
                         c.attr("nms_eta"),
                         c.int_attr("nms_top_k"),
                         c.int_attr("keep_top_k"),
                         c.int_attr("background_label"),
                         1,
                         0};
  std::vector<float> scores(conf.size() / conf.dim(0)), boxes(loc.size() / loc.dim(0)), rows;
  std::vector<Detection> kept(nms_kept_capacity(nms, count, classes));
  std::vector<int32_t> order(nms_order_capacity(nms, count, classes));
  std::vector<size_t> offsets = {0};
  for (size_t n = 0; n < conf.dim(0); ++n) {
    const SoftmaxArgs softmax = {conf.data() + n * scores.size(), scores.data(), int32_t(count), int32_t(classes)};
    kTableRef.softmax(&softmax);
    decode_center_size(loc.data() + n * boxes.size(), priors.data(), variances.data(), true, count, boxes.data());
    check_close(boxes.data(), decoded.data() + n * boxes.size(), boxes.size(), "decoded");
    const int32_t found = multiclass_nms(nms, boxes.data(), scores.data(), count, classes, {kept.data(), order.data()});
    for (int32_t i = 0; i < found; ++i) {
      const float *corners = &boxes[size_t(kept[size_t(i)].box) * 4];
      rows.insert(rows.end(), {float(kept[size_t(i)].class_id), kept[size_t(i)].score});
      rows.insert(rows.end(), corners, corners + 4);
    }
    offsets.push_back(rows.size() / 6);
  }
  CHECK(offsets == c.offsets("out"));
  REQUIRE(rows.size() == expected.size());
  check_close(rows.data(), expected.data(), rows.size(), "rows");
  for (size_t i = 0; i < rows.size(); i += 6) CHECK(rows[i] == expected.values[i]);  // classes exactly
}
