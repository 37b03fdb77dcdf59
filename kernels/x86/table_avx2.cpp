// SPDX-License-Identifier: MIT
#include "engine/skiff.h"
#include "kernels/x86/avx2.h"

namespace skiff {

extern const KernelTable kTableAvx2;
const KernelTable kTableAvx2 = {
    "avx2",
    SKIFF_CPU_AVX2,
    skiff_conv_image_avx2,
    skiff_dw3x3s1_avx2,
    skiff_dw3x3s2_avx2,
    skiff_pw_avx2,
    skiff_screen_avx2,
    nullptr,
    skiff_normalise_avx2,
    skiff_resample_rows_avx2,
    skiff_resample_column_avx2,
    skiff_bilinear_rows_avx2,
    skiff_bilinear_column_avx2,
    nullptr,
    nullptr,
};

}  // namespace skiff
