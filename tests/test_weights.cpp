// SPDX-License-Identifier: MIT
//
// Weights files from anybody: every field that is wrong has its status, its offset and its reason, and no bytes whatsoever make
// the reader read past their end, which is a page that faults.
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <functional>
#include <random>

#include "engine/weights_read.h"
#include "tests/support/engine.h"
#include "tests/support/seed.h"

using namespace skiff;
using namespace skiff::test;

namespace {

constexpr size_t kWeightsAlign = SKIFF_MEMORY_ALIGNMENT;
constexpr int kMutations = 100000;

// A file to be changed, with its records.
struct Records {
  std::vector<uint8_t> file = smallest_weights();
  FileHeader *header;
  SectionEntry *sections;
  ModelRecord *model;
  LayerRecord *layers;
  PriorRecord *priors;
  uint8_t *text;
  uint64_t text_bytes;
  GoldenRecord *golden;
  float *golden_loc;

  Records() {
    header = at<FileHeader>(0);
    sections = at<SectionEntry>(sizeof(FileHeader));
    model = section<ModelRecord>(SectionId::kModel);
    layers = section<LayerRecord>(SectionId::kLayers);
    priors = section<PriorRecord>(SectionId::kPriors);
    text = section<uint8_t>(SectionId::kText);
    text_bytes = sections[uint32_t(SectionId::kText) - 1].bytes;
    golden = section<GoldenRecord>(SectionId::kGolden);
    golden_loc = reinterpret_cast<float *>(golden + 1);
  }
  Records(Records &&) = default;  // the bytes stay where they are
  Records &operator=(Records &&) = default;

