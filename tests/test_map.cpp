// SPDX-License-Identifier: MIT
//
// Mean average precision on cases small enough to count by hand.
#include <doctest/doctest.h>

#include "tools/skiff/map_coco.h"
#include "tools/skiff/map_voc.h"

using namespace skiff;
using doctest::Approx;

namespace {

constexpr int kDog = 1, kCat = 2;

// A column of the picture, from x_min to x_max, full height: overlaps are those of the intervals.
VocTruth object(int class_id, float x_min, float x_max, bool is_difficult = false) {
  return {class_id, is_difficult, x_min, 0, x_max, 1};
}
skiff_box found(int class_id, float score, float x_min, float x_max) { return {class_id, score, x_min, 0, x_max, 1}; }

VocResult one_picture(const std::vector<VocTruth> &truths, const std::vector<skiff_box> &detections) {
  VocMap map(3);
  map.add_picture(truths, detections);
  return map.result();
}

CocoTruth coco_object(double x, double width, bool is_crowd = false) { return {1, is_crowd, {x, 0, width, 10}}; }
CocoDetection coco_found(double score, double x, double width) { return {1, score, {x, 0, width, 10}}; }

CocoResult one_coco_picture(const std::vector<CocoTruth> &truths, const std::vector<CocoDetection> &detections) {
  CocoMap map(3);
  map.add_picture(truths, detections);
  return map.result();
}

}  // namespace

TEST_CASE("voc: a false detection between two found objects") {
  const VocResult r = one_picture({object(kDog, 0, 0.2f), object(kDog, 0.8f, 1)},
                                  {found(kDog, 0.7f, 0.8f, 1), found(kDog, 0.9f, 0, 0.2f), found(kDog, 0.8f, 0.4f, 0.6f)});
  const VocClassAp &dog = r.classes[kDog];
  CHECK(dog.objects == 2);
  CHECK(dog.detections == 3);
  CHECK(dog.ap_11point.value() == Approx((6 + 5 * 2 / 3.0) / 11));  // levels 0 to 0.5 at precision 1, the rest at 2/3
  CHECK(dog.ap_integral.value() == Approx(0.5 + 0.5 * 2 / 3.0));
  CHECK(r.map_11point == dog.ap_11point.value());
}

TEST_CASE("voc: detections are sorted over all pictures") {
  VocMap map(3);
  map.add_picture({object(kDog, 0, 1)}, {found(kDog, 0.3f, 0, 1)});
  map.add_picture({}, {found(kDog, 0.6f, 0, 1)});
  CHECK(map.result().classes[kDog].ap_integral.value() == Approx(0.5));
}

TEST_CASE("voc: an overlap of exactly one half is not enough") {
  CHECK(one_picture({object(kDog, 0, 0.5f)}, {found(kDog, 0.9f, 0, 0.25f)}).classes[kDog].ap_integral.value() == 0);
  CHECK(one_picture({object(kDog, 0, 0.5f)}, {found(kDog, 0.9f, 0, 0.2501f)}).classes[kDog].ap_integral.value() == 1);
}

TEST_CASE("voc: detections are clipped to the picture") {
  const VocResult r = one_picture({object(kDog, 0, 0.5f)}, {skiff_box{kDog, 0.9f, -3, -1, 0.5f, 7}});
  CHECK(r.classes[kDog].ap_integral.value() == 1);
}

TEST_CASE("voc: a second detection of an object is false, also where it overlaps another object well") {
  const std::vector<VocTruth> truths = {object(kDog, 0, 0.5f), object(kDog, 0.1f, 0.6f)};
  const VocResult r = one_picture(truths, {found(kDog, 0.9f, 0, 0.5f), found(kDog, 0.8f, 0.02f, 0.52f)});
  CHECK(r.classes[kDog].ap_integral.value() == Approx(0.5));
}

TEST_CASE("voc: a difficult object is neither asked for nor held against") {
  const VocResult r = one_picture({object(kDog, 0, 0.2f), object(kDog, 0.5f, 1, true)},
                                  {found(kDog, 0.9f, 0.5f, 1), found(kDog, 0.8f, 0.5f, 0.95f), found(kDog, 0.7f, 0, 0.2f)});
  CHECK(r.classes[kDog].objects == 1);
  CHECK(r.classes[kDog].detections == 1);
  CHECK(r.classes[kDog].ap_11point.value() == Approx(1));
}

