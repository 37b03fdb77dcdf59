// SPDX-License-Identifier: MIT
//
// ProgramDesc, and the matcher on what comes out of it: a graph without its parameters is judged before they are missed.
#include <cstddef>
#include <cstdint>

#include "tools/paddle/network.h"
#include "tools/support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    skiff::paddle::Source source;
    source.has_program = true;
    source.program = skiff::paddle::parse_program(data, size);
    source.params_problem = "no parameters here";
    skiff::paddle::match_network(source);
  } catch (const skiff::Error &) {
  }
  return 0;
}