  template <typename T>
  T *at(uint64_t offset) {
    return reinterpret_cast<T *>(file.data() + offset);
  }
  template <typename T>
  T *section(SectionId id) {
    return at<T>(sections[uint32_t(id) - 1].offset);
  }
  uint64_t offset(const void *where) const { return uint64_t(static_cast<const uint8_t *>(where) - file.data()); }
};

struct Outcome {
  skiff_status status;
  skiff_weights_error error;
};

Outcome open_and_verify(const std::vector<uint8_t> &file) {
  const AlignedBytes bytes(file);
  WeightsView view;
  Outcome out = {SKIFF_OK, {0, nullptr}};
  out.status = weights_open(bytes.data(), bytes.size(), &view, &out.error);
  if (out.status == SKIFF_OK) out.status = weights_verify(view, &out.error);
  return out;
}

using Change = std::function<const void *(Records &)>;  // returns where the error is to be reported

struct Refusal {
  const char *reason;
  Change change;
};

// The offset that an error names is that of the field; for checks over several fields that of the first of them.
#define SET(field, value) [](Records &r) -> const void * { return r.field = (value), &r.field; }
#define SET_AT(field, value, where) [](Records &r) -> const void * { return r.field = (value), &r.where; }

const Refusal kRefusals[] = {
    {"header size", SET(header->header_bytes, 65)},
    {"section count", SET(header->section_count, 7)},
    {"unknown flags", SET(header->flags, 1)},
    {"order of their ids", SET(sections[2].id, 2)},
    {"section flags", SET(sections[0].flags, 4)},
    {"section flags", SET_AT(sections[0].reserved, 1, sections[0].flags)},
    {"does not follow", SET(sections[1].offset, 0)},
    {"does not follow", SET(sections[4].offset, r.sections[4].offset + 64)},
    {"past the end", SET(sections[5].bytes, ~uint64_t(0))},
    {"past the end", SET(sections[5].bytes, r.sections[5].bytes + 1)},
    {"after the last section", SET(sections[5].bytes, r.sections[5].bytes - 4)},
    {"input size", SET_AT(model->input_h, 7, model->input_h)},
    {"input size", SET_AT(model->input_w, 2049, model->input_h)},
    {"class count", SET(model->class_count, 0)},
    {"class count", SET(model->class_count, 4097)},
    {"prior count", SET(model->prior_count, 1)},
    {"recipe name", [](Records &r) -> const void * { return memset(r.model->recipe.name, 'x', 24); }},
    {"resize rule", SET(model->recipe.resize_rule, 0)},
    {"resize rule", SET(model->recipe.resize_rule, 4)},
    {"channel order", SET(model->recipe.channel_order, 3)},
    {"pixel divisor", SET(model->recipe.pixel_divisor, 0.0f)},
    {"pixel divisor", SET(model->recipe.pixel_divisor, INFINITY)},
    {"mean or scale", SET_AT(model->recipe.mean[2], NAN, model->recipe.mean[0])},
    {"mean or scale", SET_AT(model->recipe.scale[0], INFINITY, model->recipe.mean[0])},
    {"NMS threshold", SET_AT(model->nms.nms_threshold, NAN, model->nms.score_threshold)},
    {"nms_eta", SET(model->nms.nms_eta, 0.0f)},
    {"below -1", SET(model->nms.nms_top_k, -2)},
    {"below -1", SET_AT(model->nms.keep_top_k, INT32_MIN, model->nms.nms_top_k)},
    {"background label", SET(model->nms.background_label, 5)},
    {"background label", SET(model->nms.background_label, -2)},
    {"is_normalized", SET(model->nms.is_normalized, 2)},
    {"number of prior sizes", SET(priors[3].min_size_count, 0)},
    {"number of prior sizes", SET(priors[3].min_size_count, 9)},
    {"number of prior sizes", SET_AT(priors[3].aspect_ratio_count, 9, priors[3])},
    {"as many max_sizes", SET(priors[1].max_size_count, 2)},
    {"prior flag", SET(priors[0].flip, 2)},
    {"prior flag", SET_AT(priors[0].clip, 0xFFFFFFFF, priors[0].flip)},
    {"prior step", SET(priors[5].step_w, -1.0f)},
    {"prior step", SET_AT(priors[5].offset, NAN, priors[5].step_w)},
    {"variance", SET_AT(priors[2].variances[3], INFINITY, priors[2].variances[0])},
    {"prior size or aspect ratio", SET(priors[2].min_sizes[0], 0.0f)},
    {"prior size or aspect ratio", SET_AT(priors[2].aspect_ratios[1], NAN, priors[2].min_sizes[0])},
    {"network has here", SET(layers[0].op, 2)},
    {"network has here", SET(layers[7].op, 99)},
    {"network has here", SET(layers[3].stride, 1)},
    {"input channels", SET(layers[0].in_c, 4)},
    {"input channels", SET(layers[9].in_c, r.layers[9].in_c + 1)},
    {"output channels", SET(layers[2].out_c, 0)},
    {"output channels", SET(layers[2].out_c, 8193)},
    {"changes the channels", SET(layers[1].out_c, r.layers[1].out_c + 1)},
    {"head channels", SET(layers[40].out_c, r.layers[40].out_c + 1)},
    {"head channels", SET_AT(layers[36].loc_c, 4, layers[36].out_c)},
    {"outside a head", SET(layers[4].loc_c, 4)},
    {"activation limit", SET(layers[4].act_max, 0.0f)},
    {"activation limit", SET(layers[4].act_max, INFINITY)},
    {"activation limit", SET(layers[37].act_max, 6.0f)},
    {"weights do not lie", SET(layers[5].weights_offset, r.layers[5].weights_offset + 4)},
    {"weights do not lie", SET(layers[5].weights_offset, 64)},
    {"weights do not lie", SET(layers[5].weights_offset, ~uint64_t(63))},
    {"weights do not lie", SET(layers[34].weights_offset, r.sections[5].offset - 64)},
    {"bias does not lie", SET(layers[5].bias_offset, r.sections[5].offset)},
    {"bias does not lie", SET(layers[5].bias_offset, 0)},
    {"unknown kind of text", SET_AT(text[0], 9, text[0])},
    {"text length", SET_AT(text[4], 0, text[4])},
    {"text length", SET_AT(text[7], 1, text[4])},
    {"not terminated", SET_AT(text[9], 'x', text[0])},
    {"GOLDEN section", SET_AT(model->class_count, 5, sections[5].bytes)},
    {"golden tensors", SET_AT(golden->conf_elems, 0, golden[0])},
};

bool is_known(skiff_status status) { return status >= SKIFF_OK && status <= SKIFF_ERR_WEIGHTS_NOT_FINITE; }

// Values that lie at the edges of fields.
uint32_t interesting(std::mt19937_64 *random) {
  constexpr uint32_t kValues[] = {0,          1,          2,          3,          4,          5,          7,
                                  8,          9,          15,         16,         17,         63,         64,
                                  65,         127,        128,        255,        256,        1024,       2048,
                                  4096,       8192,       8193,       65535,      65536,      0x7FFFFFFF, 0x80000000,
                                  0xFFFFFFFF, 0xFFFFFFC0, 0x7F800000, 0x7FC00000, 0x3F800000, 0x00800000, 0x7F7FFFFF};
  return kValues[(*random)() % (sizeof kValues / sizeof kValues[0])];
}

// One to three changes, most of them before the parameters, where the fields are.
std::vector<uint8_t> mutated(const std::vector<uint8_t> &original, uint64_t fields_end, std::mt19937_64 *random) {
  std::vector<uint8_t> file = original;
  for (uint64_t changes = 1 + (*random)() % 3; changes > 0; --changes) {
    const uint64_t end = (*random)() % 8 == 0 ? file.size() : fields_end;
    const uint64_t at = (*random)() % (end - 8), word = at / 4 * 4;
    const uint32_t value = interesting(random);
    uint32_t old;
    switch ((*random)() % 6) {
      case 0:
        file[at] ^= uint8_t(1u << ((*random)() % 8));
        break;
      case 1:
        file[at] = uint8_t((*random)());
        break;
      case 2:
      case 3:
        memcpy(&file[word], &value, sizeof value);
        break;
      case 4:  // one more or less
        memcpy(&old, &file[word], sizeof old);
        old += (*random)() % 2 == 0 ? 1 : 0xFFFFFFFF;
        memcpy(&file[word], &old, sizeof old);
        break;
      default:
        memmove(&file[word], &file[(*random)() % fields_end / 4 * 4], 4);
    }
  }
  return file;
}

// What skiff does with a file that a tool has mapped: sizes, makes an engine, detects.
class Victim {
 public:
  Victim() : pages_(smallest_weights().size()) {
    config_.max_width_px = config_.max_height_px = 64;
    config_.weights_error = &error_;
  }

