// SPDX-License-Identifier: MIT
//
// The newest frame is a matter of engine/pool/latest.h, which has a thread of its own. Results are written on that thread; the
// main thread reads and hands over. Frames that are JPEG files are handed over as they are, as one row of grey pixels: who drops
// a frame need not decode it.
#include "tools/skiff/watch_run.h"

#include <utility>

#include "tools/skiff/console.h"
#include "tools/skiff/detections.h"
#include "tools/skiff/stopwatch.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr uint64_t kMaxComplaints = 3;  // a stream that is damaged throughout says so in a few lines
constexpr size_t kSlackBytes = 192;     // see skiff_latest_options.max_frame_bytes

// Grey of video range is handed over with colours, which are half as many bytes again, and odd sides are rounded up.
size_t handed_bytes(const VideoSource &source) { return size_t(source.max_frame_bytes()) * 2 + kSlackBytes; }

}  // namespace

FrameLooker::FrameLooker(const WatchLook &look, Detector *detector)
    : look_(look),
      detector_(detector),
      labels_(detector->engine().reported_labels()),
      is_wanted_(wanted_classes(look.only, labels_)) {}

FrameLooker::Seen FrameLooker::look(const VideoFrame &video_frame, bool wants_picture) {
  Seen seen;
  PictureResult &result = seen.result;
  result.file = look_.name;
  skiff_frame frame = video_frame.pixels;
  Stopwatch watch;
  if (video_frame.jpeg != nullptr) {
    try {
      seen.picture = decode_image(video_frame.jpeg, video_frame.jpeg_bytes);
    } catch (const Error &error) {
      seen.complaint = error.what();
      return seen;
    }
    const Image &image = seen.picture;
    frame = skiff_frame_packed(SKIFF_PIXEL_RGB, image.pixels.data(), image.width, image.height, image.width * 3);
  }
  frame.rotation_degrees = look_.rotation_degrees;
  frame.is_mirrored = look_.is_mirrored;
  result.time_ms.decode = watch.lap_ms();
  const std::vector<skiff_box> boxes = detector_->detect(frame, &result.time_ms);
  result.time_ms.total = result.time_ms.decode + watch.lap_ms();
  const bool is_turned = look_.rotation_degrees % 180 != 0;
  result.width = is_turned ? frame.height_px : frame.width_px;
  result.height = is_turned ? frame.width_px : frame.height_px;
  add_detections(boxes, labels_, is_wanted_, &result);
  if (!wants_picture) return seen;
  if (video_frame.jpeg == nullptr) seen.picture = image_of(frame);
  seen.picture = apply_orientation(std::move(seen.picture), orientation_of(look_.rotation_degrees, look_.is_mirrored));
  return seen;
}

// What the source throws is kept until what came before is safe.
bool WatchRun::next(VideoFrame *frame) {
  try {
    if (is_over_ || stop_->is_asked() || !source_->next(frame)) return false;
  } catch (const Error &) {
    source_failure_ = std::current_exception();
    return false;
  }
  ++read_;
  return true;
}

void WatchRun::report(FrameLooker::Seen *seen, const Pending &pending) {
  if (!seen->complaint.empty()) {
    ++damaged_;
    status_.hide();
    const std::string name = seen->result.file == "-" ? "standard input" : seen->result.file;
    if (damaged_ <= kMaxComplaints) note(name + ": frame " + std::to_string(pending.stamp.number) + ": " + seen->complaint);
    return;
  }
  seen->result.frame = pending.stamp;
  if (output_->writes_to_stdout() && is_stdout_terminal()) status_.hide();
  output_->write(seen->result, &seen->picture);
  if (++done_ == max_frames_) is_over_ = true;
  const double latency_ms = std::chrono::duration<double, std::milli>(Clock::now() - pending.came).count();
  status_.advance(seen->result, latency_ms, dropped_);
}

