// SPDX-License-Identifier: MIT
//
// Bytes and cameras by file descriptors, in reads that an end which the user wants can interrupt.
#pragma once
#include <memory>
#include <string>

#include "tools/video/video.h"

namespace skiff {

// The file, pipe or device at a path, "-" for standard input. `stop_fd` becomes readable when the user wants an end, -1 = never.
// Throws Error.
std::unique_ptr<ByteSource> open_bytes(const std::string &path, int stop_fd);

// Whether a path is a character device: a camera, if it is one that skiff can use.
bool is_device(const std::string &path);

}  // namespace skiff
