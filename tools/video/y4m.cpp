// SPDX-License-Identifier: MIT
//
// A header of one line, then for each frame a line that begins with FRAME and the planes. Lines are the only thing without a
// length: they are cut off where no writer comes near.
#include "tools/video/y4m.h"

#include <charconv>
#include <optional>

#include "tools/support/text.h"
#include "tools/video/stream.h"

namespace skiff {
namespace {

constexpr size_t kMaxHeaderBytes = 4096, kMaxFrameLineBytes = 1024;
constexpr std::string_view kFrame = "FRAME";

struct Colour {
  std::string_view name;
  PixelFormat format;
};
// Where U and V lie between the pixels of 4:2:0 is told by the name and makes no difference to a detector.
constexpr Colour kColours[] = {
    {"420", PixelFormat::kI420},      {"420jpeg", PixelFormat::kI420}, {"420mpeg2", PixelFormat::kI420},
    {"420paldv", PixelFormat::kI420}, {"422", PixelFormat::kI422},     {"444", PixelFormat::kI444},
    {"mono", PixelFormat::kGrey},
};

std::optional<uint32_t> parse_number(std::string_view text) {
  uint32_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

uint32_t parse_side(const char *side, std::string_view text) {
  const std::optional<uint32_t> number = parse_number(text);
  if (!number) throw Error(std::string("Y4M: ") + side + " " + quoted(text) + " is not a number");
  return *number;
}

PixelFormat parse_colour(std::string_view name) {
  for (const Colour &colour : kColours)
    if (colour.name == name) return colour.format;
  throw Error("Y4M: pixels of kind " + quoted(name) + ", expected 8 bits of 420, 422, 444 or mono (ffmpeg: -pix_fmt yuv420p)");
}

// 0:0 stands for a rate that is not known.
FrameRate parse_rate(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return {};
  return {parse_number(text.substr(0, colon)).value_or(0), parse_number(text.substr(colon + 1)).value_or(0)};
}

class Y4mSource : public StreamSource {
 public:
  Y4mSource(BufferedBytes bytes, const StreamOptions &options, const Y4mHeader &header)
      : StreamSource(std::move(bytes), options, header.rate), layout_(header.layout) {}

  uint64_t max_frame_bytes() const override { return frame_bytes(layout_); }

 protected:
  bool read(VideoFrame *frame) override {
    if (bytes_.peek(1).empty()) return false;
    std::string line;
    if (!bytes_.read_line('\n', kMaxFrameLineBytes, &line) || line.compare(0, kFrame.size(), kFrame) != 0)
      return fail("expected a line that begins with FRAME, found " + quoted(line.substr(0, 20)));
    bytes_.read(max_frame_bytes(), &planes_);
    if (planes_.size() < max_frame_bytes()) return fail_truncated(max_frame_bytes(), planes_.size());
    frame->pixels = frame_in(planes_.data(), layout_, &scratch_);
    return true;
  }

 private:
  PixelLayout layout_;
  std::vector<uint8_t> planes_, scratch_;
};

}  // namespace

Y4mHeader parse_y4m_header(std::string_view line, uint64_t max_pixels) {
  uint32_t width = 0, height = 0;
  PixelFormat format = PixelFormat::kI420;
  Y4mHeader header;
  bool is_video_range = true;
  line.remove_prefix(std::min(kY4mMagic.size(), line.size()));
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end), value = word.substr(std::min<size_t>(1, word.size()));
    line.remove_prefix(std::min(end + 1, line.size()));
    if (word.empty()) continue;
    if (word[0] == 'W') width = parse_side("width", value);
    if (word[0] == 'H') height = parse_side("height", value);
    if (word[0] == 'F') header.rate = parse_rate(value);
    if (word[0] == 'C') format = parse_colour(value);
    if (value == "COLORRANGE=FULL") is_video_range = false;
  }
  header.layout = packed_layout("Y4M", format, width, height, max_pixels);
  header.layout.is_video_range = is_video_range;
  return header;
}

std::unique_ptr<VideoSource> open_y4m(BufferedBytes bytes, const StreamOptions &options) {
  std::string line;
  if (!bytes.read_line('\n', kMaxHeaderBytes, &line)) {
    if (bytes.is_stopped()) return open_mjpeg(std::move(bytes), options);  // has no frame either
    throw Error(options.name + ": Y4M: no end of the header within " + std::to_string(kMaxHeaderBytes) + " bytes");
  }
  line.pop_back();
  try {
    return std::make_unique<Y4mSource>(std::move(bytes), options, parse_y4m_header(line, options.max_pixels));
  } catch (const Error &error) {
    throw Error(options.name + ": " + error.what());
  }
}

}  // namespace skiff
