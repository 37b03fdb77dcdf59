// SPDX-License-Identifier: MIT
//
// Memory that shows what a program does to it: of exactly the size asked for, or ending at a page that faults.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define SKIFF_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SKIFF_HAS_ASAN 1
#endif
#endif
#ifdef SKIFF_HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace skiff::test {

// Bytes aligned as the engine wants them, uninitialised or copied. An address sanitizer knows where they end.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t size) : size_(size) {
    void *data = nullptr;
    if (posix_memalign(&data, 64, size == 0 ? 1 : size) != 0) throw std::bad_alloc();
    data_.reset(static_cast<uint8_t *>(data));
  }
  explicit AlignedBytes(const std::vector<uint8_t> &bytes) : AlignedBytes(bytes.size()) {
    if (!bytes.empty()) memcpy(data_.get(), bytes.data(), bytes.size());
  }
  uint8_t *data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<uint8_t, void (*)(void *)> data_{nullptr, std::free};
  size_t size_;
};

// Pages followed by one that faults on every access.
class GuardedPages {
 public:
  explicit GuardedPages(size_t capacity) {
    const size_t page = size_t(sysconf(_SC_PAGESIZE));
    bytes_ = (capacity + page - 1) / page * page;
    void *map = mmap(nullptr, bytes_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(static_cast<uint8_t *>(map) + bytes_, page, PROT_NONE) != 0) throw std::bad_alloc();
    start_ = static_cast<uint8_t *>(map);
    mapped_ = bytes_ + page;
  }
  GuardedPages(const GuardedPages &) = delete;
  ~GuardedPages() {
    unpoison();
    munmap(start_, mapped_);
  }

  // Where `size` bytes begin that end as close before the fault as `alignment` allows. What lies between is poisoned where an
  // address sanitizer runs.
  uint8_t *place(size_t size, size_t alignment) {
    unpoison();
    uint8_t *at = start_ + (bytes_ - size) / alignment * alignment;
#ifdef SKIFF_HAS_ASAN
    __asan_poison_memory_region(at + size, size_t(start_ + bytes_ - at) - size);
#endif
    return at;
  }
  uint8_t *place(const std::vector<uint8_t> &bytes, size_t alignment) {
    uint8_t *at = place(bytes.size(), alignment);
    if (!bytes.empty()) memcpy(at, bytes.data(), bytes.size());
    return at;
  }

 private:
  void unpoison() {
#ifdef SKIFF_HAS_ASAN
    __asan_unpoison_memory_region(start_, bytes_);
#endif
  }

  uint8_t *start_;
  size_t bytes_, mapped_;
};

}  // namespace skiff::test
