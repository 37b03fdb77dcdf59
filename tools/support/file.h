// SPDX-License-Identifier: MIT
//
// Files as tools need them: mapped for reading, written whole or not at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skiff {

// A read-only memory map of a regular file; page-aligned. Empty files give size() 0. Throws Error naming the path.
class MappedFile {
 public:
  explicit MappedFile(const std::string &path);
  // Bytes that are part of the program, as if they had been mapped.
  MappedFile(const uint8_t *data, size_t size) : data_(data), size_(size), is_mapped_(false) {}
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  ~MappedFile();

  const uint8_t *data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t *data_ = nullptr;
  size_t size_ = 0;
  bool is_mapped_ = true;
};

// A whole regular file. Throws Error naming the path; also where it is larger than `max_bytes`.
std::vector<uint8_t> read_file(const std::string &path, uint64_t max_bytes = uint64_t(1) << 32);

// All of standard input, at most `max_bytes`.
std::vector<uint8_t> read_stdin(uint64_t max_bytes);

// Whoever read the pipe that we write to has gone (`skiff ... | head`): nothing to complain about, nothing left to do.
struct BrokenPipe {};

// A file that is written piece by piece. Pieces go to a temporary beside `path`, which commit() renames over it: readers see the
// old file or the new one, never a part. Pipes and devices are written to as they are. Throws Error naming the path and the
// reason, BrokenPipe where a pipe's reader has gone. Without commit() nothing is left behind.
class FileWriter {
 public:
  explicit FileWriter(const std::string &path);
  FileWriter(const FileWriter &) = delete;
  ~FileWriter();

  void write(const void *data, size_t bytes);
  void commit();

 private:
  std::string path_, target_, temporary_;  // none where the path is written to as it is
  int fd_ = -1;
};

// The same in one step; then nothing is left behind either.
void write_file_atomically(const std::string &path, const void *data, size_t bytes);

bool is_directory(const std::string &path);
bool is_regular_file(const std::string &path);

// Names (not paths) of the entries of a directory, sorted bytewise. Throws Error.
std::vector<std::string> list_directory(const std::string &path);

// Lines of a text, without their ends (\n or \r\n).
std::vector<std::string> split_lines(std::string_view text);

}  // namespace skiff
