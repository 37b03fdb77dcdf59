// SPDX-License-Identifier: MIT
//
// From frames to results: every frame in turn, or always the newest.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/pool/latest.h"
#include "tools/skiff/detector.h"
#include "tools/skiff/stop_signal.h"
#include "tools/skiff/watch_output.h"
#include "tools/skiff/watch_status.h"
#include "tools/video/video.h"

namespace skiff {

// How to look at frames.
struct WatchLook {
  std::string name;  // of the source, as the user gave it
  int rotation_degrees = 0;
  bool is_mirrored = false;
  std::vector<std::string> only;  // labels
};

// Makes a picture and its detections out of a frame. One thread at a time.
class FrameLooker {
 public:
  FrameLooker(const WatchLook &look, Detector *detector);

  struct Seen {
    PictureResult result;   // without a stamp
    Image picture;          // upright; only where it is wanted
    std::string complaint;  // why the frame is none, empty = it is one
  };
  // Throws Error for what is not the frame's fault.
  Seen look(const VideoFrame &frame, bool wants_picture);

 private:
  const WatchLook &look_;
  Detector *detector_;
  std::vector<std::string> labels_;
  std::vector<bool> is_wanted_;
};

class WatchRun {
 public:
  // `max_frames` results are the end; 0 = no such.
  WatchRun(VideoSource *source, FrameLooker *looker, WatchOutput *output, StopSignal *stop, uint64_t max_frames)
      : source_(source), looker_(looker), output_(output), stop_(stop), max_frames_(max_frames) {}
  WatchRun(const WatchRun &) = delete;

  // Until the source ends, `max_frames` are done, an end is asked for or a reader of ours has gone; outputs are committed then.
  // Throws Error where the source or an output fails: after the outputs have what came before from a source that fails.
  void watch_all();
  void watch_newest();

  // Whether outputs stand where they belong.
  bool is_committed() const { return is_committed_; }

  uint64_t read_count() const { return read_; }
  uint64_t done_count() const { return done_; }
  uint64_t dropped_count() const { return dropped_; }
  uint64_t damaged_count() const { return damaged_; }

 private:
  using Clock = std::chrono::steady_clock;
  // What is known of a frame that was submitted and has no result yet.
  struct Pending {
    uint64_t id;
    FrameStamp stamp;
    Clock::time_point came;
  };

  bool next(VideoFrame *frame);
  void report(FrameLooker::Seen *seen, const Pending &pending);
  void finish();

  // On the thread of the helper.
  void end();
  Pending take_pending(uint64_t id);
  void detect(const skiff_frame &frame);
  void tell(const skiff_latest_result &result);
  template <typename Act>
  void guarded(const Act &act);

  VideoSource *source_;
  FrameLooker *looker_;
  WatchOutput *output_;
  StopSignal *stop_;
  uint64_t max_frames_;
  WatchStatus status_;
  std::exception_ptr source_failure_;
  bool is_committed_ = false;
  std::atomic<bool> is_over_{false};  // whatever the source has yet
  uint64_t read_ = 0, done_ = 0, dropped_ = 0, damaged_ = 0;

  // Of watch_newest.
  skiff_latest *latest_ = nullptr;
  std::exception_ptr tell_failure_;  // what a callback threw
  FrameLooker::Seen seen_;
  std::mutex lock_;  // of pending_
  std::deque<Pending> pending_;
};

}  // namespace skiff
