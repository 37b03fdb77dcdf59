// SPDX-License-Identifier: MIT
//
// Writes the smallest network's file, for tests that are not C++ and as a seed for fuzzers. usage: make_tiny OUT.skiff
#include <cstdio>

#include "tests/support/tiny.h"
#include "tools/support/file.h"

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  try {
    const std::vector<uint8_t> &file = skiff::test::smallest_weights();
    skiff::write_file_atomically(argv[1], file.data(), file.size());
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "make_tiny: %s\n", error.what());
    return 1;
  }
}
