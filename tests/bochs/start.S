/* SPDX-License-Identifier: MIT
 *
 * From a boot loader (Multiboot 1: 32-bit protected mode, no paging) to machine_main in 64-bit mode with all vector registers on, and
 * what needs assembly there: faults, and going on behind one. Interrupts stay off.
 * Source: Multiboot specification 0.6.96; Intel SDM volume 3, 9.8.5 (long mode), 13.3 (XSAVE features).
 */
.set MULTIBOOT_MAGIC, 0x1BADB002
.set MULTIBOOT_FLAGS, 0x3

.section .multiboot, "a"
.align 4
.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

.text
.code32
.globl _start
_start:
  cli
  cld
  mov $stack_top, %esp
  /* The first GiB maps to itself, in pages of 2 MiB: present, writable, large. */
  movl $machine_pdpt + 3, machine_pml4
  movl $machine_pd + 3, machine_pdpt
  xor %ecx, %ecx
1:
  mov %ecx, %eax
  shl $21, %eax
  or $0x83, %eax
  mov %eax, machine_pd(, %ecx, 8)
  inc %ecx
  cmp $512, %ecx
  jne 1b
  mov $machine_pml4, %eax
  mov %eax, %cr3
  mov %cr4, %eax
  or $0x40620, %eax          /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
  mov %eax, %cr4
  mov $0xC0000080, %ecx      /* EFER */
  rdmsr
  or $0x100, %eax            /* long mode */
  wrmsr
  mov %cr0, %eax
  and $0xFFFFFFF3, %eax      /* no emulation, no lazy switching of registers */
  or $0x80000023, %eax       /* paging, protection, floating point with exceptions of its own */
  mov %eax, %cr0
  lgdt gdt_pointer
  ljmp $8, $start64

.code64
start64:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $stack_top, %esp
  fninit
  ldmxcsr default_mxcsr
  mov $0xD, %eax
  xor %ecx, %ecx
  cpuid                      /* eax: register sets that this CPU has */
  and $0xE7, %eax            /* x87, SSE, AVX, AVX-512 */
  xor %edx, %edx
  xor %ecx, %ecx
  xsetbv
  call machine_main
1:
  hlt
  jmp 1b

/* int machine_run(void (*fn)(void *), void *arg): 0, or 1 + the vector of the fault that ended fn. */
.globl machine_run
machine_run:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  sub $8, %rsp
  mov %rsp, recovery
  mov %rdi, %rax
  mov %rsi, %rdi
  call *%rax
  xor %eax, %eax
leave_run:
  movq $0, recovery
  add $8, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret

/* Faults never return to where they happened. */
.macro FAULT vector
  .align 16
  mov $\vector + 1, %eax
  jmp any_fault
.endm
.align 16
.globl machine_faults
machine_faults:              /* 32 entries of 16 bytes */
.set n, 0
.rept 32
  FAULT n
  .set n, n + 1
.endr
any_fault:
  mov recovery, %rdx
  test %rdx, %rdx
  jz 1f
  mov %rdx, %rsp
  cld
  jmp leave_run
1:
  mov $stack_top, %esp
  mov %eax, %edi
  call machine_panic
2:
  hlt
  jmp 2b

.section .rodata
.align 8
gdt:
  .quad 0
  .quad 0x00AF9A000000FFFF   /* 64-bit code */
  .quad 0x00CF92000000FFFF   /* data */
gdt_pointer:
  .word gdt_pointer - gdt - 1
  .long gdt
default_mxcsr:
  .long 0x1F80

.bss
.align 4096
.globl machine_pd
machine_pml4: .skip 4096
machine_pdpt: .skip 4096
machine_pd: .skip 4096
.skip 1 << 17
stack_top:
recovery: .skip 8

.section .note.GNU-stack, "", @progbits
