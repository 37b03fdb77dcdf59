/* SPDX-License-Identifier: MIT
 *
 * qemu's "mps2-an500" board: a Cortex-M7. From reset to firmware_main, its serial line, its end. The C library is newlib's.
 * Source: Armv7-M Architecture Reference Manual DDI 0403, B1.5 (vectors), B3.2 (registers); Cortex-M System Design Kit DDI 0479
 * (UART). */
#include "tests/firmware/board.h"

extern uint8_t board_zero_begin[], board_zero_end[], board_data_begin[], board_data_end[], board_data_stored[];
void board_reset(void) __attribute__((noreturn));
void board_fault(void) __attribute__((noreturn));

/* Where the stack begins, then the entries of the exceptions: reset, NMI, and the faults. No other is ever enabled. */
static const struct {
  uint8_t *stack;
  void (*entries[6])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    board_stack_end,
    {board_reset, board_fault, board_fault, board_fault, board_fault, board_fault},
};

static volatile uint32_t *const uart = (volatile uint32_t *)0x40004000;
enum { kData = 0, kState = 1, kControl = 2, kBaudDivider = 4, kTransmitFull = 1, kTransmitEnabled = 1 };

void board_put(char c) {
  while (uart[kState] & kTransmitFull) {
  }
  uart[kData] = (uint8_t)c;
}

/* Semihosting: SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit and a status. */
void board_exit(int status) {
  const uint32_t block[2] = {0x20026, (uint32_t)status};
  register uint32_t operation __asm__("r0") = 0x20;
  register const uint32_t *argument __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(argument) : "memory");
  for (;;) {
  }
}

void board_fault(void) {
  const char *text = "error: fault\n";
  while (*text != '\0') board_put(*text++);
  board_exit(2);
}

void board_reset(void) {
  volatile uint32_t *const coprocessors = (volatile uint32_t *)0xE000ED88;
  const uint8_t *stored = board_data_stored;
  volatile uint8_t *at;
  *coprocessors |= 0xFu << 20; /* the floating-point unit */
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  for (at = board_data_begin; at < board_data_end; ++at) *at = *stored++;
  for (at = board_zero_begin; at < board_zero_end; ++at) *at = 0;
  uart[kBaudDivider] = 16;
  uart[kControl] = kTransmitEnabled;
  firmware_main();
  board_exit(3);
}
