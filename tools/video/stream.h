// SPDX-License-Identifier: MIT
//
// What the sources that read bytes share.
#pragma once
#include "tools/support/error.h"
#include "tools/video/buffered.h"
#include "tools/video/pixels.h"

namespace skiff {

// Numbers frames, times them by the rate, names them in errors.
class StreamSource : public VideoSource {
 public:
  StreamSource(BufferedBytes bytes, const StreamOptions &options, FrameRate own_rate)
      : bytes_(std::move(bytes)), name_(options.name) {
    rate_ = options.rate.is_known() ? options.rate : own_rate.is_known() ? own_rate : kDefaultFrameRate;
  }

  bool next(VideoFrame *frame) override {
    *frame = VideoFrame();
    frame->number = count_;
    frame->time_s = rate_.time_s(count_);
    if (bytes_.is_stopped() || !read(frame) || bytes_.is_stopped()) return false;
    ++count_;
    return true;
  }

  FrameRate rate() const override { return rate_; }

 protected:
  // Reads the pixels of the next frame; false at the end of the stream. An end that the user wants may look like any end, or like
  // damage, for which fail() has no error then.
  virtual bool read(VideoFrame *frame) = 0;

  // "NAME: frame 7: <what>". Returns false where the stream was stopped, which explains everything.
  bool fail(const std::string &what) const {
    if (bytes_.is_stopped()) return false;
    throw Error(name_ + ": frame " + std::to_string(count_) + ": " + what);
  }

  bool fail_truncated(uint64_t expected, uint64_t found) const {
    return fail("truncated: expected " + std::to_string(expected) + " bytes, found " + std::to_string(found));
  }

  BufferedBytes bytes_;

 private:
  std::string name_;
  FrameRate rate_;
  uint64_t count_ = 0;
};

std::unique_ptr<VideoSource> open_mjpeg(BufferedBytes bytes, const StreamOptions &options);

}  // namespace skiff
