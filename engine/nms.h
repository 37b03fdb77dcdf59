// SPDX-License-Identifier: MIT
//
// Multi-class non-maximum suppression. Source: Paddle multiclass_nms (operators/detection/multiclass_nms_op.cc, nms_util.h).
#pragma once
#include "engine/weights_format.h"

namespace skiff {

// A kept box: a class, the box's index and its score for that class.
struct Detection {
  int32_t class_id;
  int32_t box;
  float score;
};

// Memory for multiclass_nms.
struct NmsScratch {
  Detection *kept;  // [nms_kept_capacity]
  int32_t *order;   // [nms_order_capacity]
};

// Most detections that can be kept before keep_top_k cuts: classes times min(nms_top_k, boxes).
uint64_t nms_kept_capacity(const NmsRecord &nms, uint32_t boxes, uint32_t classes);

// Most indices that have to be sorted at once.
uint64_t nms_order_capacity(const NmsRecord &nms, uint32_t boxes, uint32_t classes);

// Suppresses. boxes f32 [box_count][4] corners; scores f32 [classes][box_count]. The kept detections are in scratch.kept, class
// ascending and score descending inside a class, ties by box index; the number of them is returned. Cut to nms.keep_top_k, ties
// at the cut in favour of the lower class, then of the better rank. No detection gives 0 (where Paddle's op writes one row
// holding -1). Cost: O(c n log n + c k m), c classes, n candidates, k kept and m examined per class.
int32_t multiclass_nms(const NmsRecord &nms, const float *boxes, const float *scores, uint32_t box_count, uint32_t classes,
                       const NmsScratch &scratch);

// Keeps the `limit` highest-scoring of `count` kept detections, in place and in the same order, by the rule of keep_top_k.
// Returns how many are left.
int32_t keep_best(Detection *kept, int32_t count, int32_t limit, int32_t *order);

}  // namespace skiff
