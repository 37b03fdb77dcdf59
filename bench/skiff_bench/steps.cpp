// SPDX-License-Identifier: MIT
#include "bench/skiff_bench/steps.h"

#include "tools/support/error.h"

namespace skiff::bench {
namespace {

uint64_t input_bytes(const LayerFacts &layer) {
  return uint64_t(layer.shape.in_h) * layer.shape.in_w * layer.record.in_c * sizeof(float);
}

uint64_t output_bytes(const LayerFacts &layer) {
  return uint64_t(layer.shape.out_h) * layer.shape.out_w * layer.record.out_c * sizeof(float);
}

int32_t layer_index(const ModelFacts &model, const std::string &name) {
  for (size_t i = 0; i < model.layers.size(); ++i)
    if (model.layers[i].graph->name == name) return int32_t(i);
  return -1;
}

}  // namespace

void StepClock::clear() {
  for (Step &step : steps_) step.times.clear();
}

void StepClock::lap(const char *name) {
  const Clock::time_point now = Clock::now();
  if (step_ == steps_.size()) steps_.push_back({name, Samples(capacity_)});
  steps_[step_++].times.add(std::chrono::duration<double, std::milli>(now - last_).count());
  last_ = Clock::now();
}

std::vector<StepFacts> step_facts(const ModelFacts &model, const StepClock &clock) {
  std::vector<StepFacts> all;
  std::vector<bool> is_taken(model.layers.size());
  for (const StepClock::Step &step : clock.steps()) {
    StepFacts facts;
    facts.name = step.name;
    facts.times = step.times.summary();
    const int32_t last = layer_index(model, step.name);
    if (last < 0) throw Error("the engine tells of a step " + step.name + " that is no layer of the model");
    facts.bytes = output_bytes(model.layers[size_t(last)]);
    for (int32_t i = last; i != kImage && !is_taken[size_t(i)]; i = model.layers[size_t(i)].graph->input) {
      const LayerFacts &layer = model.layers[size_t(i)];
      is_taken[size_t(i)] = true;
      facts.layers.insert(facts.layers.begin(), layer.graph->name);
      facts.macs += layer.macs;
      facts.bytes += layer.bytes;
      if (layer.graph->input == kImage || is_taken[size_t(layer.graph->input)]) facts.bytes += input_bytes(layer);
    }
    all.push_back(facts);
  }
  return all;
}

}  // namespace skiff::bench
