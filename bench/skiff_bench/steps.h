// SPDX-License-Identifier: MIT
//
// The network step by step: the time of each, and what it has to do.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "bench/skiff_bench/samples.h"
#include "tools/skiff/model_facts.h"

namespace skiff::bench {

// Times what skiff_config.step_done tells. After the first run adding a run allocates nothing.
class StepClock {
 public:
  // Keeps the times of at most `capacity` runs.
  explicit StepClock(size_t capacity) : capacity_(capacity) {}

  // A skiff_step_done; ctx is a StepClock.
  static void step_done(void *ctx, const char *name) { static_cast<StepClock *>(ctx)->lap(name); }

  // The network begins.
  void start() {
    step_ = 0;
    last_ = Clock::now();
  }

  // Forgets all times, not the steps.
  void clear();

  struct Step {
    std::string name;
    Samples times;
  };
  const std::vector<Step> &steps() const { return steps_; }

 private:
  using Clock = std::chrono::steady_clock;
  void lap(const char *name);

  size_t capacity_, step_ = 0;
  Clock::time_point last_;
  std::vector<Step> steps_;
};

// What a step computes.
struct StepFacts {
  std::string name;                 // of its last layer
  std::vector<std::string> layers;  // all that it computes
  uint64_t macs = 0;
  uint64_t bytes = 0;  // that have to be moved at least: its input, its output and its parameters
  Summary times;
};

// Joins the clock's steps, which are named by their last layers, with the layers that they stand for: those and what they read, back
// to what an earlier step has made. Throws Error for a name that is no layer.
std::vector<StepFacts> step_facts(const ModelFacts &model, const StepClock &clock);

}  // namespace skiff::bench