  skiff_status init(const std::vector<uint8_t> &file, bool is_run_wanted) {
    const uint8_t *weights = pages_.place(file, kWeightsAlign);
    size_t bytes = 0;
    error_ = {0, nullptr};
    skiff_status status = skiff_memory_required(weights, file.size(), &config_, &bytes);
    if (status == SKIFF_OK && bytes > kMaxMemoryBytes) return SKIFF_ERR_MEMORY_TOO_SMALL;  // as with memory of that size
    if (status == SKIFF_OK) {
      if (memory_ == nullptr || memory_->size() < bytes) memory_ = std::make_unique<AlignedBytes>(bytes);
      skiff_engine *engine = nullptr;
      status = skiff_init(weights, file.size(), &config_, memory_->data(), bytes, &engine);
      if (status == SKIFF_OK && is_run_wanted) run(engine);
    }
    if (status >= SKIFF_ERR_WEIGHTS_MAGIC && (error_.reason == nullptr || error_.offset > file.size())) return skiff_status(-1);
    return status;
  }

 private:
  static constexpr size_t kMaxMemoryBytes = 64 << 20;

  void run(skiff_engine *engine) {
    const uint8_t pixels[12] = {0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const skiff_image image = {pixels, 2, 2, 6, SKIFF_PIXEL_RGB};
    skiff_box boxes[8];
    int32_t count = -1;
    CHECK(skiff_detect(engine, &image, boxes, 8, &count) == SKIFF_OK);
    CHECK(count >= 0);
    skiff_info info;
    CHECK(skiff_get_info(engine, &info) == SKIFF_OK);
    CHECK(skiff_label(engine, info.class_count - 1) != nullptr);
    const skiff_status selftest = skiff_selftest(engine, nullptr);
    CHECK((selftest == SKIFF_OK || selftest == SKIFF_ERR_SELFTEST));
  }

  GuardedPages pages_;
  std::unique_ptr<AlignedBytes> memory_;
  skiff_config config_ = default_config();
  skiff_weights_error error_ = {0, nullptr};
};

}  // namespace

TEST_CASE("a whole file opens, on whatever lies behind it") {
  GuardedPages pages(smallest_weights().size());
  WeightsView view;
  const uint8_t *bytes = pages.place(smallest_weights(), kWeightsAlign);
  REQUIRE(weights_open(bytes, smallest_weights().size(), &view, nullptr) == SKIFF_OK);
  CHECK(weights_verify(view, nullptr) == SKIFF_OK);
  CHECK(view.header->checksum == weights_checksum(bytes, smallest_weights().size()));
}

TEST_CASE("every wrong field is refused with its place and its reason") {
  for (const Refusal &refusal : kRefusals) {
    CAPTURE(refusal.reason);
    Records r;
    // The one case that changes nothing by itself: the section's size is wrong although it fits the file.
    if (std::string(refusal.reason) == "GOLDEN section") {
      r.file.resize(r.file.size() - 4);
      r.header->file_bytes -= 4;
      r.sections[5].bytes -= 4;
    }
    const uint64_t offset = r.offset(refusal.change(r));
    const Outcome damaged = open_and_verify(r.file);
    CHECK(damaged.status == SKIFF_ERR_WEIGHTS_CHECKSUM);  // before it is sealed again, it is damage
    paddle::reseal_weights(&r.file);
    const Outcome found = open_and_verify(r.file);
    CHECK(found.status == SKIFF_ERR_WEIGHTS_INVALID);
    REQUIRE(found.error.reason != nullptr);
    CHECK(std::string(found.error.reason).find(refusal.reason) != std::string::npos);
    CHECK(found.error.offset == offset);
  }
}

TEST_CASE("magic, version and size come before the checksum") {
  Records r;
  r.header->magic[4] = '\n';  // what a text-mode transfer makes of \r\n
  CHECK(open_and_verify(r.file).status == SKIFF_ERR_WEIGHTS_MAGIC);
  r = Records();
  r.header->version = 2;
  CHECK(open_and_verify(r.file).status == SKIFF_ERR_WEIGHTS_VERSION);
  std::vector<uint8_t> longer = smallest_weights();
  longer.push_back(0);
  CHECK(open_and_verify(longer).status == SKIFF_ERR_WEIGHTS_TRUNCATED);
}

TEST_CASE("labels are counted") {
  Records r;
  TextRecord *first = reinterpret_cast<TextRecord *>(r.text);
  first->kind = uint32_t(TextKind::kOrigin);
  paddle::reseal_weights(&r.file);
  CHECK(std::string(open_and_verify(r.file).error.reason) == "fewer labels than classes");
  Records s;
  uint64_t at = 0;
  for (int i = 0; i < 5; ++i) at += sizeof(TextRecord) + round_up(reinterpret_cast<TextRecord *>(s.text + at)->bytes, 8);
  reinterpret_cast<TextRecord *>(s.text + at)->kind = uint32_t(TextKind::kLabel);  // the origin
  paddle::reseal_weights(&s.file);
  CHECK(std::string(open_and_verify(s.file).error.reason) == "more labels than classes");
}

TEST_CASE("numbers that are none are found, and where") {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    Records r;
    float *const places[] = {r.at<float>(r.layers[0].weights_offset), r.at<float>(r.layers[40].bias_offset), r.golden_loc,
                             r.at<float>(r.file.size() - 4)};
    for (float *place : places) {
      Records clean;
      clean.golden->seed = ~uint64_t(0);  // looks like two NaNs and is none
      *clean.at<float>(r.offset(place)) = bad;
      paddle::reseal_weights(&clean.file);
      const Outcome found = open_and_verify(clean.file);
      CHECK(found.status == SKIFF_ERR_WEIGHTS_NOT_FINITE);
      CHECK(found.error.offset == r.offset(place));
    }
  }
}

