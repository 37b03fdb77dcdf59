// SPDX-License-Identifier: MIT
//
// Layout of a .skiff weights file.
//
// A file is one header, a table of six sections and the sections themselves:
//
//     FileHeader     64 bytes: magic, version, sizes, checksum
//     SectionEntry   6 x 32 bytes, in the order of SectionId
//     MODEL          one ModelRecord: input size, preprocessing recipe, classes, NMS attributes
//     LAYERS         kLayerCount LayerRecords, in the order of engine/graph.cpp
//     PRIORS         kMapCount PriorRecords, one per feature map
//     TEXT           TextRecords back to back: labels (in class order), origin, Paddle Serving's alias names
//     PARAMETERS     f32 panels and biases, where the LayerRecords point
//     GOLDEN         one GoldenRecord, then loc f32[prior_count][4] and conf f32[prior_count][class_count]
//
// Everything is little-endian. Sections follow each other in table order, each begins at the next multiple of 64 bytes, the gaps
// are zero, and the last one ends where the file ends. Files are used in place: parameters are stored in the layout that the
// kernels read (kernels/pack.h), each tensor aligned to 64 bytes, the same for every instruction set.
//
// The checksum (checksum.h) covers the whole file with its own field taken as zero. A reader checks magic, version, sizes and
// checksum before it uses anything else, and then every field against the ranges given here: a correct checksum proves only that
// the file is as its writer left it, not that the writer meant well. Unknown versions, sections and flags are errors.
//
// The golden input is not stored: it is golden_input(seed, ...) of golden.h, so that a target without a file system can make it.
#pragma once
#include <stdint.h>

#include "kernels/pack.h"

namespace skiff {

constexpr char kWeightsMagic[8] = {'S', 'K',  'I',  'F',
                                   'F', '\r', '\n', 0x1a};  // \r\n and ^Z: damage by text-mode transfers shows
constexpr uint32_t kWeightsVersion = 1;
constexpr uint32_t kWeightsAlignment = 64;

constexpr uint32_t kLayerCount = 41;  // conv0, 13 x (depthwise, pointwise), 4 x (1x1, 3x3), 6 heads
constexpr uint32_t kMapCount = 6;     // feature maps with heads

// Ranges that a reader enforces. They bound memory and keep every product far inside 64 bits.
constexpr uint32_t kMinInputPx = 8, kMaxInputPx = 2048;
constexpr uint32_t kMaxChannels = 8192;
constexpr uint32_t kMaxClasses = 4096;
constexpr uint32_t kMaxPriorSizes = 8;  // min_sizes, max_sizes, aspect_ratios per map
constexpr uint32_t kMaxPriorsPerCell = 64;
constexpr uint32_t kMaxTextBytes = 1024;  // of one text, terminator included

enum class SectionId : uint32_t { kModel = 1, kLayers = 2, kPriors = 3, kText = 4, kParameters = 5, kGolden = 6 };
constexpr uint32_t kSectionCount = 6;

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;  // sizeof(FileHeader)
  uint64_t file_bytes;
  uint64_t checksum;
  uint32_t section_count;
  uint32_t flags;  // 0
  uint8_t reserved[24];
};
static_assert(sizeof(FileHeader) == 64, "part of the format");
constexpr uint32_t kChecksumOffset = 24;

struct SectionEntry {
  uint32_t id;      // SectionId
  uint32_t flags;   // 0
  uint64_t offset;  // from the file's start, multiple of 64
  uint64_t bytes;
  uint64_t reserved;
};
static_assert(sizeof(SectionEntry) == 32, "part of the format");

// How an image is brought to the input size. The u8 results are those of the named library, byte for byte.
enum class ResizeRule : uint32_t {
  kPillowLanczos = 1,   // Pillow's Image.resize(LANCZOS), antialiased
  kPillowBilinear = 2,  // Pillow's Image.resize(BILINEAR), antialiased
  kCvBilinear = 3,      // OpenCV's resize(INTER_LINEAR), 2x2 taps; Android's filtered scaling samples the same points
};

// Channel order of the network's input tensor.
enum class ChannelOrder : uint32_t { kRgb = 1, kBgr = 2 };

