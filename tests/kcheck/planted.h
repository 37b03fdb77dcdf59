// SPDX-License-Identifier: MIT
// Kernels with faults put in on purpose, to prove that kcheck sees them.
#pragma once
#include "tests/kcheck/harness.h"

namespace skiff::kcheck {

// Runs the checks on every planted kernel. Prints a line for each and returns how many were not judged as they should.
int run_selftest(uint64_t seed, uint64_t max_macs);

}  // namespace skiff::kcheck
