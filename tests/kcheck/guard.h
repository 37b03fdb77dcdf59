// SPDX-License-Identifier: MIT
//
// What the checks need of the machine under them. guard_posix.cpp gives it to a process, tests/bochs/machine.cpp to a bare CPU.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace skiff::kcheck {

constexpr int kRegionCount = 12;

// Memory between two pages that cannot be touched.
struct Region {
  uint8_t *begin, *end;
};

// Region i of kRegionCount, all of the same size.
Region guarded_region(int i);

// Ordinary memory for inputs, expectations and bookkeeping of one case at a time.
Region workspace();

// Runs fn(arg). Returns null, or the name of the fault that ended it ("SIGSEGV"); the caller goes on either way.
const char *run_caught(void (*fn)(void *arg), void *arg);

// The bits of the floating-point control register that a kernel must leave alone: rounding, flushing of denormals, traps. Not the
// flags that arithmetic itself raises.
uint64_t float_state();
void set_float_state(uint64_t state);

// Prints a line.
void print_line(const char *line);

}  // namespace skiff::kcheck
