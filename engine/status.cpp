// SPDX-License-Identifier: MIT
//
// Names and explanations of status codes, in one table.
#include "engine/skiff.h"

namespace {

struct StatusText {
  const char *name, *message;
};

// Indexed by skiff_status.
constexpr StatusText kStatusTexts[] = {
    {"SKIFF_OK", "no error"},
    {"SKIFF_ERR_ARGUMENT", "an argument is null or outside its range"},
    {"SKIFF_ERR_STRUCT_SIZE",
     "struct_size does not fit this library: call skiff_config_default first and rebuild with its header"},
    {"SKIFF_ERR_MEMORY_TOO_SMALL", "fewer bytes of memory than skiff_memory_required asks for"},
    {"SKIFF_ERR_MEMORY_ALIGNMENT", "memory or weights are not aligned to 64 bytes"},
    {"SKIFF_ERR_WEIGHTS_MAGIC", "not a .skiff weights file: make one with skiff convert"},
    {"SKIFF_ERR_WEIGHTS_VERSION", "weights file of another format version: convert the model again"},
    {"SKIFF_ERR_WEIGHTS_TRUNCATED", "weights file is incomplete or has bytes too many: copy it again"},
    {"SKIFF_ERR_WEIGHTS_CHECKSUM", "weights file is damaged: copy it again or convert the model again"},
    {"SKIFF_ERR_WEIGHTS_INVALID", "weights file is intact but describes no network that this library runs"},
    {"SKIFF_ERR_WEIGHTS_NOT_FINITE", "weights file holds an infinite parameter or one that is not a number"},
    {"SKIFF_ERR_IMAGE_TOO_LARGE", "image is larger than max_width_px x max_height_px of the configuration"},
    {"SKIFF_ERR_SELFTEST", "the network's answer differs from the stored one by more than 1e-4"},
};
constexpr int kStatusCount = sizeof kStatusTexts / sizeof kStatusTexts[0];
static_assert(kStatusCount == SKIFF_ERR_SELFTEST + 1, "one text per status");

}  // namespace

const char *skiff_status_name(skiff_status status) {
  const int code = int(status);
  return code >= 0 && code < kStatusCount ? kStatusTexts[code].name : "SKIFF_ERR_UNKNOWN";
}

const char *skiff_status_message(skiff_status status) {
  const int code = int(status);
  return code >= 0 && code < kStatusCount ? kStatusTexts[code].message : "unknown status";
}
