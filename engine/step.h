// SPDX-License-Identifier: MIT
//
// One step of the plan: the layers that run together, the kernels chosen for them and the arguments that they are called with.
//
// A step is cut into units that lanes take one after another; each lane has scratch memory of its own. The cut depends on the
// number of lanes, results do not.
#pragma once
#include "engine/tensor.h"
#include "engine/weights_read.h"
#include "kernels/kernels.h"

namespace skiff {

enum class StepKind : uint8_t {
  kStem,       // conv0, dw1, pw1 .. dw4, pw4, row by row, so that the largest activations never exist
  kSeparable,  // a depthwise layer and the pointwise one that reads it, by tiles of rows
  kPointwise,
  kConv3x3,
  kHead,
};

// The layers [first, last] that a step runs, and how.
struct StepSpan {
  StepKind kind;
  uint8_t first, last;
};

// Pairs of a depthwise and a pointwise layer in the stem.
constexpr int32_t kStemModules = 4;

constexpr uint32_t kStepCount = 28 - kStemModules;
extern const StepSpan kSteps[kStepCount];

// What one run of the network reads and writes beside the arena.
struct NetworkIo {
  const float *image;  // f32 [h][w][3]
  float *loc;          // f32 [priors][4]
  float *conf;         // f32 [priors][classes]
};

// Scatters a head's output. Source: multi_box_head: channel c of a loc head is prior c / 4, coordinate c % 4; of a conf head
// prior c / classes.
struct HeadSpan {
  int32_t loc_c, conf_c;          // channels
  int64_t loc_begin, conf_begin;  // of the map, in floats
};

struct Step {
  StepKind kind;
  const char *name;  // of the last layer
  Tensor in, out;    // the stem has no input tensor
  ConvImageFn conv_image;
  DepthwiseFn depthwise[kStemModules];
  PointwiseFn pointwise;
  ConvImageArgs image;             // stem
  DepthwiseArgs dw[kStemModules];  // of the stem's pairs; separable: [0]
  PointwiseArgs pw[kStemModules];
  int32_t dw_stride[kStemModules];
  HeadSpan head;
  int32_t stride;       // kConv3x3
  int32_t tile_rows;    // kSeparable
  int32_t whole_tiles;  // kSeparable: units before this one are tiles, the others are panels of the rows that are left
  int32_t units, lanes;
  const float *ahead;   // the next step's weights, fetched into the cache while this one computes
  int32_t ahead_lines;  // of 16 floats
};

// Fills a step: its layers' kernels and arguments for tensors `in` and `out`, its cut for `lanes` lanes. `zeros` holds a row of
// zeros.
void bind_step(const WeightsView &view, const KernelTable &kernels, uint32_t index, float *in, float *out, const float *zeros,
               int32_t lanes, Step *step);

// Floats of scratch that one lane needs for a step bound for `lanes` lanes.
uint64_t step_scratch_elems(const WeightsView &view, uint32_t index, int32_t lanes);

// Lets a matrix product of this step fetch part i of `parts` of what the next step will read.
void fetch_ahead(const Step &step, int32_t i, int32_t parts, PointwiseArgs *pw);

// Computes unit `unit` of [0, step.units). Units are independent.
void run_unit(const Step &step, const NetworkIo &io, int32_t unit, float *scratch);

// Part i of [0, count) cut into `parts` parts whose borders are multiples of `grain`: begin of part i, end of part i - 1.
// grains * i / parts in numbers of 32 bits, which every CPU divides by itself; there are at most 256 parts.
constexpr int32_t part_begin(int32_t count, int32_t grain, int32_t parts, int32_t i) {
  const int32_t grains = (count + grain - 1) / grain, begin = (grains / parts * i + grains % parts * i / parts) * grain;
  return begin < count ? begin : count;
}

}  // namespace skiff