TEST_CASE("voc: classes without objects or without detections are not in the mean") {
  const VocResult r = one_picture({object(kDog, 0, 1), object(kCat, 0, 1)}, {found(kDog, 0.9f, 0, 1), found(0, 0.8f, 0, 1)});
  CHECK(r.map_11point == Approx(1));
  CHECK_FALSE(r.classes[kCat].ap_11point.has_value());
  CHECK_FALSE(r.classes[0].ap_11point.has_value());
  const VocResult none = one_picture({object(kDog, 0, 1)}, {});
  CHECK(none.map_11point == 0);
}

TEST_CASE("voc: only difficult objects found leaves nothing to say") {
  CHECK_FALSE(one_picture({object(kDog, 0, 1), object(kDog, 0, 0.1f, true)}, {found(kDog, 0.9f, 0, 0.1f)})
                  .classes[kDog]
                  .ap_11point.has_value());
}

TEST_CASE("voc: recall levels are numpy's, 3 of 10 is short of the level 0.3 and 4 of 10 is not of 0.4") {
  VocMap three(3), four(3);
  for (int i = 0; i < 10; ++i) {
    const std::vector<skiff_box> hit = {found(kDog, 0.9f, 0, 1)};
    three.add_picture({object(kDog, 0, 1)}, i < 3 ? hit : std::vector<skiff_box>());
    four.add_picture({object(kDog, 0, 1)}, i < 4 ? hit : std::vector<skiff_box>());
  }
  CHECK(three.result().map_11point == Approx(3 / 11.0));
  CHECK(four.result().map_11point == Approx(5 / 11.0));
}

TEST_CASE("coco: one object, found exactly") {
  const CocoResult r = one_coco_picture({coco_object(0, 10)}, {coco_found(0.5, 0, 10)});
  CHECK(r.map_50 == Approx(1));
  CHECK(r.map_50_95 == Approx(1));
}

TEST_CASE("coco: an overlap of .72 is enough for five of ten thresholds") {
  const CocoResult r = one_coco_picture({coco_object(0, 100)}, {coco_found(0.5, 0, 72)});
  CHECK(r.map_50 == Approx(1));
  CHECK(r.map_50_95 == Approx(0.5));
}

TEST_CASE("coco: an overlap of exactly one half is enough") {
  CHECK(one_coco_picture({coco_object(0, 10)}, {coco_found(0.5, 0, 5)}).map_50 == Approx(1));
}

TEST_CASE("coco: half of the objects found reaches 51 of 101 levels") {
  CHECK(one_coco_picture({coco_object(0, 10), coco_object(50, 10)}, {coco_found(0.5, 0, 10)}).map_50 == Approx(51 / 101.0));
}

TEST_CASE("coco: a false detection in front halves the precision, one behind costs nothing") {
  const CocoDetection hit = coco_found(0.5, 0, 10);
  CHECK(one_coco_picture({coco_object(0, 10)}, {coco_found(0.9, 50, 10), hit}).map_50 == Approx(0.5));
  CHECK(one_coco_picture({coco_object(0, 10)}, {coco_found(0.1, 50, 10), hit}).map_50 == Approx(1));
}

TEST_CASE("coco: detections in a crowd count nothing, however many; objects go first") {
  const std::vector<CocoTruth> truths = {coco_object(0, 100, true), coco_object(0, 10)};
  const CocoResult r = one_coco_picture(truths, {coco_found(0.9, 20, 10), coco_found(0.8, 40, 10), coco_found(0.7, 0, 10)});
  CHECK(r.classes[1].objects == 1);
  CHECK(r.map_50_95 == Approx(1));
}

TEST_CASE("coco: a class without detections is in the mean, one without objects is not") {
  CocoMap map(3);
  map.add_picture({coco_object(0, 10), {2, false, {0, 0, 5, 5}}}, {coco_found(0.5, 0, 10), {0, 0.9, {0, 0, 5, 5}}});
  const CocoResult r = map.result();
  CHECK(r.map_50 == Approx(0.5));
  CHECK(r.classes[2].ap_50.value() == 0);
  CHECK_FALSE(r.classes[0].ap_50.has_value());
}

TEST_CASE("coco: the 101st detection of a picture is not looked at") {
  std::vector<CocoDetection> detections(100, coco_found(0.9, 50, 10));
  detections.push_back(coco_found(0.5, 0, 10));
  const CocoResult r = one_coco_picture({coco_object(0, 10)}, detections);
  CHECK(r.map_50 == 0);
  CHECK(r.classes[1].detections == 100);
}
