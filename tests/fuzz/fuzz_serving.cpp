// SPDX-License-Identifier: MIT
//
// Serving's configuration, text and binary.
#include <cstddef>
#include <cstdint>

#include "tools/paddle/program.h"
#include "tools/support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (const auto parse : {skiff::paddle::parse_serving_config, skiff::paddle::parse_serving_stream}) {
    try {
      parse(data, size);
    } catch (const skiff::Error &) {
    }
  }
  return 0;
}
