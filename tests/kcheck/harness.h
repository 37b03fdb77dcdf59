// SPDX-License-Identifier: MIT
//
// Judges kernels. A check (check_*.cpp) makes cases: inputs, what every output element should be and how far off it may be, and
// how to call a kernel on them. The harness runs each case on the reference and on every table under test, in guarded memory, and
// compares.
//
// To check a new slot, write void check_<slot>(Harness &) in a check_*.cpp; until it exists, kcheck does not link. Its cases look
// like
//
//     Case c(harness, name);
//     const auto in = c.input<float>("in", n, 64);                       // fill in[i]
//     const auto out = c.output<float>("out", n, 64);                    // out.expect(i, exact, bound); the others stay
//     untouched c.check(&KernelTable::slot, [&](SlotFn fn, const Places &at, int variant) {
//       const SlotArgs args = {at(in), at(out), ...};
//       fn(&args);
//     });
//
// No C library and no C++ runtime in here: the same checks run on a bare CPU.
#pragma once
#include <stdint.h>

#include "kernels/kernels.h"
#include "tests/kcheck/guard.h"
#include "tests/kcheck/text.h"

namespace skiff::kcheck {

// The same numbers everywhere from one seed.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint32_t next();
  int32_t between(int32_t lo, int32_t hi) { return lo + int32_t(next() % uint32_t(hi - lo + 1)); }  // both included
  bool flip() { return (next() & 1) != 0; }
  float uniform() { return float(int32_t(next() >> 8) - (1 << 23)) * 0x1p-23f; }  // [-1, 1)

 private:
  uint64_t state_;
};

// What a kernel did wrong.
enum class Fault : uint8_t { kCrashed, kWrongValue, kWroteElsewhere, kChangedInput, kFloatState, kDependsOnCut };
constexpr int kFaultCount = 6;

constexpr int kMaxTables = 8;
constexpr int kReference = kMaxTables;  // as an index: the reference, making what the tables are compared with

// Options and results of one run.
struct Harness {
  const KernelTable *tables[kMaxTables + 1] = {};  // to be judged; [kReference] is set by the harness
  int table_count = 0;
  uint64_t seed = 1;
  int32_t repeat = 1;                                // random cases, times
  uint64_t max_macs = ~uint64_t{0};                  // larger cases are left out
  bool is_quiet = false;                             // counts without printing
  void (*bench)(Harness &, class Case &) = nullptr;  // called for cases with a real layer's shape once their kernels are right

  const char *slot = "";  // under check
  uint64_t calls = 0, cases = 0, failures = 0;
  uint64_t faults[kFaultCount] = {};
  // Of the slot under check, per table.
  uint64_t slot_calls[kMaxTables + 1] = {}, slot_failures[kMaxTables + 1] = {};
  double slot_worst[kMaxTables + 1] = {};  // largest distance from what is exact, over half the bound
};

// An array of a call. `data` is the original: kernels get copies.
template <typename T>
struct Input {
  T *data;
  int index;
  T &operator[](int64_t i) const { return data[i]; }
};
template <typename T>
struct Output {
  double *exact;
  float *bound;
  int index;
  // Element i should be exactly `value` but for rounding: |kernel - reference| <= bound. Elements never named must not be
  // written.
  void expect(int64_t i, double value, double allowed) const {
    exact[i] = value;
    bound[i] = float(allowed);
  }
};

struct Operand {
  const char *name;
  uint8_t *original;  // input: its bytes; output: what the reference wrote
  uint8_t *whole;     // output: what the table under test wrote in one call
  double *exact;
  float *bound;
  int64_t elems, align_bytes;
  int32_t elem_bytes;
  bool is_float, is_output;
  uint8_t *placed;
  int64_t bytes() const { return elems * elem_bytes; }
};

// Where a call finds its arrays.
class Places {
 public:
  explicit Places(const Operand *operands) : operands_(operands) {}
  template <typename T>
  const T *operator()(const Input<T> &a) const {
    return reinterpret_cast<const T *>(operands_[a.index].placed);
  }
  template <typename T>
  T *operator()(const Output<T> &a) const {
    return reinterpret_cast<T *>(operands_[a.index].placed);
  }

 private:
  const Operand *operands_;
};

class Case {
 public:
  // `shape` is printed with what goes wrong.
  Case(Harness &harness, const Text &shape) : harness_(harness), shape_(shape), next_(workspace().begin) {}

