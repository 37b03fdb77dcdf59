// SPDX-License-Identifier: MIT
//
// Cameras: what they are asked for, how their frames are taken, which are refused. The camera is a driver of our own.
#include <doctest/doctest.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/errors.h"
#include "tests/support/raw_pixels.h"
#include "tests/support/video.h"
#include "tools/video/camera.h"

namespace skiff::test {
namespace {

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

std::string small_jpeg() {
  const std::vector<uint8_t> bytes = encode_jpeg(smooth_image(24, 17));
  return std::string(bytes.begin(), bytes.end());
}

// A driver with two buffers of memory. Frames are told by functions that fill the buffer and its description.
class FakeCamera : public CameraDevice {
 public:
  struct Traits {
    std::vector<uint32_t> fourccs = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG};
    uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    FrameSize only_size;  // 0x0 = what is asked for
    uint32_t bytes_per_line = 0;
    v4l2_fract time_per_frame = {1, 30};
    unsigned long failing = 0;                                                       // request that fails with EBUSY
    std::vector<std::function<bool(std::vector<uint8_t> *, v4l2_buffer *)>> frames;  // false: the request fails, errno is set
  };
  // What was asked of it; outlives it.
  struct Log {
    v4l2_format format = {};
    int mapped = 0, streaming = 0, queued = 0;
    v4l2_fract asked_time = {0, 0};
  };

  FakeCamera(const Traits &traits, Log *log) : traits_(traits), log_(log) {}

  bool control(unsigned long request, void *arg) override {
    if (request == traits_.failing) return fail(EBUSY);
    switch (request) {
      case VIDIOC_QUERYCAP:
        return query(static_cast<v4l2_capability *>(arg));
      case VIDIOC_ENUM_FMT:
        return enumerate(static_cast<v4l2_fmtdesc *>(arg));
      case VIDIOC_S_FMT:
        return set_format(static_cast<v4l2_format *>(arg));
      case VIDIOC_S_PARM:
        log_->asked_time = static_cast<v4l2_streamparm *>(arg)->parm.capture.timeperframe;
        [[fallthrough]];
      case VIDIOC_G_PARM:
        static_cast<v4l2_streamparm *>(arg)->parm.capture.timeperframe = traits_.time_per_frame;
        return true;
      case VIDIOC_REQBUFS:
        static_cast<v4l2_requestbuffers *>(arg)->count = 2;
        return true;
      case VIDIOC_QUERYBUF:
        static_cast<v4l2_buffer *>(arg)->length = uint32_t(kBufferBytes);
        return true;
      case VIDIOC_QBUF:
        ++log_->queued;
        return true;
      case VIDIOC_DQBUF:
        return take(static_cast<v4l2_buffer *>(arg));
      case VIDIOC_STREAMON:
        ++log_->streaming;
        return true;
      case VIDIOC_STREAMOFF:
        --log_->streaming;
        return true;
      default:
        return fail(EINVAL);
    }
  }
  void *map(size_t bytes, uint32_t) override {
    ++log_->mapped;
    buffers_.push_back(std::make_unique<std::vector<uint8_t>>(bytes));
    return buffers_.back()->data();
  }
  void unmap(void *, size_t) override { --log_->mapped; }
  Wait wait(int) override { return next_ < traits_.frames.size() ? Wait::kReady : Wait::kStopped; }

 private:
  static constexpr size_t kBufferBytes = 1 << 16;

