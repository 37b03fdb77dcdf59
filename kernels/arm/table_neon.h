// SPDX-License-Identifier: MIT
// The kernels of NEON, and their table.
#pragma once
#include "engine/skiff.h"
#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_neon(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_neon(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_neon(const skiff::DepthwiseArgs *args);
void skiff_pw_neon(const skiff::PointwiseArgs *args);
void skiff_screen_neon(const skiff::ScreenArgs *args);
void skiff_normalise_neon(const skiff::NormaliseArgs *args);
void skiff_resample_rows_neon(const skiff::ResampleRowsArgs *args);
void skiff_resample_column_neon(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_rows_neon(const skiff::ResampleRowsArgs *args);
void skiff_bilinear_column_neon(const skiff::ResampleColumnArgs *args);
void skiff_yuv_rows_neon(const skiff::YuvRowsArgs *args);
void skiff_transpose_neon(const skiff::TransposeArgs *args);
}

namespace skiff {

constexpr KernelTable kTableNeon = {
    "neon",
    SKIFF_CPU_NEON,
    skiff_conv_image_neon,
    skiff_dw3x3s1_neon,
    skiff_dw3x3s2_neon,
    skiff_pw_neon,
    skiff_screen_neon,
    nullptr,
    skiff_normalise_neon,
    skiff_resample_rows_neon,
    skiff_resample_column_neon,
    skiff_bilinear_rows_neon,
    skiff_bilinear_column_neon,
    skiff_yuv_rows_neon,
    skiff_transpose_neon,
};

}  // namespace skiff
