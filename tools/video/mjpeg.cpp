// SPDX-License-Identifier: MIT
//
// Motion JPEG. Pictures are handed on as files: who drops a frame need not decode it.
#include "tools/video/jpeg_splitter.h"
#include "tools/video/stream.h"

namespace skiff {
namespace {

constexpr size_t kMaxPictureBytes = 64u << 20;  // ten times a photo of 50 megapixels

class MjpegSource : public StreamSource {
 public:
  MjpegSource(BufferedBytes bytes, const StreamOptions &options) : StreamSource(std::move(bytes), options, {}) {}

  bool is_jpeg() const override { return true; }
  uint64_t max_frame_bytes() const override { return kMaxPictureBytes; }

 protected:
  bool read(VideoFrame *frame) override {
    do {
      const std::string_view at_hand = bytes_.peek(1);
      if (at_hand.empty()) return splitter_.is_inside() ? fail_at_end() : false;
      bytes_.skip(splitter_.feed(reinterpret_cast<const uint8_t *>(at_hand.data()), at_hand.size()));
      if (splitter_.picture().size() > kMaxPictureBytes)
        return fail("JPEG: no end within the limit of " + std::to_string(kMaxPictureBytes) + " bytes");
    } while (!splitter_.is_whole());
    frame->jpeg = splitter_.picture().data();
    frame->jpeg_bytes = splitter_.picture().size();
    return true;
  }

 private:
  bool fail_at_end() const {
    return fail("JPEG: truncated: the stream ends after " + std::to_string(splitter_.picture().size()) +
                " bytes of it, before its end-of-image marker");
  }

  JpegSplitter splitter_;
};

}  // namespace

std::unique_ptr<VideoSource> open_mjpeg(BufferedBytes bytes, const StreamOptions &options) {
  return std::make_unique<MjpegSource>(std::move(bytes), options);
}

}  // namespace skiff
