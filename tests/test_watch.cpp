// SPDX-License-Identifier: MIT
//
// The parts of skiff watch that a whole run shows only now and then: its rates, its targets, how it is asked to end.
#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/errors.h"
#include "tests/support/scratch.h"
#include "tools/skiff/stop_signal.h"
#include "tools/skiff/watch_output.h"
#include "tools/skiff/watch_status.h"

using namespace skiff;
using namespace skiff::test;

namespace {

bool is_readable(int fd) {
  pollfd poll_fd = {fd, POLLIN, 0};
  return poll(&poll_fd, 1, 0) == 1;
}

}  // namespace

TEST_CASE("rates are those of the last frames") {
  WatchRates rates;
  CHECK(rates.frames_per_second() == 0);
  CHECK(rates.median_latency_ms() == 0);
  const WatchRates::Clock::time_point begin{};
  const auto at_ms = [&](int ms) { return begin + std::chrono::milliseconds(ms); };
  rates.add(at_ms(0), 7);
  CHECK(rates.frames_per_second() == 0);
  CHECK(rates.median_latency_ms() == 7);
  for (int i = 1; i <= 20; ++i) rates.add(at_ms(50 * i), i == 20 ? 1000 : 10);
  CHECK(rates.frames_per_second() == doctest::Approx(20));
  CHECK(rates.median_latency_ms() == 10);  // one slow frame is not the rule
  for (int i = 1; i <= 200; ++i) rates.add(at_ms(1000 + 10 * i), 3);
  CHECK(rates.frames_per_second() == doctest::Approx(100));  // the slow beginning is forgotten
  CHECK(rates.median_latency_ms() == 3);
}

TEST_CASE("signals ask for an end once, then do what they always did") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    StopSignal stop;
    CHECK(!stop.is_asked());
    CHECK(!is_readable(stop.fd()));
    raise(number);
    CHECK(stop.is_asked());
    CHECK(is_readable(stop.fd()));
    CHECK(is_readable(stop.fd()));  // stays so
    struct sigaction now = {};
    sigaction(number, nullptr, &now);
    CHECK((now.sa_handler == SIG_DFL));
  }
  StopSignal stop;
  CHECK(!stop.is_asked());                      // a new one knows nothing of the last
  for (int i = 0; i < 100000; ++i) stop.ask();  // more than a pipe holds
  CHECK(stop.is_asked());
  CHECK(is_readable(stop.fd()));
}

TEST_CASE("a signal that is ignored stays ignored") {
  const auto before = signal(SIGHUP, SIG_IGN);
  {
    StopSignal stop;
    raise(SIGHUP);
    CHECK(!stop.is_asked());
  }
  CHECK((signal(SIGHUP, before) == SIG_IGN));
}

TEST_CASE("targets are settled by name, and conflicts told") {
  const auto settle = [](const std::string &json, const std::string &video, std::optional<VideoFormat> format = {}) {
    WatchTargets targets = {json, video, format};
    check_targets("source.y4m", &targets);
    return targets.format;
  };
  CHECK(settle("-", "a.y4m") == VideoFormat::kY4m);
  CHECK(settle("-", "dir.x/a.mjpg") == VideoFormat::kMjpeg);
  CHECK(settle("-", "a.y4m", VideoFormat::kMjpeg) == VideoFormat::kMjpeg);
  CHECK(settle("none", "-", VideoFormat::kY4m) == VideoFormat::kY4m);
  CHECK(settle("lines", "-", VideoFormat::kY4m) == VideoFormat::kY4m);
  CHECK(!settle("-", ""));
  for (const auto &entry : std::vector<std::tuple<std::string, std::string, std::optional<VideoFormat>>>{
           {"-", "-", VideoFormat::kY4m},
           {"-", "a.avi", {}},
           {"none", "-", {}},
           {"-", "", VideoFormat::kY4m},
           {"a.y4m", "./a.y4m", {}},
           {"-", "./source.y4m", {}},
           {"source.y4m", "", {}},
       }) {
    const std::string &json = std::get<0>(entry), &video = std::get<1>(entry);
    CAPTURE(json);
    CAPTURE(video);
    CHECK_THROWS_AS(settle(json, video, std::get<2>(entry)), UsageError);
  }
}

TEST_CASE("outputs are there after a commit, and not without") {
  const ScratchDir directory;
  const WatchTargets targets = {directory.path("lines"), directory.path("a.y4m"), VideoFormat::kY4m};
  PictureResult result;
  result.frame = FrameStamp{0, 0};
  Image picture = {4, 4, std::vector<uint8_t>(48, 100)};
  {
    WatchOutput output(targets, kDefaultFrameRate);
    CHECK(output.wants_pictures());
    CHECK(!output.writes_to_stdout());
    output.write(result, &picture);
  }
  CHECK(list_directory(directory.path()).empty());
  WatchOutput output(targets, kDefaultFrameRate);
  output.write(result, &picture);
  output.write(result, &picture);
  CHECK(list_directory(directory.path()).size() == 2);  // temporaries
  output.commit();
  CHECK(list_directory(directory.path()) == std::vector<std::string>{"a.y4m", "lines"});
  const std::vector<uint8_t> lines = read_file(targets.json);
  CHECK(std::count(lines.begin(), lines.end(), uint8_t('\n')) == 2);
  picture.height = 2;
  WatchOutput other(targets, kDefaultFrameRate);
  Image larger = {5, 4, std::vector<uint8_t>(60, 100)};
  other.write(result, &larger);
  CHECK(error_of([&] { other.write(result, &picture); }).find(targets.video + ": a Y4M video") == 0);
}