TEST_CASE("a change of any byte breaks the checksum") {
  std::vector<uint8_t> file = smallest_weights();
  const AlignedBytes bytes(file);
  int unnoticed = 0;
  for (size_t at = 0; at < file.size(); at += at < 16384 ? 1 : 97) {
    bytes.data()[at] ^= 0x10;
    WeightsView view;
    unnoticed +=
        weights_open(bytes.data(), bytes.size(), &view, nullptr) == SKIFF_OK && weights_verify(view, nullptr) == SKIFF_OK;
    bytes.data()[at] ^= 0x10;
  }
  CHECK(unnoticed == 0);
}

TEST_CASE("two changes of one bit do not cancel out") {
  const Records original;
  const uint64_t at = original.layers[2].weights_offset;
  int unnoticed = 0;
  for (uint64_t bit = 0; bit < 64; ++bit)
    for (const uint64_t distance : {8, 64, 128, 640, 4096}) {  // 64: the next word of the same lane
      Records r;
      for (const uint64_t word : {at, at + distance}) *r.at<uint64_t>(word) ^= uint64_t(1) << bit;
      unnoticed += weights_checksum(r.file.data(), r.file.size()) == original.header->checksum;
    }
  CHECK(unnoticed == 0);
}

TEST_CASE("truncated at every byte") {
  const std::vector<uint8_t> &file = smallest_weights();
  GuardedPages pages(file.size());
  const skiff_config config = default_config();
  int wrong = 0;
  for (size_t size = 0; size < file.size(); ++size) {
    uint8_t *bytes = pages.place(size, kWeightsAlign);
    memcpy(bytes, file.data(), std::min(size, size_t(16384)));  // what the reader may look at before it knows the size
    size_t required = 0;
    const skiff_status status = skiff_memory_required(bytes, size, &config, &required);
    wrong += status != (size < sizeof kWeightsMagic ? SKIFF_ERR_WEIGHTS_MAGIC : SKIFF_ERR_WEIGHTS_TRUNCATED);
    // The header says so too: now it is the sections that do not fit.
    if (size < sizeof(FileHeader)) continue;
    const uint64_t file_bytes = size;
    memcpy(bytes + offsetof(FileHeader, file_bytes), &file_bytes, sizeof file_bytes);
    const skiff_status shorter = skiff_memory_required(bytes, size, &config, &required);
    wrong += shorter == SKIFF_OK || !is_known(shorter);
  }
  CHECK(wrong == 0);
}

