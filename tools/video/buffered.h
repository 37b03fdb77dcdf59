// SPDX-License-Identifier: MIT
//
// A ByteSource with a memory: bytes can be looked at before they are taken.
#pragma once
#include <memory>

#include "tools/video/video.h"

namespace skiff {

class BufferedBytes {
 public:
  explicit BufferedBytes(std::unique_ptr<ByteSource> source) : source_(std::move(source)), buffer_(kChunkBytes) {}

  // The bytes at hand, at least `wanted` (up to kChunkBytes) of them unless the stream ends before; they stay until the next
  // call.
  std::string_view peek(size_t wanted);

  // Takes bytes that peek() has shown.
  void skip(size_t count) { begin_ += count; }

  // Fills `out` with `count` bytes; fewer where the stream ends. Memory grows with what arrives, not with what was announced.
  void read(uint64_t count, std::vector<uint8_t> *out);

  // Appends everything up to and with the next `end` to `line`, which may have at most `max_bytes` afterwards. False where the
  // stream ends or the limit comes first.
  bool read_line(char end, size_t max_bytes, std::string *line);

  bool is_stopped() const { return source_->is_stopped(); }

  static constexpr size_t kChunkBytes = 1 << 16;

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace skiff
