// SPDX-License-Identifier: MIT
//
// Chooses kernels: starts from the reference table and lets every stronger table that the CPU can run override what it has.
// Tables are constants of this file: where SKIFF_TRIM says for which instruction set the library is, the choice is made while
// this is compiled, and a linker that drops what nobody refers to drops the kernels that were not chosen.
#include "engine/skiff.h"
#include "kernels/ref/table_ref.h"
#if defined(SKIFF_HAVE_AVX2)
#include "kernels/x86/table_avx2.h"
#endif
#if defined(SKIFF_HAVE_AVX512)
#include "kernels/x86/table_avx512.h"
#endif
#if defined(SKIFF_HAVE_NEON)
#include "kernels/arm/table_neon.h"
#endif

namespace skiff {
namespace {

// Weakest first.
constexpr const KernelTable *kTables[] = {
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

constexpr KernelTable resolved(uint32_t cpu_bits) {
  KernelTable out = kTableRef;
  for (const KernelTable *table : kTables) {
    if ((table->needs & ~cpu_bits) != 0) continue;
    out.isa = table->isa;
    out.needs = table->needs;
#define SKIFF_KERNEL(slot, fn_type) \
  if (table->slot != nullptr) out.slot = table->slot;
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL
  }
  return out;
}

}  // namespace

const KernelTable *kernel_table(uint32_t i) { return i < sizeof kTables / sizeof kTables[0] ? kTables[i] : nullptr; }

#if defined(SKIFF_TRIM)
void resolve_kernels(uint32_t, KernelTable *out) {
  static constexpr KernelTable kChosen = resolved(SKIFF_TRIM);
  *out = kChosen;
}
#else
void resolve_kernels(uint32_t cpu_bits, KernelTable *out) { *out = resolved(cpu_bits); }
#endif

}  // namespace skiff
