// SPDX-License-Identifier: MIT
//
// One benchmark: what the user asks for, what was measured.
#pragma once
#include <string>
#include <vector>

#include "bench/skiff_bench/machine.h"
#include "bench/skiff_bench/roof.h"
#include "bench/skiff_bench/samples.h"
#include "bench/skiff_bench/steps.h"
#include "engine/skiff.h"
#include "tools/skiff/threads_arg.h"

namespace skiff::bench {

struct Options {
  std::string weights, image, decoder = "auto", plot, backend = "native", cpu_mask = "all";
  CpuArgs cpus;
  std::vector<std::string> against;
  int threads = 1, warmup = 3, runs = 30;
  double min_seconds = 2;
  bool shows_layers = false, shows_stages = false, is_json = false, is_rows = false;

  bool is_native() const { return backend == "native"; }
  bool wants_layers() const { return shows_layers || is_json || !plot.empty(); }
};

constexpr int kFrameWidth = 1280, kFrameHeight = 720;

// A photo on its way to boxes, one thread at all stages but the network.
struct StageTimes {
  std::string image;  // empty = not measured
  int width = 0, height = 0;
  uint64_t file_bytes = 0;
  Summary decode, preprocess, network, softmax_decode, nms, total;
  Summary frame, turned_frame;  // preprocessing of an NV21 frame of kFrameWidth x kFrameHeight, upright and lying on its side
  std::vector<skiff_box> boxes;  // what was found
};

// Another library on the same network and the same input, run by turns with ours.
struct PeerTimes {
  std::string name, version;
  double load_ms = 0, first_run_ms = 0;
  Summary network;
  double max_error = 0;  // of its loc and conf against ours, |a-b| / (1+|b|)
};

struct Report {
  MachineFacts machine;
  Roof roof;
  MemoryFacts memory;  // after our own work and before any other library is loaded
  std::string weights;
  std::string isa;  // of the kernels; of another backend its name
  skiff_info info = {};
  uint64_t weights_bytes = 0, macs = 0;
  int threads = 1;
  double load_ms = 0;       // file in the page cache to an engine ready to run
  double first_run_ms = 0;  // of the network
  Summary network;          // input tensor to loc and conf
  std::vector<StepFacts> steps;
  StageTimes stages;
  std::vector<PeerTimes> peers;

  double gmacs(double ms) const { return ms > 0 ? double(macs) / ms * 1e-6 : 0; }
  double percent_of_fma_peak(double ms) const { return roof.fma_gmacs > 0 ? gmacs(ms) / roof.fma_gmacs * 100 : 0; }
};

// Percent of what the machine could do at best with a step's work, by its median time. Above 100 where the caches hold what the
// memory would have to deliver.
double percent_of_roofline(const Roof &roof, const StepFacts &step);

// Throws Error, UsageError.
Report measure(const Options &options);

// What is found in the photo, unmeasured. Throws as measure does.
std::vector<skiff_box> detect_photo(const Options &options);

}  // namespace skiff::bench
