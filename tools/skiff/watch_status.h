// SPDX-License-Identifier: MIT
//
// How a watch goes, as one line on standard error: drawn only on a terminal, never in a log or a pipe.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "tools/skiff/formats.h"

namespace skiff {

// Frames a second and the median latency, over the last frames only.
class WatchRates {
 public:
  using Clock = std::chrono::steady_clock;

  // A frame that was done at `now`, `latency_ms` after it had come.
  void add(Clock::time_point now, double latency_ms);

  double frames_per_second() const;  // 0 before there are two
  double median_latency_ms() const;  // 0 before there is one

 private:
  struct Entry {
    Clock::time_point at;
    double latency_ms;
  };
  std::deque<Entry> entries_;
};

// "frame 120  29.8 fps  latency 14.2 ms  3 dropped  cat, person". One thread at a time. Its line is wiped when the object ends.
class WatchStatus {
 public:
  WatchStatus();
  ~WatchStatus() { hide(); }
  WatchStatus(const WatchStatus &) = delete;
  WatchStatus &operator=(const WatchStatus &) = delete;

  // One more frame is done. Draws at most ten times a second.
  void advance(const PictureResult &result, double latency_ms, uint64_t dropped);

  // Wipes the line, so that other output may be written to the same terminal; the next advance() draws it again.
  void hide();

 private:
  void draw(const PictureResult &result, uint64_t dropped);

  bool is_shown_, is_drawn_ = false;
  WatchRates rates_;
  WatchRates::Clock::time_point drawn_at_;
};

}  // namespace skiff
