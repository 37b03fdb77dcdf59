/* SPDX-License-Identifier: MIT
 *
 * The machine at hand as a board, to measure what x86-64 needs: the firmware runs on a stack whose bottom is known. The linker is
 * told the ends of both arrays. */
#include "tests/firmware/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum { kStackBytes = BOARD_STACK_BYTES, kFreeBytes = BOARD_FREE_BYTES };
uint8_t board_stack_begin[kStackBytes] __attribute__((aligned(64))), board_free_begin[kFreeBytes] __attribute__((aligned(64)));

void board_put(char c) { putchar(c); }

void board_exit(int status) { exit(status); }

int main(void) {
  ucontext_t own, firmware;
  getcontext(&firmware);
  firmware.uc_stack.ss_sp = board_stack_begin;
  firmware.uc_stack.ss_size = kStackBytes;
  firmware.uc_link = &own;
  makecontext(&firmware, firmware_main, 0);
  swapcontext(&own, &firmware);
  return 3;
}
