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
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

}  // namespace skiff
