// SPDX-License-Identifier: MIT
//
// The order of things. The machine's limits come first and again last, since clocks change. Our own work is measured before any
// other library is loaded, so that the memory we report is ours. Inside a timed loop nothing allocates and nothing asks the
// kernel for anything but to wait for threads.
#include "bench/skiff_bench/measure.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>

#include "bench/skiff_bench/against.h"
#include "engine/golden.h"
#include "kernels/cpu.h"
#include "tools/image/image.h"
#include "tools/skiff/stopwatch.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff::bench {
namespace {

constexpr size_t kMaxRuns = 100000, kMaxStepRuns = 2000;
constexpr int32_t kMaxBoxes = 1000;
constexpr char kDefaultPhoto[] = SKIFF_SOURCE_ROOT "/tests/photos/cat.jpg";
constexpr double kLargestError = 1e-3;  // of a library that computes the same network
constexpr long kSettleNs = 20000000;    // threads of other libraries watch for work as long as this before they sleep

// One of those that run by turns.
struct Contender {
  std::function<void()> run;
  Samples times{kMaxRuns};
};

void sleep_ns(long ns) {
  const timespec time = {0, ns};
  nanosleep(&time, nullptr);
}

// Runs all contenders by turns until there are enough times of each. Where `settles`, each has time before its turn until the
// threads of the one before sleep, and a run to wake its own.
void run_by_turns(const Options &options, std::vector<Contender> *contenders, bool settles) {
  Stopwatch clock, watch;
  double seconds = 0;
  do {
    for (Contender &c : *contenders) {
      if (settles) {
        sleep_ns(kSettleNs);
        c.run();
      }
      watch.lap_ms();
      c.run();
      c.times.add(watch.lap_ms());
    }
    seconds += clock.lap_ms() / 1000;
  } while (!contenders->front().times.is_full() &&
           (contenders->front().times.size() < size_t(options.runs) || seconds < options.min_seconds));
}

double max_error(const std::vector<float> &a, const std::vector<float> &b) {
  double worst = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    const double error = std::fabs(double(a[i]) - double(b[i])) / (1 + std::fabs(double(b[i])));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

class Bench {
 public:
  explicit Bench(const Options &options);
  Report run();
  std::vector<skiff_box> detect();

 private:
  // A skiff_step_done.
  static void step_done(void *ctx, const char *name);

  void load();
  void run_network();
  void measure_network();
  void measure_stages();
  std::string photo_path() const { return options_.image.empty() ? kDefaultPhoto : options_.image; }
  Image decode(const std::vector<uint8_t> &file) const;
  void run_photo(const std::vector<uint8_t> &file, Samples *times);
  Summary time_frame(const skiff_frame &frame);
  void measure_frames();
  void load_peers();
  skiff_config config();

  const Options &options_;
  Report report_;
  std::vector<int32_t> cpus_;
  Pool pool_;
  std::shared_ptr<const Weights> weights_;
  std::optional<Engine> engine_;
  std::optional<ModelFacts> model_;
  std::vector<float> tensor_, loc_, conf_, peer_loc_, peer_conf_;
  std::vector<skiff_box> boxes_;
  int32_t box_count_ = 0;
  StepClock clock_{kMaxStepRuns};
  bool is_clocked_ = false;  // the network's steps go to clock_
  Stopwatch stage_watch_;
  double softmax_decode_ms_ = 0;
  std::unique_ptr<Yardstick> backend_;  // null for our own kernels
  std::vector<std::unique_ptr<Yardstick>> peers_;
};

Bench::Bench(const Options &options) : options_(options), cpus_(named_cpus(options.cpus)) {
  if (!options.is_native() && (options.shows_layers || !options.plot.empty()))
    throw UsageError("--layers and --plot need --backend native: another one does not tell of its steps");
  cpu_mask_of(options.cpu_mask);
  if (options.threads == 1 && !cpus_.empty()) cpus_.resize(1);
  report_.machine = read_machine();
  stay_on_cpus(cpus_);
}

void Bench::step_done(void *ctx, const char *name) {
  Bench &bench = *static_cast<Bench *>(ctx);
  if (std::string_view(name) == "decode")
    bench.softmax_decode_ms_ = bench.stage_watch_.lap_ms();
  else if (bench.is_clocked_ && std::string_view(name) != "nms")
    StepClock::step_done(&bench.clock_, name);
}

skiff_config Bench::config() {
  skiff_config config = with_pool(default_config(), pool_);
  config.cpu_mask = cpu_mask_of(options_.cpu_mask);
  config.step_done = step_done;
  config.step_done_ctx = this;
  return config;
}

void Bench::load() {
  pool_ = make_pool(options_.is_native() ? options_.threads : 1, cpus_);
  Engine(open_weights(options_.weights), config());  // brings the file into the page cache
  Stopwatch watch;
  weights_ = open_weights(options_.weights);
  engine_.emplace(weights_, config());
  report_.load_ms = watch.lap_ms();
  model_ = read_model_facts(weights_);
  watch.lap_ms();
  if (!options_.is_native()) {
    backend_ = std::make_unique<Yardstick>(Yardstick::Kind::kBackend, options_.backend, model_->view, options_.threads);
    report_.load_ms += watch.lap_ms();
  }
  report_.info = engine_->info();
  report_.isa = options_.is_native() ? report_.info.isa : options_.backend;
  report_.weights = weights_->path;
  report_.weights_bytes = weights_->file.size();
  report_.macs = model_->macs;
  report_.threads = options_.threads;
  tensor_.resize(size_t(report_.info.input_width_px) * size_t(report_.info.input_height_px) * 3 + kTensorSlack / sizeof(float));
  loc_.resize(size_t(report_.info.prior_count) * 4);
  conf_.resize(size_t(report_.info.prior_count) * size_t(report_.info.class_count));
  boxes_.resize(kMaxBoxes);
}

void Bench::run_network() {
  if (backend_) return backend_->run(tensor_.data(), loc_.data(), conf_.data());
  clock_.start();
  engine_->check(skiff_network(engine_->get(), tensor_.data(), loc_.data(), conf_.data()));
}

void Bench::measure_network() {
  std::vector<Contender> contenders(1 + peers_.size());
  contenders[0].run = [this] { run_network(); };
  for (size_t i = 0; i < peers_.size(); ++i)
    contenders[i + 1].run = [this, i] { peers_[i]->run(tensor_.data(), peer_loc_.data(), peer_conf_.data()); };
  is_clocked_ = options_.wants_layers();
  for (int i = 0; i < options_.warmup; ++i)
    for (Contender &c : contenders) c.run();
  clock_.clear();
  run_by_turns(options_, &contenders, options_.threads > 1 && !peers_.empty());
  is_clocked_ = false;
  report_.network = contenders[0].times.summary();
  for (size_t i = 0; i < peers_.size(); ++i) report_.peers[i].network = contenders[i + 1].times.summary();
  if (options_.wants_layers()) report_.steps = step_facts(*model_, clock_);
}

Image Bench::decode(const std::vector<uint8_t> &file) const {
  DecodeOptions options;
  options.decoder = decoder_named(options_.decoder);
  return decode_image(file.data(), file.size(), options);
}

// Writes the milliseconds of six stages: decode, preprocess, network, softmax and decode, NMS, all of them.
void Bench::run_photo(const std::vector<uint8_t> &file, Samples *times) {
  Stopwatch watch, total;
  const Image image = decode(file);
  times[0].add(watch.lap_ms());
  const skiff_image pixels = {image.pixels.data(), image.width, image.height, image.width * 3, SKIFF_PIXEL_RGB};
  engine_->check(skiff_preprocess(engine_->get(), &pixels, tensor_.data()));
  times[1].add(watch.lap_ms());
  run_network();
  times[2].add(watch.lap_ms());
  stage_watch_.lap_ms();
  engine_->check(skiff_postprocess(engine_->get(), loc_.data(), conf_.data(), boxes_.data(), kMaxBoxes, &box_count_));
  times[4].add(stage_watch_.lap_ms());
  times[3].add(softmax_decode_ms_);
  times[5].add(total.lap_ms());
}

void Bench::measure_stages() {
  const bool is_asked_for = options_.shows_stages || !options_.image.empty();
  if (!is_asked_for && !(options_.is_json && is_regular_file(photo_path()))) return;
  const std::vector<uint8_t> file = read_file(photo_path());
  StageTimes &stages = report_.stages;
  stages.image = photo_path();
  stages.file_bytes = file.size();
  {
    const Image image = decode(file);
    stages.width = image.width;
    stages.height = image.height;
  }
  engine_->reserve(stages.width, stages.height);
  std::vector<Samples> times(6, Samples(0));
  for (Samples &samples : times) samples = Samples(kMaxRuns);
  for (int i = 0; i < options_.warmup; ++i) run_photo(file, times.data());
  for (Samples &samples : times) samples.clear();
  Stopwatch clock;
  for (double seconds = 0; times[0].size() < size_t(options_.runs) || seconds < options_.min_seconds;
       seconds += clock.lap_ms() / 1000) {
    if (times[0].is_full()) break;
    run_photo(file, times.data());
  }
  stages.boxes.assign(boxes_.begin(), boxes_.begin() + std::min(box_count_, kMaxBoxes));
  Summary *const summaries[6] = {&stages.decode,         &stages.preprocess, &stages.network,
                                 &stages.softmax_decode, &stages.nms,        &stages.total};
  for (size_t i = 0; i < 6; ++i) *summaries[i] = times[i].summary();
  measure_frames();
}

Summary Bench::time_frame(const skiff_frame &frame) {
  const auto preprocess = [&] { engine_->check(skiff_preprocess_frame(engine_->get(), &frame, tensor_.data())); };
  for (int i = 0; i < options_.warmup; ++i) preprocess();
  Samples times(kMaxRuns);
  Stopwatch watch;
  for (int i = 0; i < options_.runs && !times.is_full(); ++i) {
    watch.lap_ms();
    preprocess();
    times.add(watch.lap_ms());
  }
  return times.summary();
}

// What a camera's frames cost, which no photo shows.
void Bench::measure_frames() {
  std::vector<uint8_t> bytes(size_t(kFrameWidth) * kFrameHeight * 3 / 2);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = uint8_t(i * 2654435761u >> 24);
  engine_->reserve(kFrameWidth, kFrameHeight);
  skiff_frame frame = skiff_frame_nv21(bytes.data(), kFrameWidth, kFrameHeight);
  report_.stages.frame = time_frame(frame);
  frame.rotation_degrees = 90;
  report_.stages.turned_frame = time_frame(frame);
}

void Bench::load_peers() {
  for (const std::string &name : options_.against) {
    PeerTimes peer;
    Stopwatch watch;
    peers_.push_back(std::make_unique<Yardstick>(Yardstick::Kind::kAgainst, name, model_->view, options_.threads));
    peer.load_ms = watch.lap_ms();
    peer_loc_.resize(loc_.size());
    peer_conf_.resize(conf_.size());
    watch.lap_ms();
    peers_.back()->run(tensor_.data(), peer_loc_.data(), peer_conf_.data());
    peer.first_run_ms = watch.lap_ms();
    peer.name = name;
    peer.version = peers_.back()->version();
    peer.max_error = std::max(max_error(peer_loc_, loc_), max_error(peer_conf_, conf_));
    if (!(peer.max_error <= kLargestError)) throw Error("--against " + name + ": its answer is not ours");
    report_.peers.push_back(peer);
  }
}

Report Bench::run() {
  const uint32_t isa_bits = options_.is_native() ? cpu_mask_of(options_.cpu_mask) & cpu_features() : cpu_features();
  report_.roof = measure_roof(options_.threads, isa_bits, cpus_);
  load();
  golden_input(1, tensor_.data(), tensor_.size());
  Stopwatch watch;
  run_network();
  report_.first_run_ms = watch.lap_ms();
  measure_stages();
  golden_input(1, tensor_.data(), tensor_.size());
  run_network();
  report_.memory = read_memory();
  load_peers();
  bind_caller(pool_);
  measure_network();
  if (peers_.empty()) report_.memory = read_memory();
  report_.roof.fma_gmacs = std::max(report_.roof.fma_gmacs, measure_fma_gmacs(options_.threads, isa_bits, cpus_));
  return report_;
}

std::vector<skiff_box> Bench::detect() {
  load();
  const std::vector<uint8_t> file = read_file(photo_path());
  const Image image = decode(file);
  engine_->reserve(image.width, image.height);
  std::vector<Samples> times(6, Samples(1));
  run_photo(file, times.data());
  return {boxes_.begin(), boxes_.begin() + std::min(box_count_, kMaxBoxes)};
}

}  // namespace

double percent_of_roofline(const Roof &roof, const StepFacts &step) {
  return step.times.p50 > 0 ? roof.least_ms(step.macs, step.bytes) / step.times.p50 * 100 : 0;
}

Report measure(const Options &options) { return Bench(options).run(); }

std::vector<skiff_box> detect_photo(const Options &options) { return Bench(options).detect(); }

}  // namespace skiff::bench
