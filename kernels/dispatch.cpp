// SPDX-License-Identifier: MIT
//
// Chooses kernels: starts from the reference table and lets every stronger table that the CPU can run override what it has.
#include "kernels/kernels.h"

namespace skiff {
namespace {

// Weakest first.
const KernelTable *const kTables[] = {&kTableRef};

}  // namespace

void resolve_kernels(uint32_t cpu_bits, KernelTable *out) {
  *out = kTableRef;
  for (const KernelTable *table : kTables) {
    if ((table->needs & ~cpu_bits) != 0) continue;
    out->isa = table->isa;
    out->needs = table->needs;
#define SKIFF_KERNEL(slot, fn_type) \
  if (table->slot != nullptr) out->slot = table->slot;
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL
  }
}

}  // namespace skiff
