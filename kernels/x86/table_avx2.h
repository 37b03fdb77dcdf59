// SPDX-License-Identifier: MIT
// The kernels of AVX2+FMA, and their table.
#pragma once
#include "engine/skiff.h"
#include "kernels/kernels.h"

extern "C" {
void skiff_conv_image_avx2(const skiff::ConvImageArgs *args);
void skiff_dw3x3s1_avx2(const skiff::DepthwiseArgs *args);
void skiff_dw3x3s2_avx2(const skiff::DepthwiseArgs *args);
void skiff_pw_avx2(const skiff::PointwiseArgs *args);
void skiff_screen_avx2(const skiff::ScreenArgs *args);
void skiff_normalise_avx2(const skiff::NormaliseArgs *args);
void skiff_resample_rows_avx2(const skiff::ResampleRowsArgs *args);
void skiff_resample_column_avx2(const skiff::ResampleColumnArgs *args);
void skiff_bilinear_rows_avx2(const skiff::ResampleRowsArgs *args);
void skiff_bilinear_column_avx2(const skiff::ResampleColumnArgs *args);
void skiff_yuv_rows_avx2(const skiff::YuvRowsArgs *args);
void skiff_transpose_avx2(const skiff::TransposeArgs *args);
}

namespace skiff {

constexpr KernelTable kTableAvx2 = {
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
    skiff_yuv_rows_avx2,
    skiff_transpose_avx2,
};

}  // namespace skiff
