// SPDX-License-Identifier: MIT
//
// A pipe that the handler writes to: who waits for input waits for it too, and no signal can come between a look at a flag and
// the wait.
#include "tools/skiff/stop_signal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// What a handler may touch.
std::atomic<int> write_fd{-1};
std::atomic<bool> is_stop_asked{false};

void on_signal(int) {
  const int reason = errno;
  is_stop_asked = true;
  const char byte = 0;
  if (write(write_fd, &byte, 1) < 0) {
    // The pipe is full of such bytes: nobody needs another.
  }
  errno = reason;
}

}  // namespace

StopSignal::StopSignal() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) throw Error(std::string("cannot make a pipe: ") + strerror(errno));
  read_fd_ = fds[0];
  write_fd = fds[1];
  is_stop_asked = false;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  for (const int signal : kSignals) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup stays in force
  }
}

StopSignal::~StopSignal() {
  for (const int signal : kSignals) {
    struct sigaction now = {};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler == on_signal) ::signal(signal, SIG_DFL);
  }
  close(write_fd.exchange(-1));
  close(read_fd_);
}

bool StopSignal::is_asked() const { return is_stop_asked; }

void StopSignal::ask() { on_signal(0); }

}  // namespace skiff
