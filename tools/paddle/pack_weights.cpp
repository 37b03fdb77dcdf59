// SPDX-License-Identifier: MIT
//
// The file is laid out in one growing byte vector, section by section; the last step asks the engine's own reader to open it, so
// that nothing is written that would be refused later.
#include "tools/paddle/pack_weights.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "engine/golden.h"
#include "engine/priors.h"
#include "engine/weights_read.h"
#include "tools/support/error.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

// A convolution with its batch norm folded in: y = conv(x, weights) + bias.
struct Folded {
  std::vector<float> weights, bias;
};

// Rounds once: everything before is in double. Source: Paddle batch_norm, is_test.
Folded fold(const ConvLayer &layer) {
  if (layer.norm.scale.empty()) return {layer.weights, layer.bias};
  Folded folded;
  const size_t per_filter = layer.weights.size() / layer.out_c;
  for (uint32_t o = 0; o < layer.out_c; ++o) {
    const double inverse = 1.0 / std::sqrt(double(layer.norm.variance[o]) + double(layer.norm.epsilon));
    const double scale = double(layer.norm.scale[o]) * inverse;
    for (size_t i = 0; i < per_filter; ++i) folded.weights.push_back(float(layer.weights[o * per_filter + i] * scale));
    folded.bias.push_back(float(double(layer.norm.bias[o]) - double(layer.norm.mean[o]) * scale));
  }
  return folded;
}

class Packer {
 public:
  Packer(const Network &network, const Recipe &recipe, const FileTexts &texts, const GoldenTensors &golden)
      : network_(network), recipe_(recipe), texts_(texts), golden_(golden) {}

  std::vector<uint8_t> pack() {
    const uint64_t table_bytes = sizeof(FileHeader) + kSectionCount * sizeof(SectionEntry);
    file_.resize(table_bytes);
    write_section(SectionId::kModel, [this] { write_model(); });
    write_section(SectionId::kLayers, [this] { layers_at_ = grow(kLayerCount * sizeof(LayerRecord)); });
    write_section(SectionId::kPriors, [this] { append(network_.priors, sizeof network_.priors); });
    write_section(SectionId::kText, [this] { write_texts(); });
    write_section(SectionId::kParameters, [this] { write_parameters(); });
    write_section(SectionId::kGolden, [this] { write_golden(); });
    write_header();
    check();
    return std::move(file_);
  }

 private:
  // Appends zeros; returns where they begin.
  uint64_t grow(uint64_t bytes) {
    const uint64_t at = file_.size();
    file_.resize(at + bytes);
    return at;
  }

  uint64_t append(const void *data, uint64_t bytes) {
    const uint64_t at = grow(bytes);
    if (bytes > 0) memcpy(file_.data() + at, data, bytes);
    return at;
  }

  uint64_t append_floats(const std::vector<float> &values) { return append(values.data(), values.size() * sizeof(float)); }

  void align() { file_.resize(round_up(file_.size(), kWeightsAlignment)); }

  template <class Write>
  void write_section(SectionId id, Write write) {
    align();
    SectionEntry &entry = sections_[uint32_t(id) - 1];
    entry.id = uint32_t(id);
    entry.offset = file_.size();
    write();
    entry.bytes = file_.size() - entry.offset;
  }

  void write_model() {
    ModelRecord model = {};
    model.input_h = network_.input_h;
    model.input_w = network_.input_w;
    model.class_count = network_.class_count;
    LayerShape shapes[kLayerCount];
    graph_shapes(model.input_h, model.input_w, shapes);
    for (uint32_t m = 0; m < kMapCount; ++m)
      model.prior_count += shapes[kFirstHead + m].out_h * shapes[kFirstHead + m].out_w * priors_per_cell(network_.priors[m]);
    model.recipe = recipe_;
    model.nms = network_.nms;
    append(&model, sizeof model);
  }

  void write_text(TextKind kind, const std::string &text) {
    const TextRecord record = {uint32_t(kind), uint32_t(text.size() + 1)};
    if (text.size() >= kMaxTextBytes || text.find('\0') != text.npos)
      throw Error("text " + quoted(text) + " is longer than " + std::to_string(kMaxTextBytes - 1) +
                  " bytes or holds a zero byte");
    append(&record, sizeof record);
    append(text.data(), text.size());
    grow(round_up(record.bytes, 8) - text.size());
  }

  void write_texts() {
    if (texts_.labels.size() != network_.class_count)
      throw Error(std::to_string(texts_.labels.size()) + " labels for " + std::to_string(network_.class_count) +
                  " classes; the background counts as one");
    for (const std::string &label : texts_.labels) write_text(TextKind::kLabel, label);
    write_text(TextKind::kOrigin, texts_.origin);
    if (!texts_.feed_alias.empty()) write_text(TextKind::kFeedAlias, texts_.feed_alias);
    if (!texts_.fetch_alias.empty()) write_text(TextKind::kFetchAlias, texts_.fetch_alias);
  }

