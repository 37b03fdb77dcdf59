// SPDX-License-Identifier: MIT
//
// INPUT... of a command line to the list of pictures that it means.
#pragma once
#include <string>
#include <vector>

#include "tools/image/image.h"

namespace skiff {

// One picture to work on.
struct WorkItem {
  std::string path;    // as the user gave it or as it follows from a directory; "-" is standard input
  std::string output;  // where its annotated copy goes, empty = nowhere
};

struct WorkList {
  std::vector<WorkItem> items;
  bool is_single = false;  // one INPUT that is a picture: not a directory or a list, whatever they hold
};

// A file stands for itself (whether it can be read shows later, so that one missing picture does not stop the others), a
// directory for the pictures directly inside it by extension, sorted; `@list` for the files and directories that the file `list`
// names, one a line;
// `-` for one picture on standard input. Throws Error for a list that cannot be read and a directory without pictures, UsageError
// for a second `-`.
WorkList expand_inputs(const std::vector<std::string> &inputs);

// Sets where each annotated picture goes. With a single picture `out` names its file, unless it is a directory; otherwise `out`
// is a directory, made if missing, and the files in it keep their names: numbered where two have the same, .png where the
// extension is not one that can be written. Throws UsageError rather than overwrite an input, Error where the directory cannot be
// made.
void assign_outputs(WorkList *list, const std::string &out);

// Reads and decodes a picture file, or standard input for "-". Throws Error naming it.
Image load_picture(const std::string &path, const DecodeOptions &options);

}  // namespace skiff
