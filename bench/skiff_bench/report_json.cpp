// SPDX-License-Identifier: MIT
#include "bench/skiff_bench/report.h"
#include "tools/skiff/json_write.h"

namespace skiff::bench {
namespace {

void write_times(JsonWriter *json, const Summary &s) {
  json->key("min_ms").number(s.min).key("p50_ms").number(s.p50).key("p90_ms").number(s.p90).key("p95_ms").number(s.p95);
  json->key("p99_ms").number(s.p99).key("p999_ms").number(s.p999).key("mad_ms").number(s.mad).key("runs").number(s.runs);
}

void write_summary(JsonWriter *json, const char *name, const Summary &s) {
  json->key(name).begin_object();
  write_times(json, s);
  json->end_object();
}

void write_network(JsonWriter *json, const Report &r) {
  json->key("network").begin_object();
  write_times(json, r.network);
  json->key("images_per_second").number(r.network.p50 > 0 ? 1000 / r.network.p50 : 0);
  json->key("gmacs").number(r.gmacs(r.network.p50)).end_object();
}

void write_stages(JsonWriter *json, const StageTimes &s) {
  json->key("stages").begin_object();
  if (!s.image.empty()) {
    json->key("image").string(s.image).key("width").number(s.width).key("height").number(s.height);
    json->key("file_bytes").number(s.file_bytes);
    write_summary(json, "decode", s.decode);
    write_summary(json, "preprocess", s.preprocess);
    write_summary(json, "network", s.network);
    write_summary(json, "softmax_decode", s.softmax_decode);
    write_summary(json, "nms", s.nms);
    write_summary(json, "total", s.total);
    write_summary(json, "nv21_frame", s.frame);
    write_summary(json, "nv21_frame_turned", s.turned_frame);
    json->key("rows").begin_array();
    for (const skiff_box &b : s.boxes)
      json->begin_array()
          .number(b.class_id)
          .number(b.score)
          .number(b.x_min)
          .number(b.y_min)
          .number(b.x_max)
          .number(b.y_max)
          .end_array();
    json->end_array();
  }
  json->end_object();
}

void write_layers(JsonWriter *json, const Report &r) {
  json->key("layers").begin_array();
  for (const StepFacts &step : r.steps) {
    json->begin_object().key("name").string(step.name).key("layers").begin_array();
    for (const std::string &layer : step.layers) json->string(layer);
    json->end_array().key("min_ms").number(step.times.min).key("p50_ms").number(step.times.p50);
    json->key("macs").number(step.macs).key("bytes").number(step.bytes);
    json->key("gmacs").number(step.times.p50 > 0 ? double(step.macs) / step.times.p50 * 1e-6 : 0);
    json->key("percent_of_roofline").number(percent_of_roofline(r.roof, step)).end_object();
  }
  json->end_array();
}

void write_peers(JsonWriter *json, const Report &r) {
  json->key("against").begin_object();
  for (const PeerTimes &peer : r.peers) {
    json->key(peer.name).begin_object().key("version").string(peer.version);
    json->key("load_ms").number(peer.load_ms).key("first_run_ms").number(peer.first_run_ms);
    write_summary(json, "network", peer.network);
    json->key("ratio_min").number(peer.network.min / r.network.min).key("ratio_p50").number(peer.network.p50 / r.network.p50);
    json->key("max_error").number(peer.max_error).end_object();
  }
  json->end_object();
}

void write_machine(JsonWriter *json, const MachineFacts &m) {
  json->key("machine").begin_object().key("cpu").string(m.cpu).key("cpus").number(m.cpus).key("isa").begin_array();
  for (const std::string &isa : m.isa) json->string(isa);
  json->end_array().key("mhz").number(m.mhz).key("kernel").string(m.kernel).end_object();
}

void write_model(JsonWriter *json, const Report &r) {
  json->key("model").begin_object().key("weights").string(r.weights).key("weights_bytes").number(r.weights_bytes);
  json->key("input_width").number(r.info.input_width_px).key("input_height").number(r.info.input_height_px);
  json->key("classes").number(r.info.class_count).key("macs").number(r.macs).end_object();
}

}  // namespace

std::string report_json(const Options &options, const Report &r) {
  JsonWriter json;
  json.begin_object().key("load_ms").number(r.load_ms).key("first_run_ms").number(r.first_run_ms);
  write_network(&json, r);
  write_stages(&json, r.stages);
  write_layers(&json, r);
  json.key("arena_bytes").number(r.info.arena_bytes).key("memory_bytes").number(r.info.memory_bytes);
  json.key("rss_kb").number(r.memory.rss_kb).key("peak_rss_kb").number(r.memory.peak_rss_kb);
  json.key("fma_peak_gmacs").number(r.roof.fma_gmacs).key("memory_gbps").number(r.roof.memory_gbps);
  json.key("percent_of_fma_peak").number(r.percent_of_fma_peak(r.network.min));
  json.key("percent_of_fma_peak_p50").number(r.percent_of_fma_peak(r.network.p50));
  json.key("threads").number(r.threads).key("isa").string(r.isa).key("backend").string(options.backend);
  write_peers(&json, r);
  write_machine(&json, r.machine);
  write_model(&json, r);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace skiff::bench
