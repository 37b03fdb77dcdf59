// SPDX-License-Identifier: MIT
//
// kcheck: checks, and with --bench also times, every kernel of every instruction set that this CPU offers.
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cpu.h"
#include "tests/kcheck/bench.h"
#include "tests/kcheck/harness.h"
#include "tests/kcheck/planted.h"

using namespace skiff;
using namespace skiff::kcheck;

namespace {

constexpr char kUsage[] =
    "usage: kcheck [--bench] [--isa=NAME] [--kernel=GLOB] [--seed=N] [--repeat=N] [--max-macs=N] | --selftest\n"
    "Holds the kernels of every instruction set that this CPU offers against the reference.\n"
    "  --bench       time each layer's calls too, once they gave the right result\n"
    "  --isa=NAME    only this table: ref, avx2, avx512, neon, ...\n"
    "  --kernel=GLOB only these slots, e.g. 'dw*'\n"
    "  --seed=N      other random shapes and numbers (default 1)\n"
    "  --repeat=N    N times as many random shapes\n"
    "  --max-macs=N  leave out calls of more multiply-adds\n"
    "  --selftest    prove on kernels with planted faults that each kind of fault is seen\n"
    "Exit status: 0 all right, 1 faults, 2 usage, 77 nothing was checked.\n";

struct Options {
  Harness harness;
  const char *isa = nullptr, *kernel = "*";
  bool is_bench = false, is_selftest = false;
};

// The value of argument "--name=value", or null where it is another one.
const char *value_of(const char *argument, const char *name) {
  const size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : nullptr;
}

bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out) {
  char *end;
  *out = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && *out >= least && *out <= most;
}

bool parse(int argc, char **argv, Options *options) {
  for (int i = 1; i < argc; ++i) {
    uint64_t n = 0;
    if (strcmp(argv[i], "--bench") == 0) {
      options->is_bench = true;
    } else if (strcmp(argv[i], "--selftest") == 0) {
      options->is_selftest = true;
    } else if (const char *isa = value_of(argv[i], "--isa")) {
      options->isa = isa;
    } else if (const char *kernel = value_of(argv[i], "--kernel")) {
      options->kernel = kernel;
    } else if (const char *seed = value_of(argv[i], "--seed")) {
      if (!parse_number(seed, 0, ~uint64_t{0}, &options->harness.seed)) return false;
    } else if (const char *repeat = value_of(argv[i], "--repeat")) {
      if (!parse_number(repeat, 1, 1000000, &n)) return false;
      options->harness.repeat = int32_t(n);
    } else if (const char *macs = value_of(argv[i], "--max-macs")) {
      if (!parse_number(macs, 1, ~uint64_t{0}, &options->harness.max_macs)) return false;
    } else {
      return false;
    }
  }
  return true;
}

// Tables that the CPU can run; says which it cannot.
void choose_tables(const Options &options, Harness *h) {
  for (uint32_t i = 0; const KernelTable *table = kernel_table(i); ++i) {
    if (options.isa != nullptr && strcmp(options.isa, table->isa) != 0) continue;
    if ((table->needs & ~cpu_features()) != 0)
      printf("%s: not checked, this CPU has not got it\n", table->isa);
    else
      h->tables[h->table_count++] = table;
  }
}

void print_slot(const Harness &h) {
  if (h.slot_failures[kReference] > 0) printf("%-16s the reference itself is wrong: nothing to compare with\n", h.slot);
  for (int t = 0; t < h.table_count; ++t) {
    if (h.slot_calls[t] == 0) continue;
    printf("%-16s %-8s %6llu calls, ", h.slot, h.tables[t]->isa, static_cast<unsigned long long>(h.slot_calls[t]));
    if (h.slot_failures[t] > 0)
      printf("%llu FAULTS\n", static_cast<unsigned long long>(h.slot_failures[t]));
    else
      printf("right; largest error %.2f of its bound\n", h.slot_worst[t]);
  }
}

}  // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, &options)) {
    fputs(kUsage, stderr);
    return 2;
  }
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Harness &h = options.harness;
  if (options.is_selftest) return run_selftest(h.seed, 2000000) == 0 ? 0 : 1;
  choose_tables(options, &h);
  if (options.is_bench) h.bench = bench_case;
  bool is_any = false;
  for (int i = 0; i < kSlotCount; ++i) {
    bool is_here = false;
    for (int t = 0; t < h.table_count; ++t) is_here |= has_slot(*h.tables[t], i);
    if (!is_here || fnmatch(options.kernel, kSlotChecks[i].slot, 0) != 0) continue;
    is_any = true;
    run_check(h, kSlotChecks[i]);
    print_slot(h);
  }
  if (!is_any) {
    printf("skipped: no kernel of this name and instruction set here\n");
    return 77;
  }
  printf("%llu cases, %llu calls, %llu faults; seed %llu\n", static_cast<unsigned long long>(h.cases),
         static_cast<unsigned long long>(h.calls), static_cast<unsigned long long>(h.failures),
         static_cast<unsigned long long>(h.seed));
  return h.failures == 0 ? 0 : 1;
}
