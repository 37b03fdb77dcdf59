// SPDX-License-Identifier: MIT
//
// A bare CPU as tests/kcheck/guard.h wants it, and the few functions of the C library that kernels and checks call.
//
// Memory, all of it mapped to itself: the program from 1 MiB on, the workspace from 16 MiB on, and from 64 MiB on a region in
// each 2 MiB, of which only the pages of the region exist.
#include "tests/bochs/machine.h"

#include "tests/kcheck/float_state.h"

extern "C" {
int machine_run(void (*fn)(void *arg), void *arg);
extern const uint8_t machine_faults[32][16];
extern uint64_t machine_pd[512];
extern uint8_t machine_end[];
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
void machine_panic(int fault);
}

namespace skiff::kcheck {
namespace {

constexpr uint64_t kMiB = 1 << 20, kPage = 4096, kLargePage = 2 * kMiB;
constexpr uint64_t kWorkspaceBegin = 16 * kMiB, kWorkspaceEnd = 64 * kMiB, kRegionsBegin = 64 * kMiB, kRegionPages = 448;
constexpr uint64_t kPresent = 1, kWritable = 2;
constexpr uint16_t kSerial = 0x3F8, kBochsShutdown = 0x8900;

uint64_t region_tables[kRegionCount][512] __attribute__((aligned(4096)));

struct Gate {
  uint16_t offset_low, selector;
  uint8_t stack, type;
  uint16_t offset_middle;
  uint32_t offset_high, zero;
};
Gate gates[32];

void out(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

uint8_t in(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

void put(char c) {
  while ((in(kSerial + 5) & 0x20) == 0) {  // until the transmitter is empty
  }
  out(kSerial, uint8_t(c));
}

void map_regions() {
  for (uint64_t i = 0; i < uint64_t(kRegionCount); ++i) {
    const uint64_t begin = kRegionsBegin + i * kLargePage;
    for (uint64_t page = 1; page <= kRegionPages; ++page) region_tables[i][page] = (begin + page * kPage) | kPresent | kWritable;
    machine_pd[begin / kLargePage] = reinterpret_cast<uint64_t>(region_tables[i]) | kPresent | kWritable;
  }
  uint64_t cr3;
  __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(cr3) : : "memory");
}

void install_gates() {
  for (int i = 0; i < 32; ++i) {
    const uint64_t entry = reinterpret_cast<uint64_t>(machine_faults[i]);
    gates[i] = {uint16_t(entry), 8, 0, 0x8E, uint16_t(entry >> 16), uint32_t(entry >> 32), 0};
  }
  const struct __attribute__((packed)) {
    uint16_t limit;
    uint64_t base;
  } pointer = {sizeof gates - 1, reinterpret_cast<uint64_t>(gates)};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

const char *fault_name(int vector) {
  switch (vector) {
    case 6:
      return "unknown instruction";
    case 13:
      return "protection fault";
    case 14:
      return "page fault";
    case 19:
      return "floating-point exception";
    default:
      return "fault";
  }
}

}  // namespace

Region guarded_region(int i) {
  uint8_t *begin = reinterpret_cast<uint8_t *>(kRegionsBegin + uint64_t(i) * kLargePage + kPage);
  return {begin, begin + kRegionPages * kPage};
}

Region workspace() { return {reinterpret_cast<uint8_t *>(kWorkspaceBegin), reinterpret_cast<uint8_t *>(kWorkspaceEnd)}; }

const char *run_caught(void (*fn)(void *arg), void *arg) {
  const int fault = machine_run(fn, arg);
  return fault == 0 ? nullptr : fault_name(fault - 1);
}

void print_line(const char *line) {
  while (*line != '\0') put(*line++);
  put('\n');
}

void start_machine() {
  out(kSerial + 3, 0x03);  // 8 bits, no parity; the speed is as good as any
  out(kSerial + 1, 0x00);  // no interrupts
  install_gates();
  map_regions();
  if (reinterpret_cast<uint64_t>(machine_end) > kWorkspaceBegin) machine_panic(0);
}

// Bochs ends on this word at this port.
void stop_machine() {
  while ((in(kSerial + 5) & 0x40) == 0) {  // until the last byte is out
  }
  for (const char *c = "Shutdown"; *c != '\0'; ++c) out(kBochsShutdown, uint8_t(*c));
}

}  // namespace skiff::kcheck

using namespace skiff::kcheck;

void machine_panic(int fault) {
  print_line("kcheck: fault outside a kernel");
  print_line(fault_name(fault - 1));
  stop_machine();
}

void *memcpy(void *to, const void *from, size_t count) {
  void *at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(count) : : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  if (to <= from) return memcpy(to, from, count);
  for (size_t i = count; i > 0; --i) static_cast<volatile uint8_t *>(to)[i - 1] = static_cast<const uint8_t *>(from)[i - 1];
  return to;
}

void *memset(void *to, int value, size_t count) {
  void *at = to;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(value) : "memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const volatile uint8_t *p = static_cast<const uint8_t *>(a), *q = static_cast<const uint8_t *>(b);
  for (size_t i = 0; i < count; ++i)
    if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
  return 0;
}
