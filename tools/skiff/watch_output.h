// SPDX-License-Identifier: MIT
//
// Where the results of a watch go: lines of JSON, an annotated video, or both.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "tools/skiff/formats.h"
#include "tools/support/file.h"
#include "tools/video/video.h"

namespace skiff {

// What the command line says about it.
struct WatchTargets {
  std::string json = "-";             // "-" is standard output, "none" nowhere
  std::string video;                  // "-" is standard output, empty is nowhere
  std::optional<VideoFormat> format;  // of the video, none = by its name
};

// Settles the format of the video. Throws UsageError where both want standard output, both one file, or a file is `source`; and
// where the format cannot be told.
void check_targets(const std::string &source, WatchTargets *targets);

// Files are whole under their names once commit() has returned, and not there at all without it. Every write is one of a whole
// frame. Throws Error, BrokenPipe.
class WatchOutput {
 public:
  WatchOutput(const WatchTargets &targets, FrameRate rate);

  bool wants_pictures() const { return encoder_ != nullptr; }
  bool writes_to_stdout() const { return json_.is_stdout || video_.is_stdout; }

  // `picture` is upright and unmarked; it is drawn into, and need not be one where none is wanted.
  void write(const PictureResult &result, Image *picture);

  void commit();

 private:
  struct Stream {
    bool is_stdout = false;
    std::unique_ptr<FileWriter> file;
    void open(const std::string &path);
    void write(const void *data, size_t bytes);
  };

  std::vector<uint8_t> encode(const Image &picture);

  std::string video_path_;
  Stream json_, video_;
  std::unique_ptr<OutputFormat> lines_;
  std::unique_ptr<VideoEncoder> encoder_;
};

}  // namespace skiff
