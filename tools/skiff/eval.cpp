// SPDX-License-Identifier: MIT
//
// skiff eval: how good is a model? Detections are made with the model's own thresholds, all of them counted.
#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "tools/skiff/benchmark.h"
#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/detector.h"
#include "tools/skiff/inputs.h"
#include "tools/skiff/json_write.h"
#include "tools/skiff/ordered.h"
#include "tools/skiff/progress.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

struct EvalOptions {
  std::string weights, voc, set = "test", coco, images;
  int jobs = 0;
  bool is_json = false;
};

std::string percent(double fraction) { return fixed(fraction * 100, 2); }

// "11-point" of "11point", ".50:.95" of "50_95".
std::string heading(const std::string &name) {
  if (name == "11point") return "11-point";
  if (name == "50_95") return ".50:.95";
  return name == "50" ? ".50" : name;
}

std::string table(const Figures &figures, size_t pictures) {
  size_t width = 5;
  for (const ClassFigures &one : figures.classes) width = std::max(width, one.label.size());
  const auto row = [&](const std::string &label, const std::string &objects, const std::string &detections, const std::string &a,
                       const std::string &b) {
    return left(label, width) + right(objects, 9) + right(detections, 12) + right(a, 10) + right(b, 10) + "\n";
  };
  std::string text = row("class", "objects", "detections", heading(figures.names[0]), heading(figures.names[1]));
  for (const ClassFigures &one : figures.classes) {
    const auto cell = [&](int i) { return one.ap[i] ? percent(*one.ap[i]) : "-"; };
    text += row(one_line(one.label), std::to_string(one.objects), std::to_string(one.detections), cell(0), cell(1));
  }
  text += row("mAP %", "", "", percent(figures.map[0]), percent(figures.map[1]));
  return text + std::to_string(pictures) + (pictures == 1 ? " picture. " : " pictures. ") + figures.rules;
}

void write_figures(const Figures &figures, JsonWriter *json) {
  for (int i = 0; i < 2; ++i) json->key(std::string("map_") + figures.names[i]).number(figures.map[i] * 100);
  json->key("per_class").begin_object();
  for (const ClassFigures &one : figures.classes) {
    json->key(one.label).begin_object().key("objects").number(one.objects).key("detections").number(one.detections);
    for (int i = 0; i < 2; ++i) {
      json->key(std::string("ap_") + figures.names[i]);
      if (one.ap[i]) {
        json->number(*one.ap[i] * 100);
      } else {
        json->null();
      }
    }
    json->end_object();
  }
  json->end_object();
}

std::unique_ptr<Benchmark> make_benchmark(const EvalOptions &options, const std::vector<std::string> &labels) {
  if (!options.voc.empty()) return make_voc_benchmark(options.voc, options.set, labels);
  return make_coco_benchmark(options.coco, options.images, labels);
}

// One run over all pictures: workers detect, the calling thread counts in order.
class EvalRun {
 public:
  explicit EvalRun(const EvalOptions &options);
  int run();

 private:
  struct Outcome {
    int width_px = 0, height_px = 0;
    std::vector<skiff_box> boxes;
    std::string complaint;  // empty = all went well
  };

  void work(int worker, size_t index);
  void count(size_t index);
  std::string report() const;

  const EvalOptions &options_;
  std::vector<std::unique_ptr<Detector>> detectors_;  // one a job
  std::unique_ptr<Benchmark> benchmark_;
  std::vector<Outcome> outcomes_;
  size_t failures_ = 0;
  std::optional<Progress> progress_;
};

EvalRun::EvalRun(const EvalOptions &options) : options_(options) {
  if (options.voc.empty() && options.coco.empty()) throw UsageError("give --voc DIR, or --coco ANN.json with --images DIR");
  const std::shared_ptr<const Weights> weights = open_weights(options.weights);
  detectors_.push_back(std::make_unique<Detector>(weights, default_config()));
  benchmark_ = make_benchmark(options, detectors_[0]->engine().reported_labels());
  outcomes_.resize(benchmark_->picture_count());
  const size_t jobs = size_t(worker_count(options.jobs, outcomes_.size()));
  while (detectors_.size() < jobs) detectors_.push_back(std::make_unique<Detector>(weights, default_config()));
  progress_.emplace("evaluating", outcomes_.size());
}

