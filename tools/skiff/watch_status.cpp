// SPDX-License-Identifier: MIT
#include "tools/skiff/watch_status.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "tools/skiff/console.h"
#include "tools/skiff/numbers.h"

namespace skiff {
namespace {

constexpr size_t kRemembered = 90;  // three seconds of most cameras
constexpr size_t kMaxColumns = 79;
constexpr std::chrono::milliseconds kRedrawEvery(100);

// "cat, person x2": labels with how many of each, as the detections are sorted.
std::string labels_of(const PictureResult &result) {
  std::string text;
  const std::vector<Detection> &all = result.detections;
  for (size_t i = 0; i < all.size();) {
    size_t end = i + 1;
    while (end < all.size() && all[end].label == all[i].label) ++end;
    text += (text.empty() ? "" : ", ") + one_line(all[i].label);
    if (end - i > 1) text += " x" + std::to_string(end - i);
    i = end;
  }
  return text;
}

}  // namespace

void WatchRates::add(Clock::time_point now, double latency_ms) {
  entries_.push_back({now, latency_ms});
  if (entries_.size() > kRemembered) entries_.pop_front();
}

double WatchRates::frames_per_second() const {
  if (entries_.size() < 2) return 0;
  const double seconds = std::chrono::duration<double>(entries_.back().at - entries_.front().at).count();
  return seconds > 0 ? double(entries_.size() - 1) / seconds : 0;
}

double WatchRates::median_latency_ms() const {
  if (entries_.empty()) return 0;
  std::vector<double> latencies;
  for (const Entry &entry : entries_) latencies.push_back(entry.latency_ms);
  const auto middle = latencies.begin() + std::ptrdiff_t(latencies.size() / 2);
  std::nth_element(latencies.begin(), middle, latencies.end());
  return *middle;
}

WatchStatus::WatchStatus() : is_shown_(isatty(STDERR_FILENO) == 1) {}

void WatchStatus::advance(const PictureResult &result, double latency_ms, uint64_t dropped) {
  if (!is_shown_) return;
  const auto now = WatchRates::Clock::now();
  rates_.add(now, latency_ms);
  if (is_drawn_ && now - drawn_at_ < kRedrawEvery) return;
  drawn_at_ = now;
  draw(result, dropped);
}

void WatchStatus::draw(const PictureResult &result, uint64_t dropped) {
  std::string line = "frame " + std::to_string(result.frame ? result.frame->number : 0) + "  " +
                     fixed(rates_.frames_per_second(), 1) + " fps  latency " + fixed(rates_.median_latency_ms(), 1) + " ms  " +
                     std::to_string(dropped) + " dropped  " + labels_of(result);
  if (line.size() > kMaxColumns) line.resize(kMaxColumns);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  is_drawn_ = true;
}

void WatchStatus::hide() {
  if (!is_drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  is_drawn_ = false;
}

}  // namespace skiff
