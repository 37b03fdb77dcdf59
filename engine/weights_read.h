// SPDX-License-Identifier: MIT
//
// Checks a .skiff file in memory and gives typed access to it, in place.
#pragma once
#include "engine/graph.h"
#include "engine/skiff.h"

namespace skiff {

inline bool is_finite(float x) { return x - x == 0.0f; }

inline bool all_finite(const float *x, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    if (!is_finite(x[i])) return false;
  return true;
}

// A checked weights file. Everything points into the caller's bytes.
struct WeightsView {
  const uint8_t *bytes;
  uint64_t size;
  const FileHeader *header;
  const SectionEntry *sections;  // [kSectionCount], sections[id - 1]
  const ModelRecord *model;
  const LayerRecord *layers;  // [kLayerCount]
  const PriorRecord *priors;  // [kMapCount]
  const TextRecord *labels;   // class_count records from here on
  const char *origin;
  const char *feed_alias, *fetch_alias;  // "" where there is none
  const GoldenRecord *golden;
  const float *golden_loc;   // [prior_count][4]
  const float *golden_conf;  // [prior_count][class_count]
  LayerShape shapes[kLayerCount];
};

// Opens a file: checks its header and every field and size in it, reading only inside `size` bytes and allocating nothing. Does
// not verify the checksum, unless to tell damage from nonsense when a field is wrong. `bytes` must be aligned to
// kWeightsAlignment. On error `view` is unspecified and `*error` (may be null) says where and why.
skiff_status weights_open(const void *bytes, uint64_t size, WeightsView *view, skiff_weights_error *error);

// Verifies the checksum and that all parameters and golden tensors are finite, in one pass over the file.
skiff_status weights_verify(const WeightsView &view, skiff_weights_error *error);

// The checksum that belongs into the header of these bytes, whatever stands there now. `size` is at least sizeof(FileHeader).
uint64_t weights_checksum(const void *bytes, uint64_t size);

// A tensor of the file, by the offset that a LayerRecord holds.
inline const float *weights_floats(const WeightsView &view, uint64_t offset) {
  return reinterpret_cast<const float *>(view.bytes + offset);
}

// Floats of a layer's weights. Source: kernels/pack.h.
uint64_t layer_weight_elems(const LayerRecord &layer);

// Label of a class in [0, class_count).
const char *weights_label(const WeightsView &view, uint32_t class_id);

}  // namespace skiff