int EvalRun::run() {
  run_ordered(
      outcomes_.size(), int(detectors_.size()), [this](int worker, size_t index) { work(worker, index); },
      [this](size_t index) { count(index); });
  progress_->hide();
  if (failures_ == outcomes_.size()) throw Error("no picture could be read: nothing to report");
  write_stdout(report());
  if (failures_ > 0) note(std::to_string(failures_) + " of " + std::to_string(outcomes_.size()) + " pictures are left out");
  return failures_ == 0 ? 0 : 1;
}

void EvalRun::work(int worker, size_t index) {
  Outcome &outcome = outcomes_[index];
  const std::string &path = benchmark_->picture(index);
  DecodeOptions decode;
  decode.apply_exif = false;
  try {
    const Image image = load_picture(path, decode);
    StageTimes times;
    outcome.boxes = detectors_[size_t(worker)]->detect(image, &times);
    outcome.width_px = image.width;
    outcome.height_px = image.height;
  } catch (const std::bad_alloc &) {
    outcome.complaint = path + ": not enough memory for this picture";
  } catch (const std::exception &error) {
    outcome.complaint = error.what();
  }
}

void EvalRun::count(size_t index) {
  const Outcome outcome = std::move(outcomes_[index]);
  if (outcome.complaint.empty()) {
    benchmark_->add(index, outcome.width_px, outcome.height_px, outcome.boxes);
  } else {
    progress_->hide();
    note(outcome.complaint);
    ++failures_;
  }
  progress_->advance();
}

std::string EvalRun::report() const {
  const Figures figures = benchmark_->figures();
  const size_t counted = outcomes_.size() - failures_;
  if (!options_.is_json) return table(figures, counted);
  JsonWriter json;
  json.begin_object().key("weights").string(detectors_[0]->engine().weights().path);
  json.key("dataset").string(options_.voc.empty() ? options_.coco : options_.voc);
  json.key("pictures").number(counted).key("failed").number(failures_);
  write_figures(figures, &json);
  return json.end_object().text() + "\n";
}

constexpr char kNotes[] =
    R"(VOC: DIR holds pictures and annotations side by side, or JPEGImages/, Annotations/ and ImageSets/ as the devkit does.
COCO: categories find the model's classes by name. Pictures are taken as they are stored: EXIF orientation is not applied, as
annotations are made without it. Exit status: 0, 1 where a picture could not be read (it is left out), 2 for a wrong command line.

Examples:
  skiff eval --voc VOCdevkit/VOC2007
  skiff eval ssd.skiff --coco instances_val2017.json --images val2017 --json
)";

}  // namespace

CLI::App *add_eval(CLI::App &app, std::function<int()> *run) {
  const auto o = std::make_shared<EvalOptions>();
  CLI::App *command = app.add_subcommand("eval", "measure a model's mean average precision on annotated pictures");
  add_weights_option(command, &o->weights);
  CLI::Option *voc = command->add_option("--voc", o->voc, "Pascal VOC data: mAP by 11 points and by integral, Paddle's rules");
  voc->type_name("DIR");
  command->add_option("--set", o->set, "VOC: which list of ImageSets/Main (default test)")->type_name("NAME")->needs(voc);
  CLI::Option *coco = command->add_option("--coco", o->coco, "COCO annotations: mAP .50:.95 and .50 by 101 points");
  CLI::Option *images = command->add_option("--images", o->images, "COCO: where the pictures are")->type_name("DIR");
  coco->type_name("ANN.json")->excludes(voc)->needs(images);
  images->needs(coco);
  command->add_flag("--json", o->is_json, "one JSON object instead of a table; figures in percent");
  command->add_option("--jobs", o->jobs, "pictures at a time, 0 = one per CPU (default 0)")
      ->type_name("N")
      ->check(CLI::Range(0, kMaxJobs));
  command->footer(kNotes);
  command->callback([o, run] { *run = [o] { return EvalRun(*o).run(); }; });
  return command;
}

}  // namespace skiff
