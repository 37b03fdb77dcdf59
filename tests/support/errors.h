// SPDX-License-Identifier: MIT
//
// What tools complain about.
#pragma once
#include <string>

#include "tools/support/error.h"

namespace skiff::test {

// The text of the Error that `act` throws, "" where it throws none.
template <typename Act>
std::string error_of(const Act &act) {
  try {
    act();
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

}  // namespace skiff::test
