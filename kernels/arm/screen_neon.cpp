// SPDX-License-Identifier: MIT
#include "kernels/arm/neon.h"

namespace {

using One = float;

static inline One one(float x) { return x; }
static inline One higher(One a, One b) { return b > a ? b : a; }
static inline One highest(Vec v) { return vmaxvq_f32(v); }
static inline bool is_behind(One a, One b, One cut) { return a - b < cut; }

}  // namespace

#include "kernels/simd/screen.inc"

void skiff_screen_neon(const skiff::ScreenArgs *args) { screen(*args); }
