// SPDX-License-Identifier: MIT
//
// Memory-mapped streaming, which every driver has. A frame is copied out of the driver's buffer at once, so that the driver never
// runs out of them while a detector is at work.
#include "tools/video/camera.h"

#include <linux/videodev2.h>

#include <cerrno>
#include <cstring>

#include "tools/support/error.h"
#include "tools/support/text.h"
#include "tools/video/pixels.h"

namespace skiff {
namespace {

constexpr uint32_t kBuffers = 4;  // one that is filled, one that is copied, two for when this process has to wait
constexpr int kTimeoutMs = 10000;
constexpr uint64_t kMaxJpegBytes = 64u << 20;
constexpr FrameSize kUsualSize = {640, 480};
constexpr int kLargePixels = 1280 * 720;

struct Choice {
  uint32_t fourcc;
  PixelFormat format;
};
// The best first: least work to make RGB of.
constexpr Choice kChoices[] = {
    {V4L2_PIX_FMT_NV12, PixelFormat::kNv12}, {V4L2_PIX_FMT_NV21, PixelFormat::kNv21}, {V4L2_PIX_FMT_YUV420, PixelFormat::kI420},
    {V4L2_PIX_FMT_YUYV, PixelFormat::kYuyv}, {V4L2_PIX_FMT_RGB24, PixelFormat::kRgb}, {V4L2_PIX_FMT_BGR24, PixelFormat::kBgr},
    {V4L2_PIX_FMT_GREY, PixelFormat::kGrey},
};

const Choice *find_choice(uint32_t fourcc) {
  for (const Choice &choice : kChoices)
    if (choice.fourcc == fourcc) return &choice;
  return nullptr;
}

bool is_jpeg_code(uint32_t fourcc) { return fourcc == V4L2_PIX_FMT_MJPEG || fourcc == V4L2_PIX_FMT_JPEG; }

std::string text_of(uint32_t fourcc) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += char(fourcc >> (8 * i) & 0x7F);
  return printable(text);
}

// What a camera offers, as a list for messages too.
struct Offer {
  std::vector<uint32_t> fourccs;

  bool has(uint32_t fourcc) const {
    for (const uint32_t f : fourccs)
      if (f == fourcc) return true;
    return false;
  }
  std::string text() const {
    std::string text;
    for (const uint32_t fourcc : fourccs) text += (text.empty() ? "" : ", ") + text_of(fourcc);
    return text.empty() ? "nothing" : text;
  }
};

// 0 where there is nothing that can be used.
uint32_t choose(const Offer &offer, const FrameSize &size) {
  const uint32_t jpeg = offer.has(V4L2_PIX_FMT_MJPEG) ? V4L2_PIX_FMT_MJPEG : offer.has(V4L2_PIX_FMT_JPEG) ? V4L2_PIX_FMT_JPEG : 0;
  if (jpeg != 0 && int64_t(size.width) * size.height >= kLargePixels) return jpeg;
  for (const Choice &choice : kChoices)
    if (offer.has(choice.fourcc)) return choice.fourcc;
  return jpeg;
}

class Camera : public VideoSource {
 public:
  Camera(std::unique_ptr<CameraDevice> device, const CameraOptions &options) : device_(std::move(device)), options_(options) {}
  ~Camera() override {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (is_streaming_) device_->control(VIDIOC_STREAMOFF, &type);
    for (const Buffer &buffer : buffers_) device_->unmap(buffer.address, buffer.bytes);
  }

  // Each throws Error.
  void check_kind();
  void negotiate();
  void start();

  bool next(VideoFrame *frame) override;
  FrameRate rate() const override { return rate_; }
  bool is_camera() const override { return true; }
  bool is_jpeg() const override { return has_jpegs_; }
  uint64_t max_frame_bytes() const override { return has_jpegs_ ? kMaxJpegBytes : frame_bytes(layout_); }

 private:
  struct Buffer {
    void *address;
    size_t bytes;
  };

