// SPDX-License-Identifier: MIT
//
// skiff detect: pictures in, boxes out. Everything that can be wrong with the command line is found before the first picture is
// read; after that a picture that cannot be read costs one line on standard error and the exit status, and the others go on.
#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/detections.h"
#include "tools/skiff/detector.h"
#include "tools/skiff/formats.h"
#include "tools/skiff/inputs.h"
#include "tools/skiff/ordered.h"
#include "tools/skiff/progress.h"
#include "tools/skiff/stopwatch.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

struct DetectOptions {
  std::vector<std::string> inputs, only;
  std::string weights, backend, format = "text", output, voc_dir, decoder = "auto";
  std::optional<float> score, nms;
  std::optional<int> topk;
  int jobs = 1, threads = 1;
  CpuArgs cpus;
  bool ignores_exif = false;
};

skiff_config make_config(const DetectOptions &options) {
  skiff_config config = default_config();
  config.score_threshold = options.score.value_or(options.format == "rows" ? SKIFF_FROM_MODEL_F : kDefaultScore);
  config.nms_threshold = options.nms.value_or(SKIFF_FROM_MODEL_F);
  config.keep_top_k = options.topk.value_or(SKIFF_FROM_MODEL);
  return config;
}

DecodeOptions make_decode_options(const DetectOptions &options) {
  DecodeOptions decode;
  decode.decoder = decoder_named(options.decoder);
  decode.apply_exif = !options.ignores_exif;
  return decode;
}

// One run over all pictures: workers fill outcomes, the calling thread reports them in order.
class DetectRun {
 public:
  explicit DetectRun(const DetectOptions &options);
  int run();

 private:
  struct Outcome {
    std::optional<PictureResult> result;
    std::string complaint;  // empty = all went well
  };

  void work(int worker, size_t index);
  PictureResult detect(Detector *detector, const WorkItem &item, Image *image) const;
  void report(size_t index);
  void note_outputs() const;

  const DetectOptions &options_;
  WorkList list_;
  std::vector<std::unique_ptr<Detector>> detectors_;  // one a job
  std::vector<std::string> labels_;
  std::vector<bool> is_wanted_;
  std::unique_ptr<OutputFormat> format_;
  std::vector<Outcome> outcomes_;
  size_t failures_ = 0;
  Progress progress_;
};

DetectRun::DetectRun(const DetectOptions &options)
    : options_(options),
      list_(expand_inputs(options.inputs)),
      outcomes_(list_.items.size()),
      progress_("detecting", list_.items.size()) {
  if (!options.voc_dir.empty() && options.format != "voc") throw UsageError("--voc-dir goes with --format voc");
  stay_on_cpus(named_cpus(options.cpus));  // before any thread is started
  const size_t jobs = size_t(worker_count(options.jobs, list_.items.size()));
  const std::shared_ptr<const Weights> weights = open_weights(options.weights);
  while (detectors_.size() < jobs)
    detectors_.push_back(std::make_unique<Detector>(weights, make_config(options), options.threads, options.backend));
  labels_ = detectors_[0]->engine().reported_labels();
  is_wanted_ = wanted_classes(options.only, labels_);
  FormatOptions format;
  format.is_single = list_.items.size() == 1;
  format.voc_dir = options.voc_dir;
  std::copy_if(labels_.begin(), labels_.end(), std::back_inserter(format.labels),
               [](const std::string &s) { return !s.empty(); });
  format_ = make_format(options.format, format);
  if (!options.output.empty()) assign_outputs(&list_, options.output);
}

int DetectRun::run() {
  write_stdout(format_->begin());
  run_ordered(
      list_.items.size(), int(detectors_.size()), [this](int worker, size_t index) { work(worker, index); },
      [this](size_t index) { report(index); });
  progress_.hide();
  write_stdout(format_->end());
  note_outputs();
  return failures_ == 0 ? 0 : 1;
}

void DetectRun::work(int worker, size_t index) {
  const WorkItem &item = list_.items[index];
  Outcome &outcome = outcomes_[index];
  try {
    Image image;
    outcome.result = detect(detectors_[size_t(worker)].get(), item, &image);
    if (item.output.empty()) return;
    draw_annotations(&image, annotations_of(*outcome.result));
    write_image(item.output, image);
  } catch (const std::bad_alloc &) {
    outcome.complaint = item.path + ": not enough memory for this picture";
  } catch (const std::exception &error) {
    outcome.complaint = error.what();
  }
}

