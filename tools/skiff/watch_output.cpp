// SPDX-License-Identifier: MIT
#include "tools/skiff/watch_output.h"

#include <sys/stat.h>

#include <filesystem>

#include "tools/skiff/console.h"
#include "tools/skiff/detections.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr char kStdout[] = "-", kNowhere[] = "none";

std::optional<VideoFormat> format_by_name(const std::string &path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".y4m") return VideoFormat::kY4m;
  if (extension == ".mjpeg" || extension == ".mjpg") return VideoFormat::kMjpeg;
  return std::nullopt;
}

// Whether both are names of one regular file; of one that is not there yet, too.
bool is_same_file(const std::string &a, const std::string &b) {
  struct stat first, second;
  if (stat(a.c_str(), &first) != 0 || stat(b.c_str(), &second) != 0)
    return std::filesystem::path(a).lexically_normal() == std::filesystem::path(b).lexically_normal();
  return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

void check_targets(const std::string &source, WatchTargets *targets) {
  const bool has_json = targets->json != kNowhere, has_video = !targets->video.empty();
  if (has_video && targets->video == kStdout && targets->json == kStdout)
    throw UsageError("--out - and the JSON lines both want standard output; add --json FILE or --json none");
  if (has_video && has_json && targets->video != kStdout && is_same_file(targets->video, targets->json))
    throw UsageError("--out and --json name the same file, " + targets->video);
  for (const std::string &path : {targets->video, has_json ? targets->json : std::string()})
    if (!path.empty() && path != kStdout && source != kStdout && is_same_file(path, source))
      throw UsageError(path + ": would overwrite the source; name another place");
  if (!has_video && targets->format) throw UsageError("--out-format goes with --out");
  if (!has_video || targets->format) return;
  targets->format = format_by_name(targets->video);
  if (!targets->format)
    throw UsageError("--out " + targets->video +
                     ": cannot tell the format by this name; add --out-format y4m or --out-format mjpeg");
}

void WatchOutput::Stream::open(const std::string &path) {
  is_stdout = path == kStdout;
  if (!is_stdout) file = std::make_unique<FileWriter>(path);
}

void WatchOutput::Stream::write(const void *data, size_t bytes) {
  if (is_stdout)
    write_stdout({static_cast<const char *>(data), bytes});
  else
    file->write(data, bytes);
}

WatchOutput::WatchOutput(const WatchTargets &targets, FrameRate rate) : video_path_(targets.video) {
  if (targets.json != kNowhere) {
    json_.open(targets.json);
    lines_ = make_format("json", {});
  }
  if (targets.video.empty()) return;
  video_.open(targets.video);
  encoder_ = make_video_encoder(*targets.format, rate);
}

std::vector<uint8_t> WatchOutput::encode(const Image &picture) {
  try {
    return encoder_->encode(picture);
  } catch (const Error &error) {
    throw Error(video_path_ + ": " + error.what());
  }
}

void WatchOutput::write(const PictureResult &result, Image *picture) {
  if (encoder_) {
    draw_annotations(picture, annotations_of(result));
    const std::vector<uint8_t> bytes = encode(*picture);
    video_.write(bytes.data(), bytes.size());
  }
  if (!lines_) return;
  const std::string line = lines_->picture(result);
  json_.write(line.data(), line.size());
}

void WatchOutput::commit() {
  for (Stream *stream : {&video_, &json_})
    if (stream->file) stream->file->commit();
}

}  // namespace skiff
