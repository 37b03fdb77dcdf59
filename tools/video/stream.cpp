// SPDX-License-Identifier: MIT
//
// A stream's format is told by its first bytes. Raw pixels have none to tell it by, so they are what the user says.
#include "tools/video/stream.h"

#include <charconv>

#include "tools/video/y4m.h"

namespace skiff {
namespace {

constexpr int kMaxSidePx = 65535;

class RawSource : public StreamSource {
 public:
  RawSource(BufferedBytes bytes, const StreamOptions &options, const PixelLayout &layout)
      : StreamSource(std::move(bytes), options, {}), layout_(layout) {}

  uint64_t max_frame_bytes() const override { return frame_bytes(layout_); }

 protected:
  bool read(VideoFrame *frame) override {
    bytes_.read(max_frame_bytes(), &pixels_);
    if (pixels_.empty()) return false;
    if (pixels_.size() < max_frame_bytes()) return fail_truncated(max_frame_bytes(), pixels_.size());
    frame->pixels = frame_in(pixels_.data(), layout_, &scratch_);
    return true;
  }

 private:
  PixelLayout layout_;
  std::vector<uint8_t> pixels_, scratch_;
};

bool begins(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool is_mjpeg(std::string_view first) {
  return begins(first, "\xFF\xD8\xFF") || begins(first, "--") || begins(first, "\r\n--");  // a boundary of multipart
}

// What people try, so that the message can name it.
const char *foreign_format(std::string_view first) {
  if (begins(first.substr(std::min<size_t>(4, first.size())), "ftyp")) return "an MP4 video";
  if (begins(first, "\x1A\x45\xDF\xA3")) return "a Matroska or WebM video";
  if (begins(first, "RIFF")) return "an AVI video";
  if (begins(first, "\x89PNG") || begins(first, "GIF8")) return "a picture (for which there is skiff detect)";
  return "not a video";
}

}  // namespace

FrameRate parse_frame_rate(std::string_view text) {
  const auto parse = [](std::string_view part, double *number) {
    const auto [stop, failure] = std::from_chars(part.data(), part.data() + part.size(), *number, std::chars_format::fixed);
    return failure == std::errc() && stop == part.data() + part.size();
  };
  const size_t slash = text.find('/');
  double count = 0, seconds = 1;
  if (!parse(text.substr(0, slash), &count)) return {};
  if (slash != text.npos && !parse(text.substr(slash + 1), &seconds)) return {};
  const double rate = count / seconds;
  if (!(rate >= 0.01 && rate <= 1000) || !(seconds >= 1 && seconds <= 1e6)) return {};
  const bool is_whole = count == double(uint32_t(count)) && seconds == double(uint32_t(seconds));
  if (is_whole) return {uint32_t(count), uint32_t(seconds)};
  return {uint32_t(rate * 1000 + 0.5), 1000};
}

FrameSize parse_frame_size(std::string_view text) {
  FrameSize size;
  const char *const last = text.data() + text.size();
  const auto width = std::from_chars(text.data(), last, size.width);
  if (width.ec != std::errc() || width.ptr == last || *width.ptr != 'x') return {};
  const auto height = std::from_chars(width.ptr + 1, last, size.height);
  const bool is_valid = height.ec == std::errc() && height.ptr == last && size.width >= 1 && size.width <= kMaxSidePx &&
                        size.height >= 1 && size.height <= kMaxSidePx;
  return is_valid ? size : FrameSize();
}

std::unique_ptr<VideoSource> open_raw(BufferedBytes bytes, const StreamOptions &options) {
  PixelLayout layout = packed_layout(name_of(options.format), options.format, uint64_t(options.size.width),
                                     uint64_t(options.size.height), options.max_pixels);
  layout.is_video_range = options.is_video_range;
  return std::make_unique<RawSource>(std::move(bytes), options, layout);
}

std::unique_ptr<VideoSource> open_stream(std::unique_ptr<ByteSource> source, const StreamOptions &options) {
  BufferedBytes bytes(std::move(source));
  if (options.is_raw) return open_raw(std::move(bytes), options);
  const std::string_view first = bytes.peek(kY4mMagic.size());
  if (begins(first, kY4mMagic)) return open_y4m(std::move(bytes), options);
  if (is_mjpeg(first) || bytes.is_stopped()) return open_mjpeg(std::move(bytes), options);
  if (first.empty()) throw Error(options.name + ": empty, not a video");
  throw Error(options.name + ": " + foreign_format(first) +
              ", expected Y4M, MJPEG, or raw pixels with --raw and --size; to convert: " +
              "ffmpeg -i FILE -f yuv4mpegpipe -pix_fmt yuv420p - | skiff watch -");
}

}  // namespace skiff
