// SPDX-License-Identifier: MIT
//
// The border that weights cross: after weights_open nothing in the engine checks a size, a count or an attribute again. Each
// function below checks one section; the first thing wrong ends the reading with its byte offset and a reason.
#include "engine/weights_read.h"

#include "engine/checksum.h"
#include "engine/priors.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weights are read in place and are little-endian"
#endif

namespace skiff {
namespace {

// What the checks share: where the reading stands and what went wrong.
struct Reader {
  WeightsView *view;
  skiff_status status;
  skiff_weights_error error;

  // Records the first failure; returns false so that checks can `return reader.fail(...)`.
  bool fail(skiff_status code, uint64_t offset, const char *reason) {
    status = code;
    error.offset = offset;
    error.reason = reason;
    return false;
  }
  bool invalid(const void *where, const char *reason) {
    return fail(SKIFF_ERR_WEIGHTS_INVALID, uint64_t(static_cast<const uint8_t *>(where) - view->bytes), reason);
  }
  const SectionEntry &section(SectionId id) const { return view->sections[uint32_t(id) - 1]; }
  const uint8_t *section_start(SectionId id) const { return view->bytes + section(id).offset; }
};

// Bytes before the first zero; `bytes` where there is none.
uint32_t text_length(const char *text, uint32_t bytes) {
  uint32_t length = 0;
  while (length < bytes && text[length] != 0) ++length;
  return length;
}

bool check_header(Reader *r) {
  WeightsView &v = *r->view;
  if (v.size < sizeof kWeightsMagic || memcmp(v.bytes, kWeightsMagic, sizeof kWeightsMagic) != 0)
    return r->fail(SKIFF_ERR_WEIGHTS_MAGIC, 0, "does not begin with the magic of a .skiff file");
  if (v.size < sizeof(FileHeader)) return r->fail(SKIFF_ERR_WEIGHTS_TRUNCATED, v.size, "ends inside the header");
  v.header = reinterpret_cast<const FileHeader *>(v.bytes);
  if (v.header->version != kWeightsVersion) return r->fail(SKIFF_ERR_WEIGHTS_VERSION, 8, "format version is not 1");
  if (v.header->file_bytes != v.size) return r->fail(SKIFF_ERR_WEIGHTS_TRUNCATED, 16, "size is not the one in the header");
  if (v.header->header_bytes != sizeof(FileHeader)) return r->invalid(&v.header->header_bytes, "header size is not 64");
  if (v.header->section_count != kSectionCount) return r->invalid(&v.header->section_count, "section count is not 6");
  if (v.header->flags != 0) return r->invalid(&v.header->flags, "unknown flags");
  return true;
}

bool check_sections(Reader *r) {
  WeightsView &v = *r->view;
  uint64_t end = sizeof(FileHeader) + kSectionCount * sizeof(SectionEntry);
  if (v.size < end) return r->fail(SKIFF_ERR_WEIGHTS_TRUNCATED, v.size, "ends inside the section table");
  v.sections = reinterpret_cast<const SectionEntry *>(v.bytes + sizeof(FileHeader));
  for (uint32_t i = 0; i < kSectionCount; ++i) {
    const SectionEntry &s = v.sections[i];
    if (s.id != i + 1) return r->invalid(&s.id, "sections are not in the order of their ids");
    if (s.flags != 0 || s.reserved != 0) return r->invalid(&s.flags, "unknown section flags");
    if (s.offset != round_up(end, kWeightsAlignment)) return r->invalid(&s.offset, "section does not follow the one before it");
    if (s.offset > v.size || s.bytes > v.size - s.offset) return r->invalid(&s.bytes, "section reaches past the end of the file");
    end = s.offset + s.bytes;
  }
  if (end != v.size) return r->invalid(&v.sections[kSectionCount - 1].bytes, "bytes after the last section");
  return true;
}

bool check_recipe(Reader *r, const Recipe &recipe) {
  if (text_length(recipe.name, sizeof recipe.name) == sizeof recipe.name) return r->invalid(&recipe, "recipe name does not end");
  if (recipe.resize_rule < uint32_t(ResizeRule::kPillowLanczos) || recipe.resize_rule > uint32_t(ResizeRule::kCvBilinear))
    return r->invalid(&recipe.resize_rule, "unknown resize rule");
  if (recipe.channel_order != uint32_t(ChannelOrder::kRgb) && recipe.channel_order != uint32_t(ChannelOrder::kBgr))
    return r->invalid(&recipe.channel_order, "unknown channel order");
  if (!(recipe.pixel_divisor > 0.0f) || !is_finite(recipe.pixel_divisor))
    return r->invalid(&recipe.pixel_divisor, "pixel divisor is not a positive number");
  if (!all_finite(recipe.mean, 3) || !all_finite(recipe.scale, 3)) return r->invalid(recipe.mean, "mean or scale is not finite");
  return true;
}

bool check_nms(Reader *r, const NmsRecord &nms, uint32_t class_count) {
  if (!all_finite(&nms.score_threshold, 3)) return r->invalid(&nms, "an NMS threshold is not finite");
  if (!(nms.nms_eta > 0.0f)) return r->invalid(&nms.nms_eta, "nms_eta is not positive");
  if (nms.nms_top_k < -1 || nms.keep_top_k < -1) return r->invalid(&nms.nms_top_k, "nms_top_k or keep_top_k is below -1");
  if (nms.background_label < -1 || nms.background_label >= int32_t(class_count))
    return r->invalid(&nms.background_label, "background label is not a class");
  if (nms.is_normalized > 1) return r->invalid(&nms.is_normalized, "is_normalized is neither 0 nor 1");
  return true;
}

bool check_model(Reader *r) {
  if (r->section(SectionId::kModel).bytes != sizeof(ModelRecord))
    return r->invalid(&r->section(SectionId::kModel).bytes, "MODEL section has a wrong size");
  const ModelRecord *model = reinterpret_cast<const ModelRecord *>(r->section_start(SectionId::kModel));
  if (model->input_h < kMinInputPx || model->input_h > kMaxInputPx || model->input_w < kMinInputPx ||
      model->input_w > kMaxInputPx)
    return r->invalid(model, "input size is out of range");
  if (model->class_count < 1 || model->class_count > kMaxClasses)
    return r->invalid(&model->class_count, "class count is out of range");
  r->view->model = model;
  graph_shapes(model->input_h, model->input_w, r->view->shapes);
  return check_recipe(r, model->recipe) && check_nms(r, model->nms, model->class_count);
}

bool is_size_list(const float *sizes, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    if (!(sizes[i] > 0.0f) || !is_finite(sizes[i])) return false;
  return true;
}

bool check_prior(Reader *r, const PriorRecord &p) {
  if (p.min_size_count < 1 || p.min_size_count > kMaxPriorSizes || p.aspect_ratio_count > kMaxPriorSizes)
    return r->invalid(&p, "number of prior sizes or aspect ratios is out of range");
  if (p.max_size_count != 0 && p.max_size_count != p.min_size_count)
    return r->invalid(&p.max_size_count, "there are not as many max_sizes as min_sizes");
  if (p.flip > 1 || p.clip > 1 || p.min_max_aspect_ratios_order > 1)
    return r->invalid(&p.flip, "a prior flag is neither 0 nor 1");
  if (!all_finite(&p.step_w, 3) || p.step_w < 0.0f || p.step_h < 0.0f) return r->invalid(&p.step_w, "a prior step is not valid");
  if (!all_finite(p.variances, 4)) return r->invalid(p.variances, "a variance is not finite");
  if (!is_size_list(p.min_sizes, p.min_size_count) || !is_size_list(p.max_sizes, p.max_size_count) ||
      !is_size_list(p.aspect_ratios, p.aspect_ratio_count))
    return r->invalid(p.min_sizes, "a prior size or aspect ratio is not a positive number");
  if (priors_per_cell(p) > kMaxPriorsPerCell) return r->invalid(&p, "too many priors in a cell");
  return true;
}

bool check_priors(Reader *r) {
  if (r->section(SectionId::kPriors).bytes != kMapCount * sizeof(PriorRecord))
    return r->invalid(&r->section(SectionId::kPriors).bytes, "PRIORS section has a wrong size");
  r->view->priors = reinterpret_cast<const PriorRecord *>(r->section_start(SectionId::kPriors));
  uint64_t total = 0;
  for (uint32_t m = 0; m < kMapCount; ++m) {
    const PriorRecord &prior = r->view->priors[m];
    if (!check_prior(r, prior)) return false;
    const LayerShape &shape = r->view->shapes[kFirstHead + m];
    total += uint64_t(shape.out_h) * shape.out_w * priors_per_cell(prior);
  }
  if (total != r->view->model->prior_count)
    return r->invalid(&r->view->model->prior_count, "prior count does not follow from the maps");
  if (total * r->view->model->class_count > INT32_MAX)  // the most detections there can be, counted in int32
    return r->invalid(&r->view->model->class_count, "too many priors times classes");
  return true;
}

// Whether `elems` floats at `offset` lie aligned inside PARAMETERS.
bool is_parameter_range(const Reader &r, uint64_t offset, uint64_t elems) {
  const SectionEntry &s = r.section(SectionId::kParameters);
  return offset % kWeightsAlignment == 0 && offset >= s.offset && offset - s.offset <= s.bytes &&
         elems * sizeof(float) <= s.bytes - (offset - s.offset);
}

bool check_head(Reader *r, const LayerRecord &layer, uint32_t map) {
  const uint32_t cell = priors_per_cell(r->view->priors[map]);
  if (layer.loc_c != cell * 4 || layer.out_c != cell * (4 + r->view->model->class_count))
    return r->invalid(&layer.out_c, "head channels do not follow from priors and classes");
  return true;
}

bool check_layer(Reader *r, uint32_t index) {
  const LayerRecord &layer = r->view->layers[index];
  const GraphLayer &graph = kGraph[index];
  if (layer.op != uint32_t(graph.op)) return r->invalid(&layer.op, "layer is not the one that the network has here");
  if (layer.stride != graph.stride) return r->invalid(&layer.stride, "stride is not the one that the network has here");
  const uint32_t in_c = graph.input == kImage ? 3 : r->view->layers[graph.input].out_c;
  if (layer.in_c != in_c) return r->invalid(&layer.in_c, "input channels are not those of the layer before");
  const bool is_head = graph.op == LayerOp::kHead;
  const uint32_t max_c = is_head ? kMaxPriorsPerCell * (4 + kMaxClasses) : kMaxChannels;
  if (layer.out_c < 1 || layer.out_c > max_c) return r->invalid(&layer.out_c, "output channels are out of range");
  if (graph.op == LayerOp::kDepthwise && layer.out_c != in_c)
    return r->invalid(&layer.out_c, "depthwise layer changes the channels");
  if (is_head && !check_head(r, layer, index - kFirstHead)) return false;
  if (!is_head && layer.loc_c != 0) return r->invalid(&layer.loc_c, "loc channels outside a head");
  const bool is_act_max_valid = is_head ? layer.act_max == 0.0f : layer.act_max > 0.0f && is_finite(layer.act_max);
  if (!is_act_max_valid) return r->invalid(&layer.act_max, "activation limit is not valid");
  if (!is_parameter_range(*r, layer.weights_offset, layer_weight_elems(layer)))
    return r->invalid(&layer.weights_offset, "weights do not lie inside PARAMETERS");
  if (!is_parameter_range(*r, layer.bias_offset, padded_channels(layer.out_c)))
    return r->invalid(&layer.bias_offset, "bias does not lie inside PARAMETERS");
  return true;
}

bool check_layers(Reader *r) {
  if (r->section(SectionId::kLayers).bytes != kLayerCount * sizeof(LayerRecord))
    return r->invalid(&r->section(SectionId::kLayers).bytes, "LAYERS section has a wrong size");
  r->view->layers = reinterpret_cast<const LayerRecord *>(r->section_start(SectionId::kLayers));
  for (uint32_t i = 0; i < kLayerCount; ++i)
    if (!check_layer(r, i)) return false;
  return true;
}

const char *text_of(const TextRecord *record) { return reinterpret_cast<const char *>(record + 1); }

uint64_t text_record_bytes(const TextRecord *record) { return sizeof(TextRecord) + round_up(record->bytes, 8); }

const TextRecord *next_text(const TextRecord *record) {
  return reinterpret_cast<const TextRecord *>(reinterpret_cast<const uint8_t *>(record) + text_record_bytes(record));
}

// Files one text away by its kind.
bool take_text(Reader *r, const TextRecord *record, uint32_t *labels) {
  WeightsView &v = *r->view;
  const char **slot = nullptr;
  switch (TextKind(record->kind)) {
    case TextKind::kLabel:
      if (*labels == v.model->class_count) return r->invalid(record, "more labels than classes");
      if (v.origin != nullptr) return r->invalid(record, "labels do not come first");
      ++*labels;
      return true;
    case TextKind::kOrigin:
      slot = &v.origin;
      break;
    case TextKind::kFeedAlias:
      slot = &v.feed_alias;
      break;
    case TextKind::kFetchAlias:
      slot = &v.fetch_alias;
      break;
    default:
      return r->invalid(record, "unknown kind of text");
  }
  if (*labels != v.model->class_count) return r->invalid(record, "fewer labels than classes");
  if (*slot != nullptr) return r->invalid(record, "a text stands twice");
  *slot = text_of(record);
  return true;
}

bool check_text(Reader *r) {
  WeightsView &v = *r->view;
  const SectionEntry &section = r->section(SectionId::kText);
  v.origin = v.feed_alias = v.fetch_alias = nullptr;
  v.labels = reinterpret_cast<const TextRecord *>(v.bytes + section.offset);
  uint32_t labels = 0;
  for (uint64_t at = 0; at < section.bytes;) {
    const TextRecord *record = reinterpret_cast<const TextRecord *>(v.bytes + section.offset + at);
    if (section.bytes - at < sizeof(TextRecord)) return r->invalid(record, "TEXT section ends inside a record");
    if (record->bytes < 1 || record->bytes > kMaxTextBytes || text_record_bytes(record) > section.bytes - at)
      return r->invalid(&record->bytes, "text length is out of range");
    if (text_length(text_of(record), record->bytes) != record->bytes - 1)
      return r->invalid(record, "text is not terminated where it ends");
    if (!take_text(r, record, &labels)) return false;
    at += text_record_bytes(record);
  }
  if (v.origin == nullptr) return r->invalid(&section.bytes, "no origin in the TEXT section");
  if (v.feed_alias == nullptr) v.feed_alias = "";
  if (v.fetch_alias == nullptr) v.fetch_alias = "";
  return true;
}

bool check_golden(Reader *r) {
  WeightsView &v = *r->view;
  const SectionEntry &section = r->section(SectionId::kGolden);
  const uint64_t loc = uint64_t(v.model->prior_count) * 4, conf = uint64_t(v.model->prior_count) * v.model->class_count;
  if (section.bytes != sizeof(GoldenRecord) + (loc + conf) * sizeof(float))
    return r->invalid(&section.bytes, "GOLDEN section has a wrong size");
  v.golden = reinterpret_cast<const GoldenRecord *>(v.bytes + section.offset);
  if (v.golden->loc_elems != loc || v.golden->conf_elems != conf) return r->invalid(v.golden, "golden tensors have wrong sizes");
  v.golden_loc = reinterpret_cast<const float *>(v.golden + 1);
  v.golden_conf = v.golden_loc + loc;
  return true;
}

bool check_all(Reader *r) {
  return check_header(r) && check_sections(r) && check_model(r) && check_priors(r) && check_layers(r) && check_text(r) &&
         check_golden(r);
}

skiff_status report(skiff_status status, const skiff_weights_error &from, skiff_weights_error *to) {
  if (status != SKIFF_OK && to != nullptr) *to = from;
  return status;
}

// Offset of the first non-finite float at or after `offset`; one is known to be there.
uint64_t find_nonfinite(const WeightsView &view, uint64_t offset) {
  while (offset + sizeof(float) < view.size && is_finite(*weights_floats(view, offset))) offset += sizeof(float);
  return offset;
}

constexpr skiff_weights_error kDamaged = {kChecksumOffset,
                                          "checksum does not match: the file is damaged, copy or convert it again"};

}  // namespace

skiff_status weights_open(const void *bytes, uint64_t size, WeightsView *view, skiff_weights_error *error) {
  view->bytes = static_cast<const uint8_t *>(bytes);
  view->size = size;
  Reader reader = {view, SKIFF_OK, {0, nullptr}};
  if (check_all(&reader)) return SKIFF_OK;
  // A wrong field is damage where the checksum is wrong too, and then that is what the user wants to know.
  if (reader.status == SKIFF_ERR_WEIGHTS_INVALID && weights_checksum(bytes, size) != view->header->checksum)
    return report(SKIFF_ERR_WEIGHTS_CHECKSUM, kDamaged, error);
  return report(reader.status, reader.error, error);
}

skiff_status weights_verify(const WeightsView &view, skiff_weights_error *error) {
  FileHeader header = *view.header;
  header.checksum = 0;
  Checksum sum;
  sum.add(&header, sizeof header);
  const uint64_t parameters = view.sections[uint32_t(SectionId::kParameters) - 1].offset;
  sum.add(view.bytes + sizeof header, parameters - sizeof header);
  sum.reset_nonfinite();
  const uint64_t golden = view.sections[uint32_t(SectionId::kGolden) - 1].offset;
  sum.add(view.bytes + parameters, golden - parameters);
  const bool is_parameter_bad = sum.has_nonfinite();
  sum.add(view.bytes + golden, sizeof(GoldenRecord));  // its seed is any 64 bits
  sum.reset_nonfinite();
  sum.add(view.golden_loc, view.size - golden - sizeof(GoldenRecord));
  if (sum.value() != view.header->checksum) return report(SKIFF_ERR_WEIGHTS_CHECKSUM, kDamaged, error);
  if (!is_parameter_bad && !sum.has_nonfinite()) return SKIFF_OK;
  const uint64_t from = is_parameter_bad ? parameters : golden + sizeof(GoldenRecord);
  return report(SKIFF_ERR_WEIGHTS_NOT_FINITE,
                {find_nonfinite(view, from), "a parameter or golden value is infinite or not a number"}, error);
}

uint64_t weights_checksum(const void *bytes, uint64_t size) {
  FileHeader header;
  memcpy(&header, bytes, sizeof header);
  header.checksum = 0;
  Checksum sum;
  sum.add(&header, sizeof header);
  sum.add(static_cast<const uint8_t *>(bytes) + sizeof header, size - sizeof header);
  return sum.value();
}

uint64_t layer_weight_elems(const LayerRecord &layer) {
  switch (LayerOp(layer.op)) {
    case LayerOp::kConvImage:
      return panel_elems(9 * padded_k(layer.in_c, true), layer.out_c);
    case LayerOp::kConv3x3:
      return panel_elems(9 * padded_k(layer.in_c, false), layer.out_c);
    case LayerOp::kDepthwise:
      return depthwise_elems(layer.out_c);
    case LayerOp::kPointwise:
    case LayerOp::kHead:
      return panel_elems(padded_k(layer.in_c, false), layer.out_c);
  }
  return 0;
}

const char *weights_label(const WeightsView &view, uint32_t class_id) {
  const TextRecord *record = view.labels;
  for (uint32_t i = 0; i < class_id; ++i) record = next_text(record);
  return text_of(record);
}

}  // namespace skiff
