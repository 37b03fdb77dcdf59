// SPDX-License-Identifier: MIT
#include "tools/paddle/convert.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "engine/golden.h"
#include "engine/skiff.h"
#include "tools/paddle/canonical.h"
#include "tools/paddle/execute.h"
#include "tools/paddle/match.h"
#include "tools/paddle/take_params.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

// Source: PaddlePaddle/models PaddleCV/ssd, label_list.
const std::vector<std::string> kVocLabels = {
    "background",  "aeroplane", "bicycle", "bird",      "boat",   "bottle",      "bus",   "car",  "cat",   "chair",    "cow",
    "diningtable", "dog",       "horse",   "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"};

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocate(size_t bytes) {
  Memory memory(std::aligned_alloc(SKIFF_MEMORY_ALIGNMENT, size_t(round_up(bytes, SKIFF_MEMORY_ALIGNMENT))));
  if (!memory) throw std::bad_alloc();
  return memory;
}

void require(skiff_status status) {
  if (status != SKIFF_OK) throw Error(std::string("the engine refuses the converted file: ") + skiff_status_message(status));
}

// The engine's error against the file's golden tensors.
float engine_error(const std::vector<uint8_t> &file) {
  const Memory weights = allocate(file.size());
  memcpy(weights.get(), file.data(), file.size());
  skiff_config config;
  skiff_config_default(&config);
  size_t bytes = 0;
  require(skiff_memory_required(weights.get(), file.size(), &config, &bytes));
  const Memory memory = allocate(bytes);
  skiff_engine *engine = nullptr;
  require(skiff_init(weights.get(), file.size(), &config, memory.get(), bytes, &engine));
  float error = 0;
  const skiff_status status = skiff_selftest(engine, &error);
  if (status == SKIFF_ERR_SELFTEST)
    throw Error("the converted network's answer differs from the program's by " + std::to_string(error) + ", more than 1e-4");
  require(status);
  return error;
}

std::vector<std::string> choose_labels(const Source &source, const ConvertOptions &options, uint32_t class_count,
                                       Converted *out) {
  if (!options.labels.empty()) return options.labels;
  if (!source.labels.empty()) {
    if (source.labels.size() == class_count) return source.labels;
    out->notes.push_back("the label list beside the model has " + std::to_string(source.labels.size()) + " labels for " +
                         std::to_string(class_count) + " classes and was not used");
  }
  if (class_count == kVocLabels.size()) return kVocLabels;
  out->notes.push_back("no labels for " + std::to_string(class_count) +
                       " classes: they are numbered; name them with --labels FILE");
  std::vector<std::string> numbers;
  for (uint32_t c = 0; c < class_count; ++c) numbers.push_back(std::to_string(c));
  return numbers;
}

void override_nms(const ConvertOptions &options, NmsRecord *nms) {
  nms->score_threshold = options.score_threshold.value_or(nms->score_threshold);
  nms->nms_threshold = options.nms_threshold.value_or(nms->nms_threshold);
  nms->nms_eta = options.nms_eta.value_or(nms->nms_eta);
  nms->nms_top_k = options.nms_top_k.value_or(nms->nms_top_k);
  nms->keep_top_k = options.keep_top_k.value_or(nms->keep_top_k);
  nms->background_label = options.background_label.value_or(nms->background_label);
}

// What was converted, without where it lay: the same model gives the same file from any directory.
std::string origin_of(const Source &source) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string checksum;
  for (int shift = 60; shift >= 0; shift -= 4) checksum += kHex[source.checksum >> shift & 15];
  return "Paddle " + source.form + ", checksum " + checksum;
}

}  // namespace

GoldenTensors run_golden(const Source &source, const Network &network) {
  const int64_t h = network.input_h, w = network.input_w;
  std::vector<float> nhwc(size_t(h * w * 3));
  golden_input(kGoldenSeed, nhwc.data(), nhwc.size());
  Value input;
  input.dims = {1, 3, h, w};
  input.data.resize(nhwc.size());
  for (int64_t p = 0; p < h * w; ++p)
    for (int64_t c = 0; c < 3; ++c) input.data[size_t(c * h * w + p)] = nhwc[size_t(p * 3 + c)];
  std::vector<Value> values = execute(source, network.input_var, input, {network.loc_var, network.conf_var});
  return {std::move(values[0].data), std::move(values[1].data)};
}

Converted convert(Source source, const ConvertOptions &options) {
  Converted out;
  if (!source.has_program) add_canonical_program(&source);
  const ProgramGraph graph(source.program);
  const MatchedOps ops = match_ops(graph);
  if (ops.is_fetch_replaced)
    out.notes.push_back("the model's fetch is not its detections: replaced by " + quoted(output_args(*ops.nms, "Out").at(0)));
  out.network = take_network(source, ops);
  override_nms(options, &out.network.nms);
  const GoldenTensors golden = run_golden(source, out.network);
  FileTexts texts;
  texts.labels = choose_labels(source, options, out.network.class_count, &out);
  texts.origin = origin_of(source);
  texts.feed_alias = source.feed_alias;
  texts.fetch_alias = source.fetch_alias;
  out.file = pack_weights(out.network, options.recipe, texts, golden);
  out.max_error = engine_error(out.file);
  return out;
}

}  // namespace skiff::paddle