PictureResult DetectRun::detect(Detector *detector, const WorkItem &item, Image *image) const {
  PictureResult result;
  Stopwatch watch;
  *image = load_picture(item.path, make_decode_options(options_));
  result.time_ms.decode = watch.lap_ms();
  const std::vector<skiff_box> boxes = detector->detect(*image, &result.time_ms);
  result.time_ms.total = result.time_ms.decode + watch.lap_ms();
  result.file = item.path;
  result.width = image->width;
  result.height = image->height;
  add_detections(boxes, labels_, is_wanted_, &result);
  return result;
}

void DetectRun::report(size_t index) {
  const Outcome outcome = std::move(outcomes_[index]);
  if (!outcome.complaint.empty() || is_stdout_terminal()) progress_.hide();
  if (outcome.result) write_stdout(format_->picture(*outcome.result));
  if (!outcome.complaint.empty()) {
    note(outcome.complaint);
    ++failures_;
  }
  progress_.advance();
}

void DetectRun::note_outputs() const {
  if (options_.output.empty() || failures_ == list_.items.size()) return;
  const size_t count = list_.items.size() - failures_;
  const std::string many = std::to_string(count) + (count == 1 ? " picture to " : " pictures to ") + options_.output;
  note("wrote " + (list_.is_single ? list_.items[0].output : many));
}

constexpr char kExamples[] = R"(Pictures: JPEG, PNG, BMP, GIF (first frame), PNM; turned upright by their EXIF orientation.
Exit status: 0, 1 where a picture could not be read or written (the others are done), 2 for a wrong command line.

Examples:
  skiff detect photo.jpg                              what is in a photo
  skiff detect photo.jpg -o marked.jpg                and draw it
  skiff detect --jobs 0 --format json photos/ > all.ndjson
  skiff detect --format csv --only person,car @list.txt
  curl -s URL | skiff detect --format json -
)";

void add_input_options(CLI::App *command, DetectOptions *o) {
  command
      ->add_option("INPUT", o->inputs,
                   "pictures; directories, for the pictures in them; @LIST, a file that names one a line; - for a picture on "
                   "standard input")
      ->required();
  command->add_flag("--no-exif", o->ignores_exif, "do not turn pictures upright");
  command->add_option("--decoder", o->decoder, "JPEG decoder: auto, turbo, stb (default auto)")
      ->type_name("D")
      ->check(CLI::IsMember({"auto", "turbo", "stb"}));
  command->add_option("--jobs", o->jobs, "pictures at a time, 0 = one per CPU: best for many pictures (default 1)")
      ->type_name("N")
      ->check(CLI::Range(0, kMaxJobs));
  command->add_option("--threads", o->threads, "threads for each picture: best for a single one (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxJobs));
  add_cpu_options(command, &o->cpus);
}

void add_model_options(CLI::App *command, DetectOptions *o) {
  command->add_option("--weights", o->weights, "model to use (default: the one shipped with skiff)")->type_name("FILE");
  add_backend_option(command, &o->backend);
  command->add_option("--score", o->score, "report detections with a score above this (default 0.5; for rows the model's)")
      ->type_name("S")
      ->check(fraction());
  command->add_option("--nms", o->nms, "drop a box that overlaps a better one of its class by more (default: the model's)")
      ->type_name("IOU")
      ->check(fraction());
  command
      ->add_option("--topk", o->topk,
                   "at most this many detections a picture, counted before --only; -1 = all (default: the model's)")
      ->type_name("N")
      ->check(CLI::Range(-1, 1 << 30));
  command->add_option("--only", o->only, "report these labels only")
      ->type_name("LABEL,...")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_output_options(CLI::App *command, DetectOptions *o) {
  command
      ->add_option("--format", o->format,
                   "text; json, one object a line; csv; voc; coco; rows, Paddle's own: class id, score, corners from 0 to 1 "
                   "(default text)")
      ->type_name("F")
      ->check(CLI::IsMember(format_names()));
  command->add_option("--voc-dir", o->voc_dir, "voc: write comp3_det_test_LABEL.txt files here, not lines to standard output")
      ->type_name("DIR");
  command->add_option("-o,--output", o->output, "annotated picture to write; a directory where there is more than one input")
      ->type_name("OUT");
}

}  // namespace

CLI::App *add_detect(CLI::App &app, std::function<int()> *run) {
  const auto o = std::make_shared<DetectOptions>();
  CLI::App *command = app.add_subcommand("detect", "find objects in pictures");
  add_input_options(command, o.get());
  add_model_options(command, o.get());
  add_output_options(command, o.get());
  command->footer(kExamples);
  command->callback([o, run] { *run = [o] { return DetectRun(*o).run(); }; });
  return command;
}

}  // namespace skiff
