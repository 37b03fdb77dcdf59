/* SPDX-License-Identifier: MIT
 *
 * Memory map of qemu's "virt": RAM from 1 GiB on, whose first 2 MiB hold what qemu tells an operating system. The image takes one part
 * for flash and one for RAM; both begin and end at multiples of 2 MiB, the pages of start.S. */
#define MEMORY_BEGIN 0x40000000
#define FLASH_BEGIN 0x40200000
#define RAM_BEGIN 0x41000000
#define RAM_END 0x41800000
#define STACK_BYTES 0x10000
