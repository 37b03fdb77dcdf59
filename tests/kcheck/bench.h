// SPDX-License-Identifier: MIT
#pragma once
#include "tests/kcheck/harness.h"

namespace skiff::kcheck {

// Times the case's call on every table of the harness that has the kernel, and on the reference, and prints a line for each.
void bench_case(Harness &harness, Case &c);

}  // namespace skiff::kcheck