void WatchRun::finish() {
  status_.hide();
  output_->commit();
  is_committed_ = true;
  if (source_failure_) std::rethrow_exception(source_failure_);
}

void WatchRun::watch_all() {
  try {
    VideoFrame frame;
    while (next(&frame)) {
      const Pending pending = {0, {frame.number, frame.time_s}, Clock::now()};
      FrameLooker::Seen seen = looker_->look(frame, output_->wants_pictures());
      report(&seen, pending);
    }
  } catch (const BrokenPipe &) {
  }
  finish();
}

// Also wakes the main thread where it waits for the source.
void WatchRun::end() {
  is_over_ = true;
  stop_->ask();
}

// Runs on the helper's thread, which knows no exceptions: the first is kept and ends the watch.
template <typename Act>
void WatchRun::guarded(const Act &act) {
  if (tell_failure_) return;
  try {
    act();
  } catch (...) {
    tell_failure_ = std::current_exception();
    end();
  }
}

void WatchRun::detect(const skiff_frame &frame) {
  guarded([&] {
    VideoFrame video_frame;
    video_frame.pixels = frame;
    if (source_->is_jpeg()) {
      video_frame.jpeg = frame.planes[0];
      video_frame.jpeg_bytes = size_t(frame.width_px);
    }
    seen_ = looker_->look(video_frame, output_->wants_pictures());
  });
}

WatchRun::Pending WatchRun::take_pending(uint64_t id) {
  const std::lock_guard<std::mutex> guard(lock_);
  while (pending_.front().id != id) pending_.pop_front();  // dropped
  return pending_.front();
}

void WatchRun::tell(const skiff_latest_result &result) {
  const Pending pending = take_pending(result.id);
  guarded([&] {
    if (is_over_) return;
    skiff_latest_counts counts;
    skiff_latest_get_counts(latest_, &counts);
    dropped_ = counts.dropped;
    report(&seen_, pending);
    if (is_over_) end();
  });
}

void WatchRun::watch_newest() {
  skiff_latest_options options;
  skiff_latest_options_default(&options);
  options.ctx = this;
  options.max_boxes = 1;  // ours are in seen_
  options.max_frame_bytes = handed_bytes(*source_);
  options.detect = [](void *ctx, skiff_engine *, const skiff_frame *frame, skiff_box *, int32_t, int32_t *) {
    static_cast<WatchRun *>(ctx)->detect(*frame);
    return SKIFF_OK;
  };
  options.on_result = [](void *ctx, const skiff_latest_result *result) { static_cast<WatchRun *>(ctx)->tell(*result); };
  const auto require = [](skiff_latest_status status) {
    if (status != SKIFF_LATEST_OK) throw Error(std::string("cannot watch: ") + skiff_latest_status_message(status));
  };
  require(skiff_latest_open(&options, &latest_));
  VideoFrame frame;
  skiff_latest_status status = SKIFF_LATEST_OK;
  while (status == SKIFF_LATEST_OK && next(&frame)) {
    const int32_t bytes = int32_t(frame.jpeg_bytes);
    const skiff_frame handed =
        source_->is_jpeg() ? skiff_frame_packed(SKIFF_PIXEL_GREY, frame.jpeg, bytes, 1, bytes) : frame.pixels;
    {
      const std::lock_guard<std::mutex> guard(lock_);
      pending_.push_back({read_, {frame.number, frame.time_s}, Clock::now()});
    }
    status = skiff_latest_submit(latest_, &handed, 0, nullptr);
  }
  skiff_latest_counts counts;
  skiff_latest_close(latest_, is_over_ ? SKIFF_LATEST_ABANDON : SKIFF_LATEST_FINISH, &counts);
  dropped_ = counts.dropped;
  require(status);
  try {
    if (tell_failure_) std::rethrow_exception(tell_failure_);
  } catch (const BrokenPipe &) {
  }
  finish();
}

}  // namespace skiff