  void write_parameters() {
    for (uint32_t i = 0; i < kFirstHead; ++i) write_layer(i);
    for (uint32_t m = 0; m < kMapCount; ++m) write_head(m);
  }

  void put_record(uint32_t index, const LayerRecord &record) {
    memcpy(file_.data() + layers_at_ + index * sizeof record, &record, sizeof record);
  }

  LayerRecord layer_record(uint32_t index, uint32_t in_c, uint32_t out_c) const {
    LayerRecord record = {};
    record.op = uint32_t(kGraph[index].op);
    record.stride = kGraph[index].stride;
    record.in_c = in_c;
    record.out_c = out_c;
    return record;
  }

  void append_parameters(const std::vector<float> &weights, std::vector<float> bias, LayerRecord *record) {
    align();
    record->weights_offset = append_floats(weights);
    align();
    bias.resize(padded_channels(record->out_c));
    record->bias_offset = append_floats(bias);
  }

  void write_layer(uint32_t index) {
    const ConvLayer &layer = network_.layers[index];
    const Folded folded = fold(layer);
    LayerRecord record = layer_record(index, layer.in_c, layer.out_c);
    record.act_max = layer.act_max;
    std::vector<float> packed(layer_weight_elems(record));
    if (kGraph[index].op == LayerOp::kDepthwise)
      pack_depthwise(folded.weights.data(), layer.out_c, packed.data());
    else
      pack_panels(folded.weights.data(), layer.out_c, layer.in_c, layer.kernel * layer.kernel,
                  padded_k(layer.in_c, kGraph[index].op == LayerOp::kConvImage), 0, packed.data());
    append_parameters(packed, folded.bias, &record);
    put_record(index, record);
  }

  // Both heads of a map as one layer: loc's channels, then conf's.
  void write_head(uint32_t map) {
    const ConvLayer &loc = network_.loc[map], &conf = network_.conf[map];
    LayerRecord record = layer_record(kFirstHead + map, loc.in_c, loc.out_c + conf.out_c);
    record.loc_c = loc.out_c;
    std::vector<float> packed(layer_weight_elems(record)), bias = loc.bias;
    const uint64_t k = padded_k(loc.in_c, false);
    pack_panels(loc.weights.data(), loc.out_c, loc.in_c, 1, k, 0, packed.data());
    pack_panels(conf.weights.data(), conf.out_c, conf.in_c, 1, k, loc.out_c, packed.data());
    bias.insert(bias.end(), conf.bias.begin(), conf.bias.end());
    append_parameters(packed, bias, &record);
    put_record(kFirstHead + map, record);
  }

  void write_golden() {
    GoldenRecord record = {};
    record.seed = kGoldenSeed;
    record.loc_elems = uint32_t(golden_.loc.size());
    record.conf_elems = uint32_t(golden_.conf.size());
    append(&record, sizeof record);
    append_floats(golden_.loc);
    append_floats(golden_.conf);
  }

  void write_header() {
    FileHeader header = {};
    memcpy(header.magic, kWeightsMagic, sizeof header.magic);
    header.version = kWeightsVersion;
    header.header_bytes = sizeof header;
    header.file_bytes = file_.size();
    header.section_count = kSectionCount;
    memcpy(file_.data(), &header, sizeof header);
    memcpy(file_.data() + sizeof header, sections_, sizeof sections_);
    reseal_weights(&file_);
  }

  // A folded parameter may be infinite where the unfolded ones are not: the reader finds that too.
  void check() const {
    WeightsView view;
    skiff_weights_error error = {};
    skiff_status status = weights_open(file_.data(), file_.size(), &view, &error);
    if (status == SKIFF_OK) status = weights_verify(view, &error);
    if (status != SKIFF_OK)
      throw Error(std::string("the converted file would be refused: ") + skiff_status_message(status) + " (" +
                  (error.reason ? error.reason : "") + ", at byte " + std::to_string(error.offset) + ")");
  }

  const Network &network_;
  const Recipe &recipe_;
  const FileTexts &texts_;
  const GoldenTensors &golden_;
  std::vector<uint8_t> file_;
  SectionEntry sections_[kSectionCount] = {};
  uint64_t layers_at_ = 0;
};

}  // namespace

std::vector<uint8_t> pack_weights(const Network &network, const Recipe &recipe, const FileTexts &texts,
                                  const GoldenTensors &golden) {
  return Packer(network, recipe, texts, golden).pack();
}

void reseal_weights(std::vector<uint8_t> *file) {
  const uint64_t checksum = weights_checksum(file->data(), file->size());
  memcpy(file->data() + kChecksumOffset, &checksum, sizeof checksum);
}

}  // namespace skiff::paddle
