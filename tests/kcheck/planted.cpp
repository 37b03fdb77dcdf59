// SPDX-License-Identifier: MIT
//
// Each planted kernel is the reference with one thing wrong with it, of the kind that hand-written kernels get wrong.
#include "tests/kcheck/planted.h"

#include "kernels/ref/ref.h"

namespace skiff::kcheck {
namespace {

volatile float sink;

void over_read(const PointwiseArgs *a) {  // loads a vector too many behind the last pixel
  skiff_pw_ref(a);
  sink = a->in[(a->in_blocks - 1) * a->in_block + a->pixels * 16];
}

void under_read(const DepthwiseArgs *a) {  // starts at the column left of the first
  skiff_dw3x3s1_ref(a);
  sink = a->in[-1];
}

void over_write(const PointwiseArgs *a) {  // stores a whole tile where half a tile is left
  skiff_pw_ref(a);
  for (int32_t i = 0; i < 16; ++i) a->out[(a->panels - 1) * a->out_block + a->pixels * 16 + i] = 0.0f;
}

void gap_write(const DepthwiseArgs *a) {  // behind a block's last row: inside the array, outside the output
  skiff_dw3x3s2_ref(a);
  const int64_t end = int64_t(a->row_end - a->row_begin) * a->out_w * 16;
  if (a->blocks > 1 && a->out_block > end) a->out[end] = 0.0f;
}

void lost_bias(const PointwiseArgs *a) {
  static const float kZeros[16] = {};
  for (int32_t panel = 0; panel < a->panels; ++panel) {
    PointwiseArgs one = *a;
    one.weights += int64_t(panel) * a->in_blocks * 256;
    one.bias = panel + 1 < a->panels ? a->bias + panel * 16 : kZeros;
    one.out += panel * a->out_block;
    one.panels = 1;
    skiff_pw_ref(&one);
  }
}

void lost_clamp(const DepthwiseArgs *a) {
  DepthwiseArgs other = *a;
  other.act_max = __FLT_MAX__;
  skiff_dw3x3s1_ref(&other);
}

void lost_relu(const PointwiseArgs *a) {
  PointwiseArgs other = *a;
  other.act_min = -__FLT_MAX__;
  skiff_pw_ref(&other);
}

void short_sum(const PointwiseArgs *a) {  // the last product of one output
  skiff_pw_ref(a);
  const int64_t last = int64_t(a->in_blocks) * 16 - 1;
  const float x = a->in[(a->in_blocks - 1) * a->in_block + 15], w = a->weights[last * 16];
  if (a->out[0] > a->act_min && a->out[0] < a->act_max) a->out[0] = clamp_activation(a->out[0] - x * w, a->act_min, a->act_max);
}

void no_output(const ConvImageArgs *a) {  // the last row is forgotten
  ConvImageArgs other = *a;
  --other.row_end;
  skiff_conv_image_ref(&other);
}

void float_state(const PointwiseArgs *a) {  // flushes denormals and leaves it so
  skiff_pw_ref(a);
#if defined(__SSE__)
  set_float_state(kcheck::float_state() | 0x8000);
#elif defined(__aarch64__)
  set_float_state(kcheck::float_state() | (1u << 24));
#endif
}

void changed_input(const DepthwiseArgs *a) {
  skiff_dw3x3s1_ref(a);
  const_cast<float *>(a->bias)[3] += 1.0f;
}

void crash(const ConvImageArgs *a) {
  skiff_conv_image_ref(a);
  __builtin_trap();
}

void cut_dependent(const PointwiseArgs *a) {  // a last odd pixel is summed in another order
  skiff_pw_ref(a);
  if (a->pixels % 2 == 0) return;
  float *out = a->out + (a->pixels - 1) * 16;
  for (int32_t j = 0; j < 16; ++j) {
    float sum = 0.0f;
    for (int32_t i = a->in_blocks * 16 - 1; i >= 0; --i)
      sum += a->in[i / 16 * a->in_block + (a->pixels - 1) * 16 + i % 16] * a->weights[i * 16 + j];
    out[j] = clamp_activation(sum + a->bias[j], a->act_min, a->act_max);
  }
}

void rounded_otherwise(const ResampleColumnArgs *a) {  // off by one in the last place of one byte
  skiff_resample_column_ref(a);
  a->out[a->elems - 1] ^= 1;
}

void weak_exp(const SoftmaxArgs *a) {  // four times the error that is allowed
  skiff_softmax_ref(a);
  a->scores[0] *= 1.0f + 8.0f * 0x1p-24f * float(10 + a->classes);
}

void bad_number_crash(const SoftmaxArgs *a) {  // a NaN as an index
  skiff_softmax_ref(a);
  for (int32_t i = 0; i < a->classes; ++i)
    if (a->logits[i] != a->logits[i]) __builtin_trap();
}

template <typename Args>
KernelTable only(void (*KernelTable::*slot)(const Args *), void (*fn)(const Args *)) {
  KernelTable table = {};
  table.isa = "planted";
  table.*slot = fn;
  return table;
}

using T = KernelTable;

struct Planted {
  const char *name;
  Fault expected;
  bool is_sound;  // the one without a fault: nothing may be reported
  KernelTable table;
};

const Planted kPlanted[] = {
    {"nothing wrong", Fault::kCrashed, true, kTableRef},
    {"over-read", Fault::kCrashed, false, only(&T::pw, over_read)},
    {"under-read", Fault::kCrashed, false, only(&T::dw3x3s1, under_read)},
    {"over-write into a guard page", Fault::kCrashed, false, only(&T::pw, over_write)},
    {"over-write beside it", Fault::kWroteElsewhere, false, only(&T::pw, over_write)},
    {"over-write into a gap", Fault::kWroteElsewhere, false, only(&T::dw3x3s2, gap_write)},
    {"lost bias", Fault::kWrongValue, false, only(&T::pw, lost_bias)},
    {"lost upper limit", Fault::kWrongValue, false, only(&T::dw3x3s1, lost_clamp)},
    {"lost lower limit", Fault::kWrongValue, false, only(&T::pw, lost_relu)},
    {"short sum", Fault::kWrongValue, false, only(&T::pw, short_sum)},
    {"forgotten row", Fault::kWrongValue, false, only(&T::conv_image, no_output)},
    {"changed floating-point state", Fault::kFloatState, false, only(&T::pw, float_state)},
    {"changed input", Fault::kChangedInput, false, only(&T::dw3x3s1, changed_input)},
    {"unknown instruction", Fault::kCrashed, false, only(&T::conv_image, crash)},
    {"dependence on the cut", Fault::kDependsOnCut, false, only(&T::pw, cut_dependent)},
    {"another rounding", Fault::kWrongValue, false, only(&T::resample_column, rounded_otherwise)},
    {"weak exponential", Fault::kWrongValue, false, only(&T::softmax, weak_exp)},
    {"crash on NaN", Fault::kCrashed, false, only(&T::softmax, bad_number_crash)},
};

}  // namespace

int run_selftest(uint64_t seed, uint64_t max_macs) {
  int missed = 0;
  for (const Planted &planted : kPlanted) {
    Harness h;
    h.seed = seed;
    h.max_macs = max_macs;
    h.is_quiet = true;
    h.tables[h.table_count++] = &planted.table;
    for (int s = 0; s < kSlotCount; ++s)
      if (has_slot(planted.table, s)) run_check(h, kSlotChecks[s]);
    const bool is_caught = planted.is_sound ? h.failures == 0 : h.faults[int(planted.expected)] > 0;
    missed += !is_caught;
    print_line((Text() << (is_caught ? "ok      " : "MISSED  ") << planted.name << ": " << h.failures << " reports in " << h.calls
                       << " calls")
                   .str());
  }
  return missed;
}

}  // namespace skiff::kcheck
