// SPDX-License-Identifier: MIT
//
// skiff inspect for programs. 64-bit values that are names rather than amounts are hexadecimal text: JSON readers have doubles.
#include "engine/golden.h"
#include "tools/skiff/inspect_write.h"
#include "tools/skiff/json_write.h"

namespace skiff {
namespace {

struct Floats {
  const float *values;
  uint32_t count;
  const float *begin() const { return values; }
  const float *end() const { return values + count; }
};

void write_shape(const char *key, uint32_t h, uint32_t w, uint32_t c, JsonWriter *json) {
  json->key(key).begin_array().number(h).number(w).number(c).end_array();
}

void write_head(const ModelFacts &facts, JsonWriter *json) {
  json->key("file").string(facts.weights->path).key("bytes").number(facts.weights->file.size());
  json->key("version").number(facts.view.header->version).key("checksum").string(hex(facts.view.header->checksum));
  json->key("origin").string(facts.view.origin);
  json->key("feed_alias").string(facts.view.feed_alias).key("fetch_alias").string(facts.view.fetch_alias);
}

void write_recipe(const ModelFacts &facts, JsonWriter *json) {
  const ModelRecord &model = *facts.view.model;
  const Recipe &r = model.recipe;
  json->key("input").begin_object().key("width").number(model.input_w).key("height").number(model.input_h);
  json->key("channels").number(3).end_object();
  json->key("recipe").begin_object().key("name").string(r.name).key("resize").string(resize_in_words(r));
  json->key("channel_order").string(ChannelOrder(r.channel_order) == ChannelOrder::kBgr ? "BGR" : "RGB");
  json->key("formula").string(formula_in_words(r)).key("pixel_divisor").number(r.pixel_divisor);
  json->key("mean").numbers(Floats{r.mean, 3}).key("scale").numbers(Floats{r.scale, 3}).end_object();
}

void write_classes(const ModelFacts &facts, JsonWriter *json) {
  const NmsRecord &nms = facts.view.model->nms;
  json->key("labels").begin_array();
  for (const std::string &label : facts.labels) json->string(label);
  json->end_array().key("background_id").number(nms.background_label);
  json->key("nms").begin_object().key("score_threshold").number(nms.score_threshold);
  json->key("nms_threshold").number(nms.nms_threshold).key("nms_eta").number(nms.nms_eta);
  json->key("nms_top_k").number(nms.nms_top_k).key("keep_top_k").number(nms.keep_top_k);
  json->key("normalized").boolean(nms.is_normalized != 0).end_object();
}

void write_map(const MapFacts &map, JsonWriter *json) {
  const PriorRecord &r = map.record;
  json->begin_object().key("layer").string(map.layer).key("head").string(map.head);
  json->key("width").number(map.width_px).key("height").number(map.height_px);
  json->key("per_cell").number(map.per_cell).key("priors").number(map.prior_count);
  json->key("min_sizes").numbers(Floats{r.min_sizes, r.min_size_count});
  json->key("max_sizes").numbers(Floats{r.max_sizes, r.max_size_count});
  json->key("aspect_ratios").numbers(Floats{r.aspect_ratios, r.aspect_ratio_count});
  json->key("flip").boolean(r.flip != 0).key("clip").boolean(r.clip != 0);
  json->key("min_max_aspect_ratios_order").boolean(r.min_max_aspect_ratios_order != 0);
  json->key("step_w").number(r.step_w).key("step_h").number(r.step_h).key("offset").number(r.offset);
  json->key("variances").numbers(Floats{r.variances, 4}).end_object();
}

void write_layer(const LayerFacts &layer, JsonWriter *json) {
  const LayerRecord &r = layer.record;
  json->begin_object().key("name").string(layer.graph->name).key("operation").string(layer.operation);
  json->key("stride").number(r.stride).key("reads").string(layer.input);
  write_shape("input", layer.shape.in_h, layer.shape.in_w, r.in_c, json);
  write_shape("output", layer.shape.out_h, layer.shape.out_w, r.out_c, json);
  json->key("activation").string(layer.activation).key("macs").number(layer.macs);
  json->key("parameters").number(layer.parameters).key("bytes").number(layer.bytes).end_object();
}

}  // namespace

std::string facts_as_json(const ModelFacts &facts) {
  const GoldenRecord &golden = *facts.view.golden;
  JsonWriter json;
  json.begin_object();
  write_head(facts, &json);
  write_recipe(facts, &json);
  write_classes(facts, &json);
  json.key("prior_count").number(facts.view.model->prior_count).key("priors").begin_array();
  for (const MapFacts &map : facts.maps) write_map(map, &json);
  json.end_array().key("golden").begin_object().key("seed").string(hex(golden.seed));
  json.key("loc_elems").number(golden.loc_elems).key("conf_elems").number(golden.conf_elems).end_object();
  json.key("layers").begin_array();
  for (const LayerFacts &layer : facts.layers) write_layer(layer, &json);
  json.end_array().key("totals").begin_object().key("macs").number(facts.macs);
  json.key("parameters").number(facts.parameters).key("bytes").number(facts.parameter_bytes).end_object();
  return json.end_object().text() + "\n";
}

}  // namespace skiff
