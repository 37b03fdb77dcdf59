// SPDX-License-Identifier: MIT
//
// A directory that is gone with its object.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff::test {

class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "skiff-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw Error(pattern + ": cannot make a directory");
    path_ = pattern;
  }
  ScratchDir(const ScratchDir &) = delete;
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // The directory, or a path in it.
  const std::string &path() const { return path_; }
  std::string path(const std::string &name) const { return path_ + "/" + name; }

  // Writes a file; directories on its way are made. Returns its path.
  std::string write(const std::string &name, const std::string &bytes) const {
    const std::string file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    write_file_atomically(file, bytes.data(), bytes.size());
    return file;
  }

 private:
  std::string path_;
};

}  // namespace skiff::test
