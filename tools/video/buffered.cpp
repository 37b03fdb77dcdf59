// SPDX-License-Identifier: MIT
#include "tools/video/buffered.h"

#include <algorithm>
#include <cstring>

namespace skiff {
namespace {

constexpr size_t kGrowBytes = 1 << 20;

}  // namespace

std::string_view BufferedBytes::peek(size_t wanted) {
  wanted = std::min(wanted, kChunkBytes);
  if (end_ - begin_ < wanted && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < wanted) {
    const size_t got = source_->read(buffer_.data() + end_, buffer_.size() - end_);
    if (got == 0) break;
    end_ += got;
  }
  return {reinterpret_cast<const char *>(buffer_.data()) + begin_, end_ - begin_};
}

void BufferedBytes::read(uint64_t count, std::vector<uint8_t> *out) {
  out->clear();
  const size_t at_hand = size_t(std::min<uint64_t>(count, end_ - begin_));
  out->insert(out->end(), buffer_.data() + begin_, buffer_.data() + begin_ + at_hand);
  skip(at_hand);
  while (out->size() < count) {
    const size_t used = out->size();
    out->resize(size_t(std::min<uint64_t>(count, uint64_t(used) + std::max(used, kGrowBytes))));
    size_t filled = used;
    while (filled < out->size()) {
      const size_t got = source_->read(out->data() + filled, out->size() - filled);
      if (got == 0) {
        out->resize(filled);
        return;
      }
      filled += got;
    }
  }
}

bool BufferedBytes::read_line(char end, size_t max_bytes, std::string *line) {
  for (;;) {
    const std::string_view at_hand = peek(1);
    if (at_hand.empty()) return false;
    const size_t found = at_hand.find(end);
    const size_t count = found == at_hand.npos ? at_hand.size() : found + 1;
    if (line->size() + count > max_bytes) return false;
    line->append(at_hand.substr(0, count));
    skip(count);
    if (found != at_hand.npos) return true;
  }
}

}  // namespace skiff
