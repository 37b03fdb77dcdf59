/* SPDX-License-Identifier: MIT
 *
 * From reset at EL1 to firmware_main: vector registers on, memory mapped to itself with caches, faults told and fatal. Interrupts stay masked.
 * Source: Arm ARM DDI 0487, D5 (translation, 4 KB granule), D13 (registers).
 */
#include "tests/firmware/virt/memory.h"

/* Descriptor bits. */
.set BLOCK, 0x401            /* valid, accessed */
.set TABLE, 0x3
.set DEVICE, 1 << 2          /* attribute 1 of mair */
.set SHARED, 3 << 8
.set READ_ONLY, 2 << 6
.set NO_EXECUTE, 3 << 53

.section .text.start, "ax"
.globl _start
_start:
  ldr x0, =board_stack_end
  mov sp, x0
  ldr x0, =vectors
  msr vbar_el1, x0
  mov x0, #(3 << 20)         /* floating point and vectors do not trap */
  msr cpacr_el1, x0
  ldr x0, =0x04ff            /* attribute 0: memory, write-back; 1: device */
  msr mair_el1, x0
  ldr x0, =0x803520          /* 32-bit addresses from table 0 alone, walked through the caches */
  msr tcr_el1, x0
  ldr x0, =table_1gib
  msr ttbr0_el1, x0
  dsb sy
  tlbi vmalle1
  ic iallu
  dsb sy
  isb
  mrs x0, sctlr_el1
  ldr x1, =0x1005            /* MMU, data cache, instruction cache */
  orr x0, x0, x1
  bic x0, x0, #2             /* unaligned addresses are fine */
  msr sctlr_el1, x0
  isb
  ldr x0, =board_zero_begin
  ldr x1, =board_zero_end
1:
  cmp x0, x1
  b.hs 2f
  stp xzr, xzr, [x0], #16
  b 1b
2:
  bl firmware_main
  b .

.globl board_exit
board_exit:                  /* semihosting: SYS_EXIT with ADP_Stopped_ApplicationExit and a status */
  sxtw x1, w0
  ldr x0, =0x20026
  stp x0, x1, [sp, #-16]!
  mov x1, sp
  mov w0, #0x18
  hlt #0xf000
  b .

.balign 2048
vectors:
.rept 16
  .balign 128
  mrs x0, esr_el1
  mrs x1, elr_el1
  mrs x2, far_el1
  b board_fault
.endr

.section .rodata.tables, "a"
.balign 4096
table_1gib:                  /* an entry a GiB: devices, memory */
  .quad BLOCK | DEVICE | NO_EXECUTE
  .quad table_2mib + TABLE
  .fill 510, 8, 0
table_2mib:                  /* flash: code and constants, which nobody can write; RAM: which nobody can execute */
.set address, MEMORY_BEGIN
.rept 512
  .if address < RAM_BEGIN
    .quad address | BLOCK | SHARED | READ_ONLY
  .elseif address < RAM_END
    .quad address | BLOCK | SHARED | NO_EXECUTE
  .else
    .quad 0
  .endif
  .set address, address + 0x200000
.endr

.section .note.GNU-stack, "", %progbits