  static bool fail(int error) {
    errno = error;
    return false;
  }
  bool query(v4l2_capability *what) const {
    what->capabilities = V4L2_CAP_DEVICE_CAPS;
    what->device_caps = traits_.capabilities;
    return true;
  }
  bool enumerate(v4l2_fmtdesc *format) const {
    if (format->index >= traits_.fourccs.size()) return fail(EINVAL);
    format->pixelformat = traits_.fourccs[format->index];
    return true;
  }
  bool set_format(v4l2_format *format) {
    if (traits_.only_size.width > 0) {
      format->fmt.pix.width = uint32_t(traits_.only_size.width);
      format->fmt.pix.height = uint32_t(traits_.only_size.height);
    }
    format->fmt.pix.bytesperline = traits_.bytes_per_line;
    log_->format = *format;
    return true;
  }
  bool take(v4l2_buffer *buffer) {
    buffer->index = uint32_t(next_ % 2);
    buffer->bytesused = uint32_t(kBufferBytes);
    buffer->timestamp = {100 + time_t(next_), 500000};
    std::vector<uint8_t> *bytes = buffers_[buffer->index].get();
    return traits_.frames[next_++](bytes, buffer);
  }

  Traits traits_;
  Log *log_;
  std::vector<std::unique_ptr<std::vector<uint8_t>>> buffers_;
  size_t next_ = 0;
};

std::unique_ptr<VideoSource> open_fake(const FakeCamera::Traits &traits, FakeCamera::Log *log, const CameraOptions &wanted = {}) {
  CameraOptions options = wanted;
  options.name = "/dev/video0";
  return open_camera(std::make_unique<FakeCamera>(traits, log), options);
}

auto frame_of_bytes(const std::string &content) {
  return [content](std::vector<uint8_t> *bytes, v4l2_buffer *buffer) {
    std::copy(content.begin(), content.end(), bytes->begin());
    buffer->bytesused = uint32_t(content.size());
    return true;
  };
}

std::string camera_error(const FakeCamera::Traits &traits) {
  FakeCamera::Log log;
  const std::string error = error_of([&] { count_frames(open_fake(traits, &log).get()); });
  CHECK(log.mapped == 0);  // whatever happens
  CHECK(log.streaming == 0);
  return error;
}

}  // namespace

TEST_CASE("a camera's frames") {
  const Image image = smooth_image(24, 16);
  FakeCamera::Traits traits;
  traits.only_size = {24, 16};
  const std::string yuyv = raw_of(image, PixelFormat::kYuyv, true);
  const auto damaged = [](std::vector<uint8_t> *, v4l2_buffer *buffer) {
    buffer->flags = V4L2_BUF_FLAG_ERROR;
    return true;
  };
  const auto not_yet = [](std::vector<uint8_t> *, v4l2_buffer *) {
    errno = EAGAIN;
    return false;
  };
  traits.frames = {damaged, frame_of_bytes(yuyv.substr(1)), not_yet, frame_of_bytes(yuyv), frame_of_bytes(yuyv)};
  FakeCamera::Log log;
  {
    const auto camera = open_fake(traits, &log);
    CHECK(camera->is_camera());
    CHECK(camera->rate().count == 30);
    CHECK(log.format.fmt.pix.pixelformat == V4L2_PIX_FMT_YUYV);
    CHECK(log.mapped == 2);
    CHECK(log.streaming == 1);
    VideoFrame frame;
    REQUIRE(camera->next(&frame));
    CHECK(frame.number == 0);
    CHECK(frame.time_s == 0);
    CHECK(worst_difference(image_of(frame.pixels), image) <= 6);
    REQUIRE(camera->next(&frame));
    CHECK(frame.number == 1);
    CHECK(frame.time_s == doctest::Approx(1));
    CHECK(!camera->next(&frame));  // stopped
    CHECK(log.queued == 2 + 4);    // each that was taken was given back
  }
  CHECK(log.mapped == 0);
  CHECK(log.streaming == 0);
}

