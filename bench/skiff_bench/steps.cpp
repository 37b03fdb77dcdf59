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
  size_t next = 0;
  for (const StepClock::Step &step : clock.steps()) {
    StepFacts facts;
    facts.name = step.name;
    facts.times = step.times.summary();
    if (next < model.layers.size()) facts.bytes = input_bytes(model.layers[next]);
    for (bool is_last = false; !is_last; ++next) {
      if (next == model.layers.size()) throw Error("the engine tells of a step " + step.name + " that is no layer of the model");
      const LayerFacts &layer = model.layers[next];
      is_last = layer.graph->name == step.name;
      facts.layers.push_back(layer.graph->name);
      facts.macs += layer.macs;
      facts.bytes += layer.bytes + (is_last ? output_bytes(layer) : 0);
    }
    all.push_back(facts);
  }
  return all;
}

}  // namespace skiff::bench
