// SPDX-License-Identifier: MIT
#pragma once
#include "tests/kcheck/guard.h"

namespace skiff::kcheck {

// Readies faults, regions and the serial line.
void start_machine();

// Ends the emulator.
void stop_machine();

}  // namespace skiff::kcheck
