// SPDX-License-Identifier: MIT
//
// operator new that counts. The size stands in front of the memory, in as many bytes as keep its alignment.
#include "tests/support/heap.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kHeadBytes = alignof(std::max_align_t) > sizeof(size_t) ? alignof(std::max_align_t) : sizeof(size_t);
std::atomic<size_t> live{0}, peak{0};

void *allocate(size_t bytes) {
  char *memory = bytes > SIZE_MAX - kHeadBytes ? nullptr : static_cast<char *>(std::malloc(bytes + kHeadBytes));
  if (memory == nullptr) throw std::bad_alloc();
  *reinterpret_cast<size_t *>(memory) = bytes;
  const size_t now = live += bytes;
  for (size_t before = peak; before < now && !peak.compare_exchange_weak(before, now);) {
  }
  return memory + kHeadBytes;
}

void release(void *pointer) {
  if (pointer == nullptr) return;
  char *memory = static_cast<char *>(pointer) - kHeadBytes;
  live -= *reinterpret_cast<size_t *>(memory);
  std::free(memory);
}

}  // namespace

void *operator new(size_t bytes) { return allocate(bytes); }
void *operator new[](size_t bytes) { return allocate(bytes); }
void operator delete(void *pointer) noexcept { release(pointer); }
void operator delete[](void *pointer) noexcept { release(pointer); }
void operator delete(void *pointer, size_t) noexcept { release(pointer); }
void operator delete[](void *pointer, size_t) noexcept { release(pointer); }

namespace skiff::test {

size_t heap_bytes() { return live; }
size_t heap_peak() { return peak; }
void reset_heap_peak() { peak = live.load(); }

}  // namespace skiff::test
