// SPDX-License-Identifier: MIT
//
// Streams out of memory, in pieces of any size.
#pragma once
#include <algorithm>
#include <cstring>
#include <string>

#include "tools/video/video.h"

namespace skiff::test {

// Bytes `piece_bytes` at a time at most.
class StringBytes : public ByteSource {
 public:
  explicit StringBytes(std::string text, size_t piece_bytes = SIZE_MAX) : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  size_t read(uint8_t *out, size_t capacity) override {
    const size_t count = std::min({capacity, piece_bytes_, text_.size() - at_});
    if (count > 0) std::memcpy(out, text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t piece_bytes_, at_ = 0;
};

inline std::unique_ptr<VideoSource> open_text(const std::string &bytes, StreamOptions options = {},
                                              size_t piece_bytes = SIZE_MAX) {
  options.name = "stream";
  return open_stream(std::make_unique<StringBytes>(bytes, piece_bytes), options);
}

inline int count_frames(VideoSource *source) {
  VideoFrame frame;
  int count = 0;
  while (source->next(&frame)) ++count;
  return count;
}

// A Y4M stream of `frames` frames, all bytes of frame i being i + 1.
inline std::string y4m_of(const std::string &header, size_t frame_bytes, int frames) {
  std::string text = "YUV4MPEG2 " + header + "\n";
  for (int i = 0; i < frames; ++i) text += "FRAME\n" + std::string(frame_bytes, char(i + 1));
  return text;
}

}  // namespace skiff::test