  [[noreturn]] void fail(const std::string &what) const { throw Error(options_.name + ": " + what); }
  void control(unsigned long request, void *arg, const char *doing) const {
    if (!device_->control(request, arg)) fail(std::string(doing) + ": " + strerror(errno));
  }
  Offer enumerate() const;
  void set_format(uint32_t fourcc, const FrameSize &size);
  void set_rate();
  bool take(const v4l2_buffer &buffer);

  std::unique_ptr<CameraDevice> device_;
  CameraOptions options_;
  std::vector<Buffer> buffers_;
  bool is_streaming_ = false, has_jpegs_ = false;
  PixelLayout layout_;
  FrameRate rate_ = kDefaultFrameRate;
  std::vector<uint8_t> bytes_, scratch_;
  uint64_t count_ = 0;
  double first_s_ = 0;
};

void Camera::check_kind() {
  v4l2_capability what = {};
  if (!device_->control(VIDIOC_QUERYCAP, &what)) fail(std::string("not a camera (V4L2): ") + strerror(errno));
  const uint32_t can = what.capabilities & V4L2_CAP_DEVICE_CAPS ? what.device_caps : what.capabilities;
  if (!(can & V4L2_CAP_VIDEO_CAPTURE)) fail("a V4L2 device that captures no video; try another /dev/video*");
  if (!(can & V4L2_CAP_STREAMING)) fail("a camera that does not stream");
}

Offer Camera::enumerate() const {
  Offer offer;
  for (uint32_t i = 0; i < 256; ++i) {
    v4l2_fmtdesc format = {};
    format.index = i;
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (!device_->control(VIDIOC_ENUM_FMT, &format)) break;
    offer.fourccs.push_back(format.pixelformat);
  }
  return offer;
}

void Camera::negotiate() {
  const Offer offer = enumerate();
  const FrameSize size = options_.size.width > 0 ? options_.size : kUsualSize;
  const uint32_t fourcc = choose(offer, size);
  if (fourcc == 0)
    fail("a camera that offers " + offer.text() + ", expected one of NV12, NV21, YU12, YUYV, MJPG, RGB3, BGR3, GREY");
  set_format(fourcc, size);
  set_rate();
}

void Camera::set_format(uint32_t fourcc, const FrameSize &size) {
  v4l2_format format = {};
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  format.fmt.pix.width = uint32_t(size.width);
  format.fmt.pix.height = uint32_t(size.height);
  format.fmt.pix.pixelformat = fourcc;
  format.fmt.pix.field = V4L2_FIELD_ANY;
  control(VIDIOC_S_FMT, &format, "cannot set the format");
  const v4l2_pix_format &got = format.fmt.pix;
  has_jpegs_ = is_jpeg_code(got.pixelformat);
  const Choice *choice = find_choice(got.pixelformat);
  if (!has_jpegs_ && choice == nullptr) fail("the camera answers " + text_of(got.pixelformat) + " to " + text_of(fourcc));
  try {
    layout_ = packed_layout("V4L2", has_jpegs_ ? PixelFormat::kGrey : choice->format, got.width, got.height, options_.max_pixels);
  } catch (const Error &error) {
    fail(error.what());
  }
  if (has_jpegs_) return;
  if (got.bytesperline > uint32_t(layout_.stride_bytes) && got.bytesperline <= uint32_t(layout_.stride_bytes) * 16)
    layout_.stride_bytes = int(got.bytesperline);
  const bool is_full = got.quantization == V4L2_QUANTIZATION_FULL_RANGE || choice->format == PixelFormat::kGrey ||
                       (got.quantization == V4L2_QUANTIZATION_DEFAULT && got.colorspace == V4L2_COLORSPACE_JPEG);
  layout_.is_video_range = !is_full;
}

// Not every driver lets one choose.
void Camera::set_rate() {
  v4l2_streamparm parameters = {};
  parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (options_.rate.is_known()) {
    parameters.parm.capture.timeperframe = {options_.rate.seconds, options_.rate.count};
    device_->control(VIDIOC_S_PARM, &parameters);
  } else if (!device_->control(VIDIOC_G_PARM, &parameters)) {
    return;
  }
  const v4l2_fract &time = parameters.parm.capture.timeperframe;
  const FrameRate rate = {time.denominator, time.numerator};
  if (rate.is_known()) rate_ = rate;
}

void Camera::start() {
  v4l2_requestbuffers wanted = {};
  wanted.count = kBuffers;
  wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  wanted.memory = V4L2_MEMORY_MMAP;
  control(VIDIOC_REQBUFS, &wanted, "cannot have buffers (is the camera in use?)");
  for (uint32_t i = 0; i < wanted.count; ++i) {
    v4l2_buffer buffer = {};
    buffer.index = i;
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    control(VIDIOC_QUERYBUF, &buffer, "cannot have a buffer");
    void *address = device_->map(buffer.length, buffer.m.offset);
    if (address == nullptr) fail(std::string("cannot map a buffer: ") + strerror(errno));
    buffers_.push_back({address, buffer.length});
    control(VIDIOC_QBUF, &buffer, "cannot give the camera a buffer");
  }
  if (buffers_.empty()) fail("the camera has no buffers");
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  control(VIDIOC_STREAMON, &type, "cannot start (is the camera in use?)");
  is_streaming_ = true;
}

// Copies a frame out of its buffer. False where it is not whole.
bool Camera::take(const v4l2_buffer &buffer) {
  if (buffer.index >= buffers_.size()) fail("the camera answers with buffer " + std::to_string(buffer.index));
  const Buffer &from = buffers_[buffer.index];
  const uint64_t wanted = has_jpegs_ ? buffer.bytesused : frame_bytes(layout_);
  if ((buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 || wanted == 0 || wanted > from.bytes || wanted > max_frame_bytes()) return false;
  if (buffer.bytesused != 0 && buffer.bytesused < wanted) return false;
  const uint8_t *bytes = static_cast<const uint8_t *>(from.address);
  bytes_.assign(bytes, bytes + wanted);
  return true;
}

// Frames that come damaged, as the first of many cameras do, are passed over.
bool Camera::next(VideoFrame *frame) {
  for (;;) {
    const CameraDevice::Wait wait = device_->wait(kTimeoutMs);
    if (wait == CameraDevice::Wait::kStopped) return false;
    if (wait == CameraDevice::Wait::kTimeout) fail("no frame for " + std::to_string(kTimeoutMs / 1000) + " s");
    v4l2_buffer buffer = {};
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    if (!device_->control(VIDIOC_DQBUF, &buffer)) {
      if (errno == EAGAIN || errno == EIO) continue;
      fail(errno == ENODEV ? "the camera has gone" : std::string("cannot take a frame: ") + strerror(errno));
    }
    const bool is_whole = take(buffer);
    control(VIDIOC_QBUF, &buffer, "cannot give a buffer back");
    if (!is_whole) continue;
    const double time_s = double(buffer.timestamp.tv_sec) + double(buffer.timestamp.tv_usec) * 1e-6;
    if (count_ == 0) first_s_ = time_s;
    *frame = VideoFrame();
    frame->number = count_++;
    frame->time_s = time_s - first_s_;
    if (has_jpegs_) {
      frame->jpeg = bytes_.data();
      frame->jpeg_bytes = bytes_.size();
    } else {
      frame->pixels = frame_in(bytes_.data(), layout_, &scratch_);
    }
    return true;
  }
}

}  // namespace

std::unique_ptr<VideoSource> open_camera(std::unique_ptr<CameraDevice> device, const CameraOptions &options) {
  auto camera = std::make_unique<Camera>(std::move(device), options);
  camera->check_kind();
  camera->negotiate();
  camera->start();
  return camera;
}

}  // namespace skiff
