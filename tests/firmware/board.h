/* SPDX-License-Identifier: MIT
 *
 * What main.c asks of a board. Each board has a folder: its start, its serial line, its memory map. */
#ifndef BOARD_H
#define BOARD_H
#include <stdint.h>

/* main.c; the board's start calls it with nothing but a stack and zeroed variables. Ends in board_exit. */
void firmware_main(void);

/* Sends a byte down the serial line. */
void board_put(char c);

/* Ends the emulator with this exit status. */
void board_exit(int status) __attribute__((noreturn));

/* Where the stack is in the calling function, which does not move it while it runs. */
#if defined(__x86_64__)
#define BOARD_STACK_POINTER(at) __asm__ volatile("mov %%rsp, %0" : "=r"(at))
#else
#define BOARD_STACK_POINTER(at) __asm__ volatile("mov %0, sp" : "=r"(at))
#endif

/* From the linker script: the stack, which grows down from its end, and the RAM that nothing else uses. */
extern uint8_t board_stack_begin[], board_stack_end[], board_free_begin[], board_free_end[];

#endif
