// SPDX-License-Identifier: MIT
//
// skiff watch: a camera or a video in, a line of JSON a frame out, and the video again with what was found drawn into it. It may
// run for days and be ended at any time: by a signal, by whoever reads its output, by the end of its input.
#include <climits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/detections.h"
#include "tools/skiff/detector.h"
#include "tools/skiff/stop_signal.h"
#include "tools/skiff/watch_output.h"
#include "tools/skiff/watch_run.h"
#include "tools/support/error.h"
#include "tools/video/camera.h"
#include "tools/video/descriptors.h"

namespace skiff {
namespace {

constexpr int kMaxThreads = 256;

constexpr PixelFormat kRawFormats[] = {PixelFormat::kNv12, PixelFormat::kNv21, PixelFormat::kI420, PixelFormat::kYuyv,
                                       PixelFormat::kGrey, PixelFormat::kRgb,  PixelFormat::kBgr};

struct WatchOptions {
  WatchLook look;
  WatchTargets targets;
  std::string raw, size, rate, out_format, weights, backend;
  std::optional<float> score;
  int threads = 1;
  CpuArgs cpus;
  bool is_full_range = false, is_live = false, is_all = false;
  int max_frames = 0;
};

std::vector<std::string> raw_names() {
  std::vector<std::string> names;
  for (const PixelFormat format : kRawFormats) names.push_back(name_of(format));
  return names;
}

PixelFormat raw_format(const std::string &name) {
  for (const PixelFormat format : kRawFormats)
    if (name == name_of(format)) return format;
  return PixelFormat::kI420;
}

bool is_camera(const WatchOptions &o) { return o.raw.empty() && is_device(o.look.name); }

// What can be wrong with the command line, before anything is opened.
void check_options(WatchOptions *o) {
  if (o->out_format == "y4m") o->targets.format = VideoFormat::kY4m;
  if (o->out_format == "mjpeg") o->targets.format = VideoFormat::kMjpeg;
  if (!o->size.empty() && parse_frame_size(o->size).width == 0)
    throw UsageError("--size " + o->size + ": expected WIDTHxHEIGHT, such as 640x480, no side above 65535");
  if (!o->rate.empty() && !parse_frame_rate(o->rate).is_known())
    throw UsageError("--fps " + o->rate + ": expected frames a second, such as 30, 29.97 or 30000/1001, between 0.01 and 1000");
  if (!o->raw.empty() && o->size.empty()) throw UsageError("--raw needs --size");
  if (o->raw.empty() && o->is_full_range) throw UsageError("--full-range goes with --raw");
  if (o->raw.empty() && !o->size.empty() && !is_camera(*o)) throw UsageError("--size goes with --raw or a camera");
  check_targets(o->look.name, &o->targets);
}

std::unique_ptr<VideoSource> open_source(const WatchOptions &o, const StopSignal &stop) {
  if (is_camera(o)) {
    CameraOptions camera;
    camera.name = o.look.name;
    camera.size = parse_frame_size(o.size);
    camera.rate = parse_frame_rate(o.rate);
    return open_camera(open_camera_device(camera.name, stop.fd()), camera);
  }
  StreamOptions stream;
  stream.name = o.look.name == "-" ? "standard input" : o.look.name;
  stream.is_raw = !o.raw.empty();
  stream.format = raw_format(o.raw);
  stream.is_video_range = !o.is_full_range && stream.format != PixelFormat::kGrey;
  stream.size = parse_frame_size(o.size);
  stream.rate = parse_frame_rate(o.rate);
  return open_stream(open_bytes(o.look.name, stop.fd()), stream);
}

skiff_config make_config(const WatchOptions &o) {
  skiff_config config = default_config();
  config.score_threshold = o.score.value_or(kDefaultScore);
  return config;
}

std::string frames(uint64_t count) { return std::to_string(count) + (count == 1 ? " frame" : " frames"); }

void note_results(const WatchOptions &o, const WatchRun &run, bool is_live) {
  if (is_live)
    note(frames(run.read_count()) + " came, " + std::to_string(run.done_count()) + " done, " +
         std::to_string(run.dropped_count()) + " dropped");
  if (run.damaged_count() > 0) note(frames(run.damaged_count()) + " could not be decoded");
  if (!o.targets.video.empty() && o.targets.video != "-") note("wrote " + frames(run.done_count()) + " to " + o.targets.video);
}

int watch(WatchOptions *o) {
  check_options(o);
  stay_on_cpus(named_cpus(o->cpus));  // before any thread is started
  Detector detector(open_weights(o->weights), make_config(*o), o->threads, o->backend);
  FrameLooker looker(o->look, &detector);
  StopSignal stop;
  const std::unique_ptr<VideoSource> source = open_source(*o, stop);
  WatchOutput output(o->targets, source->rate());
  WatchRun run(source.get(), &looker, &output, &stop, uint64_t(o->max_frames));
  const bool is_live = o->is_live || (source->is_camera() && !o->is_all);
  const auto act = [&] { is_live ? run.watch_newest() : run.watch_all(); };
  try {
    act();
  } catch (const Error &) {
    if (run.is_committed() && run.done_count() > 0) note_results(*o, run, is_live);
    throw;
  }
  note_results(*o, run, is_live);
  return run.damaged_count() > 0 && !source->is_camera() ? 1 : 0;
}

constexpr char kExamples[] =
    R"(Videos: Y4M (8 bits; 4:2:0, 4:2:2, 4:4:4, mono), JPEG pictures one after another (MJPEG), raw pixels. Others by ffmpeg.
Every frame of a file or a pipe is done; of a camera always the newest, and what came meanwhile is dropped.
A line of output is that of skiff detect --format json, with "frame" and "time_s" (seconds since the first frame). Boxes are in
pixels of the upright picture, after --rotate and --mirror.
A signal (INT, TERM, HUP) or a reader that goes away ends it after the frame in progress; outputs are whole then.
Exit status: 0, also after a signal or without a reader; 1 where the video or an output failed (frames before are done) or a frame
could not be decoded (the others are done); 2 for a wrong command line.

Examples:
  skiff watch /dev/video0                                             what a camera sees, until Ctrl-C
  skiff watch /dev/video0 --json none --out - --out-format mjpeg | ffplay -
  ffmpeg -i film.mp4 -f yuv4mpegpipe -pix_fmt yuv420p - | skiff watch - > film.ndjson
  ffmpeg -i film.mp4 -f yuv4mpegpipe - | skiff watch - --json none --out - --out-format y4m | ffmpeg -i - marked.mp4
  skiff watch --raw nv12 --size 640x480 --out marked.mjpeg frames.nv12
)";

void add_source_options(CLI::App *command, WatchOptions *o) {
  command->add_option("SOURCE", o->look.name, "camera (/dev/videoN), video file, or - for a video on standard input")->required();
  command->add_option("--raw", o->raw, "the video is pixels and nothing else: nv12, nv21, i420, yuyv, grey, rgb24, bgr24")
      ->type_name("F")
      ->check(CLI::IsMember(raw_names()));
  command->add_option("--size", o->size, "of raw frames; of a camera's, if it can (default 640x480)")->type_name("WxH");
  command
      ->add_option("--fps", o->rate,
                   "frames a second, by which frames are timed where the video does not say (default 25); of a camera, if it can")
      ->type_name("R");
  command->add_flag("--full-range", o->is_full_range,
                    "raw Y, U and V have the full range of values, not that of video (16..235)");
  command->add_option("--rotate", o->look.rotation_degrees, "turn frames clockwise: 0, 90, 180, 270 (default 0)")
      ->type_name("D")
      ->check(CLI::IsMember({0, 90, 180, 270}));
  command->add_flag("--mirror", o->look.is_mirrored, "then let left and right change places");
  CLI::Option *live = command->add_flag("--live", o->is_live, "always the newest frame, dropping what came meanwhile");
  command->add_flag("--all-frames", o->is_all, "every frame, of a camera too")->excludes(live);
  command->add_option("--max-frames", o->max_frames, "end after this many results, 0 = never (default 0)")
      ->type_name("N")
      ->check(CLI::Range(0, INT_MAX));
}

void add_model_options(CLI::App *command, WatchOptions *o) {
  command->add_option("--weights", o->weights, "model to use (default: the one shipped with skiff)")->type_name("FILE");
  add_backend_option(command, &o->backend);
  command->add_option("--score", o->score, "report detections with a score above this (default 0.5)")
      ->type_name("S")
      ->check(fraction());
  command->add_option("--only", o->look.only, "report these labels only")
      ->type_name("LABEL,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--threads", o->threads, "threads for each frame (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxThreads));
  add_cpu_options(command, &o->cpus);
}

void add_output_options(CLI::App *command, WatchOptions *o) {
  command->add_option("--json", o->targets.json, "where lines go: a file, - for standard output, none (default -)")
      ->type_name("FILE");
  command->add_option("-o,--out", o->targets.video, "annotated video to write: .y4m, .mjpeg; - for standard output")
      ->type_name("FILE");
  command->add_option("--out-format", o->out_format, "of the annotated video: y4m, mjpeg (default by its name)")
      ->type_name("F")
      ->check(CLI::IsMember({"y4m", "mjpeg"}));
}

}  // namespace

CLI::App *add_watch(CLI::App &app, std::function<int()> *run) {
  const auto o = std::make_shared<WatchOptions>();
  CLI::App *command = app.add_subcommand("watch", "find objects in a video or what a camera sees");
  add_source_options(command, o.get());
  add_model_options(command, o.get());
  add_output_options(command, o.get());
  command->footer(kExamples);
  command->callback([o, run] { *run = [o] { return watch(o.get()); }; });
  return command;
}

}  // namespace skiff
