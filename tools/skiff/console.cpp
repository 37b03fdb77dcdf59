// SPDX-License-Identifier: MIT
//
// Every write is flushed at once: results come in pieces of a picture each, a reader in a pipeline wants them as they are ready,
// and an error then belongs to the piece that caused it. main ignores SIGPIPE, which makes a vanished reader an error code here.
#include "tools/skiff/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/support/error.h"

namespace skiff {

void write_stdout(std::string_view text) {
  errno = 0;
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (is_written) return;
  if (errno == EPIPE) throw BrokenPipe();
  throw Error(std::string("cannot write to standard output: ") + std::strerror(errno));
}

void note(std::string_view text) { std::fprintf(stderr, "skiff: %s\n", one_line(text).c_str()); }

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char &c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return line;
}

bool is_stdout_terminal() { return isatty(STDOUT_FILENO) == 1; }

}  // namespace skiff