// Input value of channel c (in the tensor's order) from byte x, in f32: (x / pixel_divisor - mean[c]) * scale[c].
struct Recipe {
  char name[24];           // zero-terminated, e.g. "paddle-voc"
  uint32_t resize_rule;    // ResizeRule
  uint32_t channel_order;  // ChannelOrder
  float pixel_divisor;     // > 0
  float mean[3];
  float scale[3];
  uint32_t reserved;
};
static_assert(sizeof(Recipe) == 64, "part of the format");

// Attributes of Paddle's multiclass_nms.
struct NmsRecord {
  float score_threshold;
  float nms_threshold;
  float nms_eta;
  int32_t nms_top_k;         // -1 = all
  int32_t keep_top_k;        // -1 = all
  int32_t background_label;  // -1 = none
  uint32_t is_normalized;    // 0 or 1
  uint32_t reserved;
};
static_assert(sizeof(NmsRecord) == 32, "part of the format");

struct ModelRecord {
  uint32_t input_h, input_w;  // [kMinInputPx, kMaxInputPx]
  uint32_t class_count;       // [1, kMaxClasses], background included
  uint32_t prior_count;       // what the PriorRecords and map sizes give
  Recipe recipe;
  NmsRecord nms;
  uint8_t reserved[16];
};
static_assert(sizeof(ModelRecord) == 128, "part of the format");

enum class LayerOp : uint32_t {
  kConvImage = 1,  // full 3x3, pad 1, stride 2, on the input's 3 channels
  kDepthwise = 2,  // depthwise 3x3, pad 1
  kPointwise = 3,  // 1x1
  kHead = 4,       // 1x1, no activation: loc channels first, then conf channels
  kConv3x3 = 5,    // full 3x3, pad 1, stride 2
};

// One convolution with its batch norm folded in and its bias and activation: y = min(max(conv(x) + bias, 0), act_max); heads have
// no activation (act_max 0). Offsets count from the file's start, are multiples of 64 and lie inside PARAMETERS; sizes follow
// from the channels (kernels/pack.h).
struct LayerRecord {
  uint32_t op;      // LayerOp
  uint32_t stride;  // 1 or 2
  uint32_t in_c, out_c;
  uint32_t loc_c;  // heads: channels of out_c that are loc; otherwise 0
  float act_max;   // 6 for relu6, FLT_MAX for relu, 0 for heads
  uint64_t weights_offset;
  uint64_t bias_offset;  // round_up(out_c, kPanelWidth) floats, zero-padded
  uint8_t reserved[24];
};
static_assert(sizeof(LayerRecord) == 64, "part of the format");

// Attributes of Paddle's prior_box for one feature map.
struct PriorRecord {
  uint32_t min_size_count, max_size_count, aspect_ratio_count;
  uint32_t flip, clip, min_max_aspect_ratios_order;  // 0 or 1
  float step_w, step_h;                              // 0 = image size / map size
  float offset;
  float variances[4];
  float min_sizes[kMaxPriorSizes], max_sizes[kMaxPriorSizes], aspect_ratios[kMaxPriorSizes];
  uint8_t reserved[44];
};
static_assert(sizeof(PriorRecord) == 192, "part of the format");

enum class TextKind : uint32_t {
  kLabel = 1,       // class_count of them, in class order
  kOrigin = 2,      // one: what was converted
  kFeedAlias = 3,   // at most one: Paddle Serving's name of the input
  kFetchAlias = 4,  // at most one: Paddle Serving's name of the detections
};

// Followed by `bytes` bytes of UTF-8 with a terminating zero, then zeros up to the next multiple of 8.
struct TextRecord {
  uint32_t kind;   // TextKind
  uint32_t bytes;  // terminator included, [1, kMaxTextBytes]
};
static_assert(sizeof(TextRecord) == 8, "part of the format");

struct GoldenRecord {
  uint64_t seed;
  uint32_t loc_elems, conf_elems;
  uint8_t reserved[48];
};
static_assert(sizeof(GoldenRecord) == 64, "part of the format");

}  // namespace skiff
