// SPDX-License-Identifier: MIT
#include "engine/skiff.h"
#include "kernels/arm/neon.h"

namespace skiff {

extern const KernelTable kTableNeon;
const KernelTable kTableNeon = {
    "neon",
    SKIFF_CPU_NEON,
    skiff_conv_image_neon,
    skiff_dw3x3s1_neon,
    skiff_dw3x3s2_neon,
    skiff_pw_neon,
    nullptr,
    nullptr,
    skiff_normalise_neon,
    skiff_resample_rows_neon,
    skiff_resample_column_neon,
    skiff_bilinear_rows_neon,
    skiff_bilinear_column_neon,
    nullptr,
    nullptr,
};

}  // namespace skiff
