// SPDX-License-Identifier: MIT
//
// Standard output and standard error as the commands use them: results that are known to have arrived, complaints on one line.
#pragma once
#include <string>
#include <string_view>

#include "tools/support/file.h"

namespace skiff {

// Writes to standard output and flushes. Throws Error where that fails (disk full), BrokenPipe, with which main
// exits with 1, where nobody reads any more.
void write_stdout(std::string_view text);

// "skiff: <text>" as one line on standard error: errors and notices.
void note(std::string_view text);

// `text` with control characters replaced by '?', so that a file name can neither break a line nor command a terminal.
std::string one_line(std::string_view text);

// Whether standard output is a terminal.
bool is_stdout_terminal();

}  // namespace skiff
