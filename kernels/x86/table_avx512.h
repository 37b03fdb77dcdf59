// SPDX-License-Identifier: MIT
// The kernels of AVX-512F; pixels and screening are those of AVX2, and their table.
#pragma once
#include "engine/skiff.h"
#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_avx512(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_avx512(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_avx512(const skiff::DepthwiseArgs *args);
void skiff_pw_avx512(const skiff::PointwiseArgs *args);
}

namespace skiff {

constexpr KernelTable kTableAvx512 = {
    "avx512",
    SKIFF_CPU_AVX512,
    skiff_conv_image_avx512,
    skiff_dw3x3s1_avx512,
    skiff_dw3x3s2_avx512,
    skiff_pw_avx512,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

}  // namespace skiff
