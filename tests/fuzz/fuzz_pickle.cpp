// SPDX-License-Identifier: MIT
//
// .pdparams, and the search for a MobileNet-SSD among the parameters that come out.
#include <cstddef>
#include <cstdint>

#include "tools/paddle/canonical.h"
#include "tools/support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    skiff::paddle::Source source;
    source.params = skiff::paddle::parse_pickle(data, size);
    skiff::paddle::add_canonical_program(&source);
  } catch (const skiff::Error &) {
  }
  return 0;
}