TEST_CASE("what a camera is asked for") {
  const auto asked = [](std::vector<uint32_t> fourccs, FrameSize size) {
    FakeCamera::Traits traits;
    traits.fourccs = std::move(fourccs);
    FakeCamera::Log log;
    CameraOptions options;
    options.size = size;
    open_fake(traits, &log, options);
    return log.format.fmt.pix;
  };
  const uint32_t yuyv = V4L2_PIX_FMT_YUYV, jpeg = V4L2_PIX_FMT_MJPEG, nv12 = V4L2_PIX_FMT_NV12, h264 = V4L2_PIX_FMT_H264;
  CHECK(asked({jpeg, yuyv, nv12}, {}).pixelformat == nv12);
  CHECK(asked({jpeg, yuyv}, {}).pixelformat == yuyv);
  CHECK(asked({jpeg, yuyv}, {}).width == 640);
  CHECK(asked({h264, jpeg}, {}).pixelformat == jpeg);
  CHECK(asked({yuyv, jpeg}, {1280, 720}).pixelformat == jpeg);  // more than USB 2 carries in raw pixels
  CHECK(asked({yuyv, h264}, {1280, 720}).pixelformat == yuyv);
  CHECK(asked({yuyv}, {320, 240}).height == 240);
}

TEST_CASE("a camera with gaps between its rows, and one that is asked for a rate") {
  const Image image = smooth_image(24, 16);
  const std::string packed = raw_of(image, PixelFormat::kNv12, true);
  std::string padded;
  for (size_t at = 0; at < packed.size(); at += 24) padded += packed.substr(at, 24) + std::string(8, '\xEE');
  FakeCamera::Traits traits;
  traits.fourccs = {V4L2_PIX_FMT_NV12};
  traits.only_size = {24, 16};
  traits.bytes_per_line = 32;
  traits.time_per_frame = {2, 30};
  traits.frames = {frame_of_bytes(padded)};
  FakeCamera::Log log;
  CameraOptions options;
  options.rate = {20, 1};
  const auto camera = open_fake(traits, &log, options);
  CHECK(log.asked_time.numerator == 1);
  CHECK(log.asked_time.denominator == 20);
  CHECK(camera->rate().time_s(1) == doctest::Approx(2.0 / 30));  // what the driver made of it
  VideoFrame frame;
  REQUIRE(camera->next(&frame));
  CHECK(worst_difference(image_of(frame.pixels), image) <= 6);
}

TEST_CASE("a camera of JPEGs") {
  const std::string jpeg = small_jpeg();
  FakeCamera::Traits traits;
  traits.fourccs = {V4L2_PIX_FMT_MJPEG};
  traits.frames = {frame_of_bytes(""), frame_of_bytes(jpeg)};
  FakeCamera::Log log;
  const auto camera = open_fake(traits, &log);
  VideoFrame frame;
  CHECK(camera->is_jpeg());
  REQUIRE(camera->next(&frame));  // the empty one is passed over
  CHECK(std::string(frame.jpeg, frame.jpeg + frame.jpeg_bytes) == jpeg);
}

TEST_CASE("cameras that cannot be used") {
  FakeCamera::Traits traits;
  CHECK(camera_error(traits) == "");
  traits.capabilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
  CHECK(contains(camera_error(traits), "/dev/video0: a V4L2 device that captures no video"));
  traits.capabilities = V4L2_CAP_VIDEO_CAPTURE;
  CHECK(contains(camera_error(traits), "does not stream"));
  traits = {};
  traits.fourccs = {V4L2_PIX_FMT_H264};
  CHECK(contains(camera_error(traits), "offers H264, expected one of NV12"));
  traits.fourccs = {};
  CHECK(contains(camera_error(traits), "offers nothing"));
  traits = {};
  traits.only_size = {100000, 2};
  CHECK(contains(camera_error(traits), "limit of 65535"));
  for (const unsigned long request :
       {VIDIOC_QUERYCAP, VIDIOC_S_FMT, VIDIOC_REQBUFS, VIDIOC_QUERYBUF, VIDIOC_QBUF, VIDIOC_STREAMON}) {
    traits = {};
    traits.failing = request;
    CHECK(contains(camera_error(traits), "busy"));
  }
  traits = {};
  traits.frames = {[](std::vector<uint8_t> *, v4l2_buffer *) {
    errno = ENODEV;
    return false;
  }};
  CHECK(contains(camera_error(traits), "the camera has gone"));
}

}  // namespace skiff::test
