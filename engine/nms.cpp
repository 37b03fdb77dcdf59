// SPDX-License-Identifier: MIT
//
// Paddle sorts stably by score; here the box index is part of the order, which is the same and needs no scratch. All comparisons
// are in f32, and the suppressing test is "not <=", so that a NaN overlap (two boxes without area) suppresses as it does there.
#include "engine/nms.h"

#include "engine/sort.h"

namespace skiff {
namespace {

// Area of a box; inverted boxes have none.
float box_area(const float *b, float one) {
  if (b[2] < b[0] || b[3] < b[1]) return 0.0f;
  return (b[2] - b[0] + one) * (b[3] - b[1] + one);
}

// Intersection over union. Touching edges count as an intersection of no area; `one` is 1 for pixel boxes, 0 for normalised ones.
float box_iou(const float *a, const float *b, float one) {
  if (b[0] > a[2] || b[2] < a[0] || b[1] > a[3] || b[3] < a[1]) return 0.0f;
  const float x_min = a[0] > b[0] ? a[0] : b[0], y_min = a[1] > b[1] ? a[1] : b[1];
  const float x_max = a[2] < b[2] ? a[2] : b[2], y_max = a[3] < b[3] ? a[3] : b[3];
  const float intersection = (x_max - x_min + one) * (y_max - y_min + one);
  return intersection / (box_area(a, one) + box_area(b, one) - intersection);
}

// Indices of the boxes whose score is above the threshold, best first, at most top_k of them (-1 = all). Returns how many.
int32_t select_candidates(const float *scores, uint32_t count, float threshold, int32_t top_k, int32_t *order) {
  int32_t candidates = 0;
  for (uint32_t i = 0; i < count; ++i)
    if (scores[i] > threshold) order[candidates++] = int32_t(i);
  heap_sort(order, candidates, [scores](int32_t a, int32_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  return top_k > -1 && top_k < candidates ? top_k : candidates;
}

// Whether a candidate overlaps every kept box of its class by no more than the threshold.
bool is_clear(const float *boxes, int32_t box, const Detection *kept, int32_t count, float threshold, float one) {
  for (int32_t i = 0; i < count; ++i)
    if (!(box_iou(boxes + int64_t(box) * 4, boxes + int64_t(kept[i].box) * 4, one) <= threshold)) return false;
  return true;
}

// One class; appends to `kept` and returns how many.
int32_t suppress_class(const NmsRecord &nms, const float *boxes, const float *scores, uint32_t box_count, int32_t class_id,
                       int32_t *order, Detection *kept) {
  const float one = nms.is_normalized ? 0.0f : 1.0f;
  const int32_t candidates = select_candidates(scores, box_count, nms.score_threshold, nms.nms_top_k, order);
  float threshold = nms.nms_threshold;
  int32_t count = 0;
  for (int32_t i = 0; i < candidates; ++i) {
    if (!is_clear(boxes, order[i], kept, count, threshold, one)) continue;
    kept[count++] = {class_id, order[i], scores[order[i]]};
    if (nms.nms_eta < 1.0f && threshold > 0.5f) threshold *= nms.nms_eta;
  }
  return count;
}

}  // namespace

uint64_t nms_kept_capacity(const NmsRecord &nms, uint32_t boxes, uint32_t classes) {
  const uint64_t per_class = nms.nms_top_k > -1 && uint32_t(nms.nms_top_k) < boxes ? uint32_t(nms.nms_top_k) : boxes;
  return per_class * classes;
}

uint64_t nms_order_capacity(const NmsRecord &nms, uint32_t boxes, uint32_t classes) {
  const uint64_t kept = nms_kept_capacity(nms, boxes, classes);
  return kept > boxes ? kept : boxes;
}

int32_t keep_best(Detection *kept, int32_t count, int32_t limit, int32_t *order) {
  if (count <= limit) return count;
  for (int32_t i = 0; i < count; ++i) order[i] = i;
  heap_sort(order, count,
            [kept](int32_t a, int32_t b) { return kept[a].score != kept[b].score ? kept[a].score > kept[b].score : a < b; });
  heap_sort(order, limit, [](int32_t a, int32_t b) { return a < b; });
  for (int32_t i = 0; i < limit; ++i) kept[i] = kept[order[i]];  // order[i] >= i: nothing is overwritten before it is read
  return limit;
}

int32_t multiclass_nms(const NmsRecord &nms, const float *boxes, const float *scores, uint32_t box_count, uint32_t classes,
                       const NmsScratch &scratch) {
  int32_t count = 0;
  for (uint32_t c = 0; c < classes; ++c) {
    if (int32_t(c) == nms.background_label) continue;
    count +=
        suppress_class(nms, boxes, scores + uint64_t(c) * box_count, box_count, int32_t(c), scratch.order, scratch.kept + count);
  }
  return nms.keep_top_k > -1 ? keep_best(scratch.kept, count, nms.keep_top_k, scratch.order) : count;
}

}  // namespace skiff
