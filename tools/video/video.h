// SPDX-License-Identifier: MIT
//
// Moving pictures as tools need them: frames one by one from a stream or a camera, and annotated ones written back.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/skiff.h"
#include "tools/image/image.h"

namespace skiff {

// Frames a second, as a fraction. 0/0 = not known.
struct FrameRate {
  uint32_t count = 0, seconds = 0;

  bool is_known() const { return count > 0 && seconds > 0; }
  // When frame `number` comes.
  double time_s(uint64_t number) const { return double(number) * double(seconds) / double(count); }
};

// "30", "29.97", "30000/1001". Not known where it is none of these, or not between 0.01 and 1000.
FrameRate parse_frame_rate(std::string_view text);

// What ffmpeg takes for streams that do not say.
constexpr FrameRate kDefaultFrameRate = {25, 1};

struct FrameSize {
  int width = 0, height = 0;
};

// "640x480". 0x0 where it is not that, or a side is above 65535.
FrameSize parse_frame_size(std::string_view text);

// How the pixels of a frame lie in a buffer.
enum class PixelFormat { kI420, kNv12, kNv21, kI422, kI444, kGrey, kYuyv, kRgb, kBgr };

// The name that ffmpeg has for it too, "yuyv" aside.
const char *name_of(PixelFormat format);

// One frame, the source's until the next is asked for: as pixels, or as a JPEG file where `jpeg` is not null.
struct VideoFrame {
  uint64_t number = 0;  // 0, 1, 2, ...
  double time_s = 0;    // since the first
  skiff_frame pixels = {};
  const uint8_t *jpeg = nullptr;
  size_t jpeg_bytes = 0;
};

class VideoSource {
 public:
  virtual ~VideoSource() = default;

  // The next frame. False at the end, and once the user wants an end. Throws Error naming the source, the frame and what is
  // wrong; then there are no more.
  virtual bool next(VideoFrame *frame) = 0;

  virtual FrameRate rate() const = 0;
  virtual bool is_camera() const { return false; }
  // Whether frames are JPEG files.
  virtual bool is_jpeg() const { return false; }

  // No frame has more bytes.
  virtual uint64_t max_frame_bytes() const = 0;
};

// Bytes that come in pieces and end some time: a pipe, a file, a test's string.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte; 0 at the end, and once the user wants an end. Throws Error.
  virtual size_t read(uint8_t *out, size_t capacity) = 0;
  // Whether the end was the user's.
  virtual bool is_stopped() const { return false; }
};

struct StreamOptions {
  std::string name;     // of the stream, in errors
  bool is_raw = false;  // pixels and nothing else; needs format and size
  PixelFormat format = PixelFormat::kI420;
  bool is_video_range = true;
  FrameSize size;
  FrameRate rate;                             // used instead of the stream's own
  uint64_t max_pixels = 50u * 1000u * 1000u;  // of a frame; larger ones are refused before anything of their size is allocated
};

// Y4M, JPEG files one after another (also with the headers of multipart/x-mixed-replace between them), told apart by the first
// bytes; or raw pixels. `bytes` are hostile. Throws Error for what is none of these.
std::unique_ptr<VideoSource> open_stream(std::unique_ptr<ByteSource> bytes, const StreamOptions &options);

enum class VideoFormat { kY4m, kMjpeg };

// Makes the bytes of a video out of its pictures.
class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  // The bytes to append for the next picture. Throws Error where it cannot be one of this video.
  virtual std::vector<uint8_t> encode(const Image &image) = 0;
};

std::unique_ptr<VideoEncoder> make_video_encoder(VideoFormat format, FrameRate rate);

// A frame as it lies in memory, whatever its rotation and region, in the colours that the engine sees.
Image image_of(const skiff_frame &frame);

// The EXIF orientation that turns a picture as an engine turns a frame.
int orientation_of(int rotation_degrees, bool is_mirrored);

}  // namespace skiff
