// SPDX-License-Identifier: MIT
//
// In place of voc_dataset.cpp where there is no XML reader to build it with, as in a cross build.
#include "tools/skiff/voc_dataset.h"
#include "tools/support/error.h"

namespace skiff {
namespace {

constexpr char kNoReader[] = "this skiff reads no VOC annotations: it was built without pugixml";

}  // namespace

std::vector<VocObject> parse_voc_annotation(std::string_view) { throw Error(kNoReader); }

std::vector<VocPicture> read_voc(const std::string &directory, const std::string &) { throw Error(directory + ": " + kNoReader); }

}  // namespace skiff