  // Arrays of `elems` elements. `align_bytes` is what the contract promises of their address.
  template <typename T>
  Input<T> input(const char *name, int64_t elems, int64_t align_bytes) {
    const int i = add(name, elems, align_bytes, int32_t(sizeof(T)), T(0.5f) != T(0), false);
    return {reinterpret_cast<T *>(operands_[i].original), i};
  }
  template <typename T>
  Output<T> output(const char *name, int64_t elems, int64_t align_bytes) {
    const int i = add(name, elems, align_bytes, int32_t(sizeof(T)), T(0.5f) != T(0), true);
    return {operands_[i].exact, operands_[i].bound, i};
  }

  // Judges every table that has this slot. `call` calls the kernel it is given: in one piece for variant 0, cut up in some other
  // way that must give the same bits for variants 1 to `variants` - 1.
  template <typename Args, typename Call>
  void check(void (*KernelTable::*slot)(const Args *), const Call &call, int variants = 1) {
    struct Bound {
      void (*KernelTable::*slot)(const Args *);
      const Call *call;
    } bound = {slot, &call};
    context_ = &bound;
    variants_ = variants;
    has_ = [](const void *context, const KernelTable *table) {
      return table->*static_cast<const Bound *>(context)->slot != nullptr;
    };
    call_ = [](const void *context, const KernelTable *table, const Places &at, int variant) {
      const Bound &b = *static_cast<const Bound *>(context);
      (*b.call)(table != nullptr ? table->*b.slot : static_cast<void (*)(const Args *)>([](const Args *) {}), at, variant);
    };
    judge();
  }

  // Work of one call, for the benchmark; 0 where there are no multiply-adds to count. A named layer's case is timed.
  uint64_t macs = 0;
  const char *layer = nullptr;

  // For the benchmark: calls a table's kernel (null: one that does nothing) on arrays that place() put somewhere.
  void place_at_end();
  void call(const KernelTable *table) const { call_(context_, table, Places(operands_), 0); }
  bool has(const KernelTable *table) const { return has_(context_, table); }
  int64_t bytes() const;  // of all arrays
  const char *shape() const { return shape_.str(); }

 private:
  enum class Where : uint8_t { kAtEnd, kAtBegin, kShifted };

  int add(const char *name, int64_t elems, int64_t align_bytes, int32_t elem_bytes, bool is_float, bool is_output);
  void *take(int64_t bytes);
  void judge();
  void judge_table(int table);
  void judge_bad_numbers(int table, Where where);
  void place(Where where, bool has_bad_numbers, const Random &shift);
  bool run(int table, int variant, Where where, bool has_bad_numbers);
  void compare(int table, Where where, int variant);
  void compare_output(int table, const Operand &o, Where where, int variant);
  void check_surroundings(int table, const Operand &o, Where where, int variant);
  void report(int table, Fault fault, Where where, int variant, const Text &what);

  Harness &harness_;
  Text shape_;
  Operand operands_[kRegionCount];
  int operand_count_ = 0;
  uint8_t *next_;  // free workspace
  const void *context_ = nullptr;
  bool (*has_)(const void *context, const KernelTable *table) = nullptr;
  void (*call_)(const void *context, const KernelTable *table, const Places &at, int variant) = nullptr;
  int variants_ = 1;
};

// What the error of a sum of k products and a bias can come to in f32, whatever the order and whether fused: to first order each
// of two versions is off by at most (k + 1) u (|bias| + sum |a w|), u = 2^-24, so they differ by at most twice that.
inline double sum_bound(int64_t k, double magnitude) { return 2.0 * double(k + 1) * 0x1p-24 * magnitude; }

// Calls fn(begin, end) for uneven ranges that cover [begin, end).
template <typename Fn>
void in_ranges(int32_t begin, int32_t end, const Fn &fn) {
  for (int32_t at = begin, step = 1; at < end; at += step, step = step % 5 + 1) fn(at, at + step < end ? at + step : end);
}

// Checks of all slots, by name.
struct SlotCheck {
  const char *slot;
  void (*check)(Harness &);
};
extern const SlotCheck kSlotChecks[];
extern const int kSlotCount;

// Whether a table has slot i of kSlotChecks.
bool has_slot(const KernelTable &table, int i);

// Runs one slot's check on all tables of the harness.
void run_check(Harness &harness, const SlotCheck &check);

#define SKIFF_KERNEL(slot, fn_type) void check_##slot(Harness &harness);
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL

}  // namespace skiff::kcheck
