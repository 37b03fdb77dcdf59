// SPDX-License-Identifier: MIT
//
// Damage done to good files, and what a parser may do about it: take the bytes or throw Error, within its memory.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/support/heap.h"
#include "tests/support/seed.h"
#include "tools/support/error.h"

namespace skiff::test {

// Changes a file in one to four places: bits, bytes, runs cut out, doubled or moved, numbers at their limits. The same seed gives
// the same files with every compiler (std::mt19937 is defined to the bit, its distributions are not, so none is used).
class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(test_seed(seed)) {}

  std::string operator()(std::string bytes) {
    for (uint32_t i = 1 + below(4); i > 0; --i) change(&bytes);
    return bytes;
  }

 private:
  uint32_t below(size_t limit) { return uint32_t(random_() % limit); }

  void change(std::string *bytes) {
    if (bytes->empty()) return void(bytes->push_back(char(below(256))));
    const size_t at = below(bytes->size());
    const size_t run = 1 + below(below(4) == 0 ? bytes->size() - at : std::min<size_t>(16, bytes->size() - at));
    switch (below(8)) {
      case 0:
        (*bytes)[at] = char((*bytes)[at] ^ 1 << below(8));
        break;
      case 1:
        (*bytes)[at] = char(below(256));
        break;
      case 2:
        (*bytes)[at] = char((*bytes)[at] + (below(2) ? 1 : -1));
        break;
      case 3:
        bytes->erase(at, run);
        break;
      case 4:
        bytes->insert(below(bytes->size() + 1), bytes->substr(at, run));
        break;
      case 5:
        bytes->replace(below(bytes->size()), run, bytes->substr(at, run));
        break;
      case 6:
        for (size_t i = at; i < at + std::min<size_t>(run, 8); ++i) (*bytes)[i] = char(below(3) ? 0xFF : 0x7F);
        break;
      default:
        for (size_t i = at; i < at + std::min<size_t>(run, 8); ++i) (*bytes)[i] = 0;
        break;
    }
  }

  std::mt19937 random_;
};

// Parses a copy of exactly the bytes' size, so that a sanitizer sees a step past their end. Fails the test for anything thrown
// but Error, and for a peak above twice the bytes and 1 MB. Returns the Error's text, or "" where the bytes were taken.
template <typename Parse>
std::string parse_hostile(const std::string &bytes, Parse parse) {
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
  if (!bytes.empty()) memcpy(copy.get(), bytes.data(), bytes.size());
  reset_heap_peak();
  const size_t before = heap_bytes();
  std::string text;
  try {
    parse(copy.get(), bytes.size());
  } catch (const Error &error) {
    text = error.what();
    if (text.empty()) text = "(an Error without a text)";
  }
  const size_t used = heap_peak() - before;
  if (used > 2 * bytes.size() + (1u << 20))
    FAIL_CHECK("took " << used << " bytes for a file of " << bytes.size() << ": " << text);
  if (text.size() > 600 || text.find('\n') != text.npos) FAIL_CHECK("no short line: " << text);
  return text;
}

// Every prefix of the bytes but the whole, `step` apart.
template <typename Parse>
void parse_truncated(const std::string &bytes, Parse parse, size_t step = 1) {
  for (size_t size = 0; size < bytes.size(); size += step) parse_hostile(bytes.substr(0, size), parse);
}

// `count` mutations; returns how many were refused. Both kinds must occur, else the mutations test nothing.
template <typename Parse>
void parse_mutated(const std::string &bytes, Parse parse, int count, uint32_t seed = 1) {
  Mutator mutate(seed);
  int refused = 0;
  for (int i = 0; i < count; ++i) refused += !parse_hostile(mutate(bytes), parse).empty();
  CHECK(refused > count / 100);
  CHECK(refused < count);
}

}  // namespace skiff::test
