// SPDX-License-Identifier: MIT
//
// Plain carriage returns and "erase to the end of line": every terminal since the VT100 knows both, and a bar that is hidden
// before anything else is written cannot garble it.
#include "tools/skiff/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace skiff {
namespace {

constexpr int kBarCells = 30;
constexpr std::chrono::milliseconds kRedrawEvery(100);

}  // namespace

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)), total_(total), is_shown_(total > 1 && isatty(STDERR_FILENO) == 1) {}

void Progress::advance() {
  ++done_;
  if (!is_shown_) return;
  const auto now = Clock::now();
  if (is_drawn_ && now - drawn_at_ < kRedrawEvery && done_ != total_) return;
  drawn_at_ = now;
  draw();
}

void Progress::draw() {
  const double fraction = double(done_) / double(total_);
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const long left = long(elapsed / fraction - elapsed + 0.5);
  const int filled = int(fraction * kBarCells);
  std::string bar(size_t(filled), '#');
  bar.resize(kBarCells, ' ');
  std::fprintf(stderr, "\r%s [%s] %zu/%zu %3d%%  %ld:%02ld left\033[K", what_.c_str(), bar.c_str(), done_, total_,
               int(fraction * 100), left / 60, left % 60);
  std::fflush(stderr);
  is_drawn_ = true;
}

void Progress::hide() {
  if (!is_drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  is_drawn_ = false;
}

}  // namespace skiff