TEST_CASE("mutated a hundred thousand times") {
  Victim victim;
  Records r;
  const uint64_t fields_end = r.sections[uint32_t(SectionId::kParameters) - 1].offset;
  std::mt19937_64 random(test_seed(20190610));
  int unknown = 0, unnoticed = 0, accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    std::vector<uint8_t> file = mutated(smallest_weights(), fields_end, &random);
    const bool is_changed = file != smallest_weights();
    const skiff_status plain = victim.init(file, false);
    unknown += !is_known(plain);
    unnoticed += plain == SKIFF_OK && is_changed;
    paddle::reseal_weights(&file);
    const skiff_status sealed = victim.init(file, i % 16 == 0);
    unknown += !is_known(sealed);
    accepted += sealed == SKIFF_OK;
  }
  MESSAGE(accepted, " of ", kMutations, " re-sealed mutations describe a network");
  CHECK(unknown == 0);
  CHECK(unnoticed == 0);
  CHECK(accepted > kMutations / 100);  // the code behind the checks was reached
  CHECK(accepted < kMutations);
}

TEST_CASE("an engine needs what it says that it needs, to the byte") {
  for (const int32_t max_px : {1, 64, 4096, 65535})
    for (const int32_t top_k : {SKIFF_FROM_MODEL, -1, 0, 7}) {
      INFO("max_px ", max_px, " top_k ", top_k);
      const AlignedBytes weights(smallest_weights());
      skiff_config config = default_config();
      config.max_width_px = config.max_height_px = max_px;
      config.nms_top_k = top_k;
      size_t bytes = 0;
      REQUIRE(skiff_memory_required(weights.data(), weights.size(), &config, &bytes) == SKIFF_OK);
      GuardedPages pages(bytes);
      uint8_t *memory = pages.place(bytes, kWeightsAlign);
      skiff_engine *engine = nullptr;
      CHECK(skiff_init(weights.data(), weights.size(), &config, memory, bytes - 1, &engine) == SKIFF_ERR_MEMORY_TOO_SMALL);
      CHECK(engine == nullptr);
      REQUIRE(skiff_init(weights.data(), weights.size(), &config, memory, bytes, &engine) == SKIFF_OK);
      skiff_info info;
      REQUIRE(skiff_get_info(engine, &info) == SKIFF_OK);
      CHECK(info.memory_bytes == bytes);
      CHECK(skiff_selftest(engine, nullptr) == SKIFF_OK);
    }
}
