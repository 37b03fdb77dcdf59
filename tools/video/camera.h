// SPDX-License-Identifier: MIT
//
// Cameras by V4L2 (Linux).
#pragma once
#include <memory>
#include <string>

#include "tools/video/video.h"

namespace skiff {

// What the driver of a camera is asked through; tests have one of their own.
class CameraDevice {
 public:
  virtual ~CameraDevice() = default;

  // ioctl: false leaves the reason in errno.
  virtual bool control(unsigned long request, void *arg) = 0;
  // mmap, munmap: null leaves the reason in errno.
  virtual void *map(size_t bytes, uint32_t offset) = 0;
  virtual void unmap(void *address, size_t bytes) = 0;

  enum class Wait { kReady, kTimeout, kStopped };
  // Until a frame can be taken, or the user wants an end.
  virtual Wait wait(int timeout_ms) = 0;
};

struct CameraOptions {
  std::string name;  // of the device, in errors
  FrameSize size;    // wanted; 0x0 = 640x480, more than which no detector sees
  FrameRate rate;    // wanted; not known = the driver's choice
  uint64_t max_pixels = 50u * 1000u * 1000u;
};

// The device at a path; `stop_fd` becomes readable when the user wants an end, -1 = never. Throws Error.
std::unique_ptr<CameraDevice> open_camera_device(const std::string &path, int stop_fd);

// Starts to stream: pixels where the camera has a format that needs no decoding, JPEG else and for pictures of 1280x720 and
// above, which do not fit through USB otherwise. The driver may choose another size. Throws Error. Source: the kernel's
// Documentation/userspace-api/media/v4l.
std::unique_ptr<VideoSource> open_camera(std::unique_ptr<CameraDevice> device, const CameraOptions &options);

}  // namespace skiff
