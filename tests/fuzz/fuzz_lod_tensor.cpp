// SPDX-License-Identifier: MIT
//
// LoDTensor records: one, and as many as the first byte says in a combined file.
#include <cstddef>
#include <cstdint>

#include "tools/paddle/program.h"
#include "tools/support/error.h"

using namespace skiff::paddle;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const size_t count = data[0] % 8;
  try {
    if (count == 0) {
      size_t consumed = 0;
      parse_lod_tensor(data + 1, size - 1, &consumed).to_float();
    } else {
      std::vector<std::string> names;
      for (size_t i = 0; i < count; ++i) names.push_back(std::string(1, char('a' + i)));
      parse_combined(data + 1, size - 1, names);
    }
  } catch (const skiff::Error &) {
  }
  return 0;
}
