// SPDX-License-Identifier: MIT
//
// Plain POSIX calls: every failure is an errno that the message can name, which std::fstream hides, and a map costs no copy.
#include "tools/support/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "tools/support/error.h"

namespace skiff {
namespace {

[[noreturn]] void fail(const std::string &path, const char *doing) { throw Error(path + ": " + doing + ": " + strerror(errno)); }

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  int get() const { return fd_; }

 private:
  int fd_;
};

// Opens for reading; *bytes = the file's size. Nonblocking, so that a pipe in a file's place is refused and not waited for.
Descriptor open_regular(const std::string &path, uint64_t *bytes) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail(path, "cannot open");
  struct stat status;
  if (fstat(file.get(), &status) != 0) fail(path, "cannot read");
  if (S_ISDIR(status.st_mode)) throw Error(path + ": is a directory, expected a file");
  if (!S_ISREG(status.st_mode)) throw Error(path + ": is not a regular file");
  *bytes = uint64_t(status.st_size);
  return file;
}

// Reads until the end; throws where there are more than `max_bytes`.
std::vector<uint8_t> read_all(int fd, const std::string &name, uint64_t expected_bytes, uint64_t max_bytes) {
  std::vector<uint8_t> bytes(expected_bytes + 1);  // one more, so that the end shows without growing
  size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used + used / 2 + 65536);
    const ssize_t got = read(fd, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(name, "cannot read");
    if (got == 0) break;
    used += size_t(got);
    if (used > max_bytes) throw Error(name + ": larger than the limit of " + std::to_string(max_bytes) + " bytes");
  }
  bytes.resize(used);
  return bytes;
}

bool write_all(int fd, const void *data, size_t bytes) {
  const char *p = static_cast<const char *>(data);
  while (bytes > 0) {
    const ssize_t put = write(fd, p, std::min(bytes, size_t(1) << 30));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    p += put;
    bytes -= size_t(put);
  }
  return true;
}

// What a symbolic link points to, so that the link survives; other paths as they are.
std::string link_target(const std::string &path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  const std::unique_ptr<char, void (*)(void *)> resolved(realpath(path.c_str(), nullptr), std::free);
  return resolved ? resolved.get() : path;
}

}  // namespace

MappedFile::MappedFile(const std::string &path) {
  uint64_t bytes = 0;
  const Descriptor file = open_regular(path, &bytes);
  if (bytes == 0) return;
  if (bytes > SIZE_MAX) throw Error(path + ": too large for this machine's address space");
  void *map = mmap(nullptr, size_t(bytes), PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (map == MAP_FAILED) fail(path, "cannot map");
  data_ = static_cast<const uint8_t *>(map);
  size_ = size_t(bytes);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), is_mapped_(other.is_mapped_) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(is_mapped_, other.is_mapped_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr && is_mapped_) munmap(const_cast<uint8_t *>(data_), size_);
}

std::vector<uint8_t> read_file(const std::string &path, uint64_t max_bytes) {
  uint64_t bytes = 0;
  const Descriptor file = open_regular(path, &bytes);
  if (bytes > max_bytes)
    throw Error(path + ": " + std::to_string(bytes) + " bytes, larger than the limit of " + std::to_string(max_bytes));
  return read_all(file.get(), path, bytes, max_bytes);
}

std::vector<uint8_t> read_stdin(uint64_t max_bytes) { return read_all(STDIN_FILENO, "standard input", 65535, max_bytes); }

FileWriter::FileWriter(const std::string &path) : path_(path) {
  struct stat status;
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) throw Error(path + ": is a directory, expected a file name to write");
  if (exists && !S_ISREG(status.st_mode)) {  // pipes and devices (/dev/stdout) cannot be replaced
    fd_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail(path, "cannot open");
    return;
  }
  target_ = link_target(path);
  temporary_ = target_ + "." + std::to_string(getpid()) + ".part";
  unlink(temporary_.c_str());  // what a killed process of the same number may have left
  fd_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) fail(path, "cannot write");
}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void FileWriter::write(const void *data, size_t bytes) {
  if (write_all(fd_, data, bytes)) return;
  if (errno == EPIPE && temporary_.empty()) throw BrokenPipe();
  fail(path_, "cannot write");
}

void FileWriter::commit() {
  if (!temporary_.empty() && fsync(fd_) != 0) fail(path_, "cannot write");
  const bool is_closed = ::close(std::exchange(fd_, -1)) == 0;
  if (is_closed && (temporary_.empty() || rename(temporary_.c_str(), target_.c_str()) == 0)) return;
  const int reason = errno;
  if (!temporary_.empty()) unlink(temporary_.c_str());
  errno = reason;
  fail(path_, "cannot write");
}

void write_file_atomically(const std::string &path, const void *data, size_t bytes) {
  FileWriter file(path);
  file.write(data, bytes);
  file.commit();
}

bool is_directory(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_regular_file(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::vector<std::string> list_directory(const std::string &path) {
  const std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(path.c_str()), closedir);
  if (!directory) fail(path, "cannot list");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent *entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) fail(path, "cannot list");
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace skiff
