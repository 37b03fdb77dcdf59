// SPDX-License-Identifier: MIT
#include "kernels/arm/neon.h"

#include "kernels/simd/dw3x3.inc"

void skiff_dw3x3s1_neon(const skiff::DepthwiseArgs *args) { dw3x3s1(*args); }
void skiff_dw3x3s2_neon(const skiff::DepthwiseArgs *args) { dw3x3s2(*args); }
