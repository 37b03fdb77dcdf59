// SPDX-License-Identifier: MIT
// The reference table: every slot filled, no CPU feature needed. For dispatch.cpp alone.
#pragma once
#include "kernels/ref/ref.h"

namespace skiff {

constexpr KernelTable kTableRef = {
    "ref",
    0,
    skiff_conv_image_ref,
    skiff_dw3x3s1_ref,
    skiff_dw3x3s2_ref,
    skiff_pw_ref,
    skiff_screen_ref,
    skiff_softmax_ref,
    skiff_normalise_ref,
    skiff_resample_rows_ref,
    skiff_resample_column_ref,
    skiff_bilinear_rows_ref,
    skiff_bilinear_column_ref,
    skiff_yuv_rows_ref,
    skiff_transpose_ref,
};

}  // namespace skiff
