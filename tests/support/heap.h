// SPDX-License-Identifier: MIT
//
// What operator new has given out. For programs that link heap.cpp, which replaces it.
#pragma once
#include <cstddef>

namespace skiff::test {

// Bytes that live now, as asked for.
size_t heap_bytes();

// The most that lived at once since the last call of reset_heap_peak().
size_t heap_peak();
void reset_heap_peak();

}  // namespace skiff::test
