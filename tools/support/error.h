// SPDX-License-Identifier: MIT
//
// How tools fail: they throw Error, whose text is one line that says what is wrong, where, and what to do; main prints it on stderr
// after "skiff: " and exits with 1. UsageError is for a command line that makes no sense: exit status 2.
#pragma once
#include <stdexcept>
#include <string>

namespace skiff {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct UsageError : Error {
  using Error::Error;
};

}  // namespace skiff
