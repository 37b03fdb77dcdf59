// SPDX-License-Identifier: MIT
#include "tools/video/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/support/error.h"
#include "tools/video/camera.h"

namespace skiff {
namespace {

// Waits until `fd` can be read. kStopped takes precedence.
CameraDevice::Wait wait_for(int fd, int stop_fd, int timeout_ms) {
  pollfd fds[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};  // a negative one is passed over
  int ready = 0;
  do {
    ready = poll(fds, 2, timeout_ms);
  } while (ready < 0 && errno == EINTR);  // by a signal that asks for an end: then stop_fd can be read next time
  if (fds[1].revents != 0) return CameraDevice::Wait::kStopped;
  return ready == 0 ? CameraDevice::Wait::kTimeout : CameraDevice::Wait::kReady;
}

class FileBytes : public ByteSource {
 public:
  FileBytes(int fd, bool is_owned, std::string name, int stop_fd)
      : fd_(fd), is_owned_(is_owned), name_(std::move(name)), stop_fd_(stop_fd) {}
  FileBytes(const FileBytes &) = delete;
  ~FileBytes() override {
    if (is_owned_) close(fd_);
  }

  size_t read(uint8_t *out, size_t capacity) override {
    while (!is_stopped_) {
      is_stopped_ = wait_for(fd_, stop_fd_, -1) == CameraDevice::Wait::kStopped;
      if (is_stopped_) break;
      const ssize_t got = ::read(fd_, out, capacity);
      if (got >= 0) return size_t(got);
      if (errno != EINTR && errno != EAGAIN) throw Error(name_ + ": cannot read: " + strerror(errno));
    }
    return 0;
  }
  bool is_stopped() const override { return is_stopped_; }

 private:
  int fd_;
  bool is_owned_;
  std::string name_;
  int stop_fd_;
  bool is_stopped_ = false;
};

class V4l2Device : public CameraDevice {
 public:
  V4l2Device(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {}
  V4l2Device(const V4l2Device &) = delete;
  ~V4l2Device() override { close(fd_); }

  bool control(unsigned long request, void *arg) override {
    int status = 0;
    do {
      status = ioctl(fd_, request, arg);
    } while (status < 0 && errno == EINTR);
    return status >= 0;
  }
  void *map(size_t bytes, uint32_t offset) override {
    void *address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, off_t(offset));
    return address == MAP_FAILED ? nullptr : address;
  }
  void unmap(void *address, size_t bytes) override { munmap(address, bytes); }
  Wait wait(int timeout_ms) override { return wait_for(fd_, stop_fd_, timeout_ms); }

 private:
  int fd_, stop_fd_;
};

int open_or_throw(const std::string &path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) throw Error(path + ": cannot open: " + strerror(errno));
  return fd;
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string &path, int stop_fd) {
  if (path == "-") return std::make_unique<FileBytes>(STDIN_FILENO, false, "standard input", stop_fd);
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) throw Error(path + ": is a directory, expected a video");
  return std::make_unique<FileBytes>(open_or_throw(path, O_RDONLY), true, path, stop_fd);
}

std::unique_ptr<CameraDevice> open_camera_device(const std::string &path, int stop_fd) {
  return std::make_unique<V4l2Device>(open_or_throw(path, O_RDWR | O_NONBLOCK), stop_fd);
}

bool is_device(const std::string &path) {
  struct stat status;
  return path != "-" && stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
}

}  // namespace skiff
