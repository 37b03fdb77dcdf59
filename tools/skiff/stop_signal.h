// SPDX-License-Identifier: MIT
//
// An end that is asked for from outside: what watches for ever must be able to finish what it has begun.
#pragma once
#include <atomic>

namespace skiff {

// While it lives, SIGINT, SIGTERM and SIGHUP ask for an end. A second one does what it always did. One at a time.
class StopSignal {
 public:
  StopSignal();
  StopSignal(const StopSignal &) = delete;
  ~StopSignal();

  bool is_asked() const;

  // Asks as a signal does. From any thread.
  void ask();

  // Can be read from once an end is asked for; stays so.
  int fd() const { return read_fd_; }

 private:
  int read_fd_;
};

}  // namespace skiff
