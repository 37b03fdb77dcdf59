// SPDX-License-Identifier: MIT
#include "kernels/x86/avx512.h"

#include "kernels/simd/dw3x3.inc"

void skiff_dw3x3s1_avx512(const skiff::DepthwiseArgs *args) { dw3x3s1(*args); }
void skiff_dw3x3s2_avx512(const skiff::DepthwiseArgs *args) { dw3x3s2(*args); }
