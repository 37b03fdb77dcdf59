// SPDX-License-Identifier: MIT
//
// kcheck on a bare CPU: how kernels for instruction sets that the machine at hand may not have are run all the same. Prints PASS
// or FAIL last; run.sh reads it.
#include "kernels/cpu.h"
#include "tests/bochs/machine.h"
#include "tests/kcheck/harness.h"
#include "tests/kcheck/planted.h"

using namespace skiff;
using namespace skiff::kcheck;

extern "C" {
void machine_main();
extern void (*const machine_init_begin[])();
extern void (*const machine_init_end[])();
}

namespace {

// An emulated multiply-add takes about 100 ns: most layers are left out, odd small shapes stay, and so does the matrix product
// with more weights than a cache holds.
constexpr uint64_t kMaxMacs = 60000, kMaxMatrixMacs = 4600000, kMaxPlantedMacs = 8000;

void print_slot(const Harness &h) {
  for (int t = 0; t < h.table_count; ++t)
    if (h.slot_calls[t] > 0)
      print_line((Text() << h.slot << " " << h.tables[t]->isa << ": " << h.slot_calls[t] << " calls, " << h.slot_failures[t]
                         << " faults, largest error " << h.slot_worst[t] << " of its bound")
                     .str());
}

}  // namespace

void machine_main() {
  start_machine();
  for (auto init = machine_init_begin; init != machine_init_end; ++init) (*init)();
  Harness h;
  for (uint32_t i = 0; const KernelTable *table = kernel_table(i); ++i)
    if ((table->needs & ~cpu_features()) == 0) h.tables[h.table_count++] = table;
  for (int i = 0; i < kSlotCount; ++i) {
    h.max_macs = kSlotChecks[i].check == check_pw ? kMaxMatrixMacs : kMaxMacs;
    run_check(h, kSlotChecks[i]);
    print_slot(h);
  }
  const int missed = run_selftest(h.seed, kMaxPlantedMacs);
  print_line((Text() << h.cases << " cases, " << h.calls << " calls, " << h.failures << " faults, " << missed
                     << " planted faults missed")
                 .str());
  print_line(h.failures == 0 && missed == 0 && h.calls > 0 ? "PASS" : "FAIL");
  stop_machine();
}
