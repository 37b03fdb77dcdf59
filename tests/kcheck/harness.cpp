// SPDX-License-Identifier: MIT
//
// A case is run several times on each table: with every array ending where the next byte cannot be touched, with every array
// beginning where the byte before cannot, away from any alignment that was not promised, cut up, and on inputs that are not
// numbers. Around each array and in the parts of outputs that a kernel must leave alone lies a pattern, another one each time.
#include "tests/kcheck/harness.h"

#include <string.h>

namespace skiff::kcheck {
namespace {

constexpr int64_t kAround = 4096;         // bytes watched on each side of an array
constexpr int64_t kSmallBytes = 1 << 20;  // larger cases are not run on bad numbers: it takes time and shows nothing more
constexpr uint64_t kReportsPerSlot = 10;  // and table
constexpr uint8_t kPatterns[] = {0xFF, 0x7E, 0x81};  // by Where; as floats NaN, 8.5e37, -4.8e-38

const char *const kFaultNames[kFaultCount] = {"crashed",
                                              "wrong value",
                                              "wrote where it must not",
                                              "changed an input",
                                              "changed the floating-point state",
                                              "result depends on how the work is cut"};
const char *const kWhereNames[] = {"arrays end at a guard page", "arrays begin at a guard page", "arrays are not aligned"};

double magnitude(double x) { return x < 0 ? -x : x; }

double value_at(const Operand &o, const uint8_t *bytes, int64_t i) {
  if (o.is_float) {
    float x;
    memcpy(&x, bytes + i * 4, 4);
    return double(x);
  }
  if (o.elem_bytes == 1) return bytes[i];
  if (o.elem_bytes == 2) {
    int16_t n;
    memcpy(&n, bytes + i * 2, 2);
    return n;
  }
  int32_t n;
  memcpy(&n, bytes + i * 4, 4);
  return n;
}

bool same_bits(const Operand &o, const uint8_t *a, const uint8_t *b, int64_t i) {
  return memcmp(a + i * o.elem_bytes, b + i * o.elem_bytes, size_t(o.elem_bytes)) == 0;
}

bool is_filled(const uint8_t *bytes, int64_t count, uint8_t pattern) {
  const uint64_t eight = pattern * uint64_t{0x0101010101010101};
  for (; count >= 8; bytes += 8, count -= 8)
    if (memcmp(bytes, &eight, 8) != 0) return false;
  return memcmp(bytes, &eight, size_t(count)) == 0;
}

// Every seventh float is infinite or not a number.
void spoil(uint8_t *bytes, int64_t elems) {
  const float inf = __builtin_inff(), bad[] = {inf, -inf, __builtin_nanf("")};
  for (int64_t i = 3; i < elems; i += 7) memcpy(bytes + i * 4, &bad[i % 3], 4);
}

int64_t round_down(int64_t n, int64_t multiple) { return n / multiple * multiple; }

uint8_t *clip(uint8_t *p, const Region &r) { return p < r.begin ? r.begin : p > r.end ? r.end : p; }

}  // namespace

uint32_t Random::next() {  // splitmix64
  uint64_t z = state_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return uint32_t((z ^ (z >> 31)) >> 32);
}

void *Case::take(int64_t bytes) {
  const Region space = workspace();
  uint8_t *taken = next_;
  next_ += (bytes + 63) / 64 * 64;
  if (next_ > space.end) {
    print_line("kcheck: a case needs more memory than the workspace has");
    __builtin_trap();
  }
  return taken;
}

int Case::add(const char *name, int64_t elems, int64_t align_bytes, int32_t elem_bytes, bool is_float, bool is_output) {
  const int i = operand_count_++;
  const Region region = guarded_region(i < kRegionCount ? i : 0);
  if (i >= kRegionCount || elems * elem_bytes > region.end - region.begin) {
    print_line("kcheck: a case has more or larger arrays than there are guarded regions for");
    __builtin_trap();
  }
  Operand &o = operands_[i];
  o = Operand();
  o.name = name;
  o.elems = elems;
  o.align_bytes = align_bytes;
  o.elem_bytes = elem_bytes;
  o.is_float = is_float;
  o.is_output = is_output;
  o.original = static_cast<uint8_t *>(take(o.bytes()));
  memset(o.original, 0, size_t(o.bytes()));
  if (!is_output) return i;
  o.whole = static_cast<uint8_t *>(take(o.bytes()));
  o.exact = static_cast<double *>(take(elems * int64_t(sizeof(double))));
  o.bound = static_cast<float *>(take(elems * int64_t(sizeof(float))));
  for (int64_t e = 0; e < elems; ++e) o.exact[e] = 0.0, o.bound[e] = -1.0f;
  return i;
}

int64_t Case::bytes() const {
  int64_t sum = 0;
  for (int i = 0; i < operand_count_; ++i) sum += operands_[i].bytes();
  return sum;
}

// Copies inputs and clears outputs at their places, with a pattern around them.
void Case::place(Where where, bool has_bad_numbers, const Random &shift) {
  Random random = shift;
  const uint8_t pattern = kPatterns[int(where)];
  for (int i = 0; i < operand_count_; ++i) {
    Operand &o = operands_[i];
    const Region region = guarded_region(i);
    int64_t offset = where == Where::kAtEnd ? round_down(region.end - region.begin - o.bytes(), o.align_bytes) : 0;
    if (where == Where::kShifted && o.align_bytes < 64) offset = random.between(1, 15) * o.elem_bytes;
    o.placed = region.begin + offset;
    uint8_t *from = clip(o.placed - kAround, region), *to = clip(o.placed + o.bytes() + kAround, region);
    memset(from, pattern, size_t(to - from));
    if (o.is_output) continue;
    memcpy(o.placed, o.original, size_t(o.bytes()));
    if (has_bad_numbers && o.is_float) spoil(o.placed, o.elems);
  }
}

void Case::place_at_end() { place(Where::kAtEnd, false, Random(0)); }

void Case::report(int table, Fault fault, Where where, int variant, const Text &what) {
  Harness &h = harness_;
  ++h.failures;
  ++h.faults[int(fault)];
  const uint64_t shown = h.slot_failures[table]++;
  if (h.is_quiet || shown > kReportsPerSlot) return;
  const char *isa = h.tables[table]->isa;
  Text line;
  if (shown == kReportsPerSlot) {
    print_line((line << "  " << h.slot << " " << isa << ": more failures are not shown").str());
    return;
  }
  line << "  " << h.slot << " " << isa << ": " << kFaultNames[int(fault)] << ": " << what.str() << "; " << shape_.str() << "; "
       << kWhereNames[int(where)];
  if (variant > 0) line << ", cut in way " << variant;
  print_line((line << "; again: --kernel=" << h.slot << " --isa=" << isa << " --seed=" << h.seed).str());
}

// Runs a kernel in one placement. False where it did not come back.
bool Case::run(int table, int variant, Where where, bool has_bad_numbers) {
  Harness &h = harness_;
  place(where, has_bad_numbers, Random(h.seed + h.cases));
  struct Call {
    const Case *owner;
    const KernelTable *table;
    int variant;
    uint64_t state_after;
  } call = {this, h.tables[table], variant, 0};
  const uint64_t state = float_state();
  const auto run_it = [](void *arg) {
    Call &c = *static_cast<Call *>(arg);
    c.owner->call_(c.owner->context_, c.table, Places(c.owner->operands_), c.variant);
    c.state_after = float_state();
  };
  const char *fault = run_caught(run_it, &call);
  set_float_state(state);
  ++h.calls;
  ++h.slot_calls[table];
  if (fault != nullptr) {
    report(table, Fault::kCrashed, where, variant, Text() << fault << (has_bad_numbers ? " on inputs that are not numbers" : ""));
    return false;
  }
  if (call.state_after != state)
    report(table, Fault::kFloatState, where, variant, Text() << "control bits " << state << " became " << call.state_after);
  return true;
}

// Nothing around the array was written, and an input is as it was.
void Case::check_surroundings(int table, const Operand &o, Where where, int variant) {
  const Region region = guarded_region(int(&o - operands_));
  const uint8_t pattern = kPatterns[int(where)], *from = clip(o.placed - kAround, region), *end = o.placed + o.bytes();
  if (!is_filled(from, o.placed - from, pattern))
    report(table, Fault::kWroteElsewhere, where, variant, Text() << "before the begin of " << o.name);
  if (!is_filled(end, clip(o.placed + o.bytes() + kAround, region) - end, pattern))
    report(table, Fault::kWroteElsewhere, where, variant, Text() << "behind the end of " << o.name);
}

void Case::compare_output(int table, const Operand &o, Where where, int variant) {
  const uint8_t pattern = kPatterns[int(where)];
  int64_t wrong = 0, first = 0, stray = 0, first_stray = 0;
  for (int64_t i = 0; i < o.elems; ++i) {
    if (o.bound[i] < 0) {
      if (!is_filled(o.placed + i * o.elem_bytes, o.elem_bytes, pattern) && stray++ == 0) first_stray = i;
      continue;
    }
    const double bound = double(o.bound[i]), value = value_at(o, o.placed, i), error = magnitude(value - o.exact[i]);
    const double difference = table == kReference ? 0.0 : magnitude(value - value_at(o, o.original, i));
    const bool is_right = variant > 0 ? same_bits(o, o.placed, o.whole, i) : error <= bound / 2 && difference <= bound;
    if (!is_right && wrong++ == 0) first = i;
    if (bound > 0 && error > harness_.slot_worst[table] * bound / 2) harness_.slot_worst[table] = error / bound * 2;
  }
  if (stray > 0)
    report(
        table, Fault::kWroteElsewhere, where, variant,
        Text() << o.name << "[" << first_stray << "] is not of the output (" << stray << " such elements of " << o.elems << ")");
  if (wrong == 0) return;
  Text text;
  text << o.name << "[" << first << "] is " << value_at(o, o.placed, first);
  if (variant > 0)
    text << ", in one piece " << value_at(o, o.whole, first);
  else
    text << ", reference " << value_at(o, table == kReference ? o.placed : o.original, first) << ", exactly " << o.exact[first]
         << ", bound " << double(o.bound[first]);
  report(table, variant > 0 ? Fault::kDependsOnCut : Fault::kWrongValue, where, variant,
         text << " (" << wrong << " wrong of " << o.elems << ")");
}

void Case::compare(int table, Where where, int variant) {
  for (int i = 0; i < operand_count_; ++i) {
    const Operand &o = operands_[i];
    check_surroundings(table, o, where, variant);
    if (o.is_output)
      compare_output(table, o, where, variant);
    else if (memcmp(o.placed, o.original, size_t(o.bytes())) != 0)
      report(table, Fault::kChangedInput, where, variant, Text() << o.name);
  }
}

void Case::judge_bad_numbers(int table, Where where) {
  if (!run(table, 0, where, true)) return;
  for (int i = 0; i < operand_count_; ++i) {
    const Operand &o = operands_[i];
    check_surroundings(table, o, where, 0);
    if (!o.is_output) continue;
    for (int64_t e = 0; e < o.elems; ++e)
      if (o.bound[e] < 0 && !is_filled(o.placed + e * o.elem_bytes, o.elem_bytes, kPatterns[int(where)])) {
        report(table, Fault::kWroteElsewhere, where, 0, Text() << o.name << "[" << e << "], on inputs that are not numbers");
        break;
      }
  }
}

void Case::judge_table(int table) {
  const bool is_whole = run(table, 0, Where::kAtEnd, false);
  if (is_whole) compare(table, Where::kAtEnd, 0);
  for (int i = 0; i < operand_count_; ++i)
    if (operands_[i].is_output) memcpy(operands_[i].whole, operands_[i].placed, size_t(operands_[i].bytes()));
  if (run(table, 0, Where::kAtBegin, false)) compare(table, Where::kAtBegin, 0);
  bool has_unaligned = false, has_floats = false;
  for (int i = 0; i < operand_count_; ++i) {
    has_unaligned |= operands_[i].align_bytes < 64;
    has_floats |= operands_[i].is_float && !operands_[i].is_output;
  }
  if (has_unaligned && run(table, 0, Where::kShifted, false)) compare(table, Where::kShifted, 0);
  for (int variant = 1; is_whole && variant < variants_; ++variant) {
    const Where where = variant % 2 == 0 ? Where::kAtEnd : Where::kAtBegin;
    if (run(table, variant, where, false)) compare(table, where, variant);
  }
  if (!has_floats || bytes() > kSmallBytes) return;
  judge_bad_numbers(table, Where::kAtEnd);
  judge_bad_numbers(table, Where::kAtBegin);
}

// The reference first. Then everything that is to be held against it.
void Case::judge() {
  Harness &h = harness_;
  if (macs > h.max_macs) return;
  ++h.cases;
  const uint64_t failures = h.failures;
  h.tables[kReference] = &kTableRef;
  if (!run(kReference, 0, Where::kAtEnd, false)) return;
  compare(kReference, Where::kAtEnd, 0);
  for (int i = 0; i < operand_count_; ++i)
    if (operands_[i].is_output) memcpy(operands_[i].original, operands_[i].placed, size_t(operands_[i].bytes()));
  for (int t = 0; t < h.table_count; ++t)
    if (has(h.tables[t])) judge_table(t);
  if (h.bench != nullptr && layer != nullptr && h.failures == failures) h.bench(h, *this);
}

const SlotCheck kSlotChecks[] = {
#define SKIFF_KERNEL(slot, fn_type) {#slot, check_##slot},
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL
};
const int kSlotCount = int(sizeof kSlotChecks / sizeof kSlotChecks[0]);

bool has_slot(const KernelTable &table, int i) {
  const bool has[] = {
#define SKIFF_KERNEL(slot, fn_type) table.slot != nullptr,
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL
  };
  return has[i];
}

void run_check(Harness &h, const SlotCheck &check) {
  h.slot = check.slot;
  for (int t = 0; t <= kReference; ++t) h.slot_calls[t] = h.slot_failures[t] = 0, h.slot_worst[t] = 0.0;
  check.check(h);
}

}  // namespace skiff::kcheck
