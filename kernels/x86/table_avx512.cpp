// SPDX-License-Identifier: MIT
#include "engine/skiff.h"
#include "kernels/x86/avx512.h"

namespace skiff {

extern const KernelTable kTableAvx512;
const KernelTable kTableAvx512 = {
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
