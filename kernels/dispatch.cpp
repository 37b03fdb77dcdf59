// SPDX-License-Identifier: MIT
//
// Chooses kernels: starts from the reference table and lets every stronger table that the CPU can run override what it has.
#include "kernels/kernels.h"

namespace skiff {

extern const KernelTable kTableAvx2, kTableAvx512, kTableNeon;

namespace {

// Weakest first.
const KernelTable *const kTables[] = {
    &kTableRef,
#if defined(SKIFF_HAVE_AVX2)
    &kTableAvx2,
#endif
#if defined(SKIFF_HAVE_AVX512)
    &kTableAvx512,
#endif
#if defined(SKIFF_HAVE_NEON)
    &kTableNeon,
#endif
};

}  // namespace

const KernelTable *kernel_table(uint32_t i) { return i < sizeof kTables / sizeof kTables[0] ? kTables[i] : nullptr; }

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
