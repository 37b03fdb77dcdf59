// SPDX-License-Identifier: MIT
//
// A progress bar on standard error: drawn only on a terminal, never in a log or a pipe.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace skiff {

// "detecting [#####     ] 52/208  25%  0:07 left". One thread at a time. Its line is wiped when the object ends.
class Progress {
 public:
  // Shows nothing where standard error is not a terminal or there is only one thing to do.
  Progress(std::string what, size_t total);
  ~Progress() { hide(); }
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  // One more is done. Draws at most ten times a second.
  void advance();

  // Wipes the bar, so that other output may be written to the same terminal; the next advance() draws it again.
  void hide();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  std::string what_;
  size_t done_ = 0, total_;
  bool is_shown_, is_drawn_ = false;
  Clock::time_point start_ = Clock::now(), drawn_at_;
};

}  // namespace skiff
