// SPDX-License-Identifier: MIT
//
// The seed of tests that change bytes at random: fixed, so that every run is the same, unless SKIFF_TEST_SEED asks for other changes
// (tests/nightly.sh does).
#pragma once
#include <cstdint>
#include <cstdlib>

namespace skiff::test {

// `usual`, moved by the number in SKIFF_TEST_SEED where there is one.
inline uint32_t test_seed(uint32_t usual) {
  const char *text = std::getenv("SKIFF_TEST_SEED");
  return text ? usual + uint32_t(std::strtoul(text, nullptr, 10)) : usual;
}

}  // namespace skiff::test
