/* SPDX-License-Identifier: MIT
 *
 * qemu's "virt" board with an arm64 CPU, and the four functions of the C library that Skiff calls on it besides those of
 * tests/support/bare_math.c. */
#include "tests/firmware/board.h"

#include <stddef.h>

static volatile uint32_t *const uart = (volatile uint32_t *)0x09000000; /* PL011 */
enum { kData = 0, kFlags = 0x18 / 4, kTransmitFull = 1 << 5 };

void board_fault(uint64_t syndrome, uint64_t at, uint64_t address);
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

void board_put(char c) {
  while (uart[kFlags] & kTransmitFull) {
  }
  uart[kData] = (uint8_t)c;
}

static void put_hex(uint64_t value) {
  int shift;
  board_put(' ');
  for (shift = 60; shift >= 0; shift -= 4) board_put("0123456789abcdef"[value >> shift & 15]);
}

void board_fault(uint64_t syndrome, uint64_t at, uint64_t address) {
  const char *text = "error: fault; syndrome, instruction, address:";
  while (*text != '\0') board_put(*text++);
  put_hex(syndrome);
  put_hex(at);
  put_hex(address);
  board_put('\n');
  board_exit(2);
}

void *memcpy(void *to, const void *from, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  size_t i;
  if ((uintptr_t)to <= (uintptr_t)from) return memcpy(to, from, count);
  for (i = count; i > 0; --i) ((uint8_t *)to)[i - 1] = ((const uint8_t *)from)[i - 1];
  return to;
}

void *memset(void *to, int value, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) ((uint8_t *)to)[i] = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const uint8_t *p = a, *q = b;
  size_t i;
  for (i = 0; i < count; ++i)
    if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
  return 0;
}
