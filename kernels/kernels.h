// SPDX-License-Identifier: MIT
//
// The kernels' contracts: one argument struct per operation, one function type per slot, one table per instruction set.
//
// Activations are f32 in blocks of 16 channels, one image: [block][row][column][16]. `*_block` is the number of floats from one
// block to the next, so that a tensor may be a part of a larger one. Channels are padded with zeros up to a whole block. Blocks,
// not pixels with all their channels side by side, because both heavy operations then walk through memory in order: a depthwise
// convolution meets its neighbours a few hundred bytes away and not in the cache sets that a power-of-two stride keeps hitting,
// and a matrix product reads 16 values of K for each of its pixels from one run of cache lines.
//
// Input rows may live in a ring: row r of the image lies at ((r % rows) * width * 16) of its block. A tensor that is all there
// has as many rows as the image, and the rule says nothing new.
//
// Parameters lie as kernels/pack.h says, aligned to 64 bytes, as are activations. Inputs and outputs do not overlap. A kernel
// reads and writes only inside the stated extents, keeps the floating-point state, needs no scratch and may run on any thread.
// Infinite or NaN inputs give unspecified outputs and never fault.
//
// Work is given as a range of output rows or pixels, so that a caller can spread one layer over threads. Results do not depend on
// how the range is cut.
#pragma once
#include <stdint.h>

namespace skiff {

// First convolution, 3x3, stride 2, zero padding 1, from an image of 3 interleaved channels: out[y][x][o] = min(max(bias[o] + sum
// in[2y+kh-1][2x+kw-1][i] * w[o][i][kh][kw], 0), act_max). Source: Paddle conv2d (operators/conv_op.h, GemmConvKernel) with
// batch_norm folded and relu fused.
struct ConvImageArgs {
  const float *in;       // [in_h][in_w][3]
  const float *weights;  // panels[blocks][27][16], K = (kh, kw, channel)
  const float *bias;     // [blocks * 16]
  float *out;            // [blocks][row_end - row_begin][out_w][16]
  int64_t out_block;
  int32_t in_h, in_w, out_w;
  int32_t blocks;              // of output channels
  float act_max;               // FLT_MAX for relu
  int32_t row_begin, row_end;  // output rows to compute
};

// Depthwise 3x3 convolution, zero padding 1: out[y][x][c] = min(max(bias[c] + sum in[y*stride+kh-1][x*stride+kw-1][c] *
// w[c][kh][kw], 0), act_max). Slot dw3x3s1 has stride 1, dw3x3s2 stride 2. Source: Paddle depthwise_conv2d, which on CPU is
// conv2d with groups.
struct DepthwiseArgs {
  const float *in;     // [blocks][ring of in_rows][in_w][16]
  const float *taps;   // [blocks][9][16]
  const float *bias;   // [blocks * 16]
  const float *zeros;  // in_w * 16 zeros: what lies above the first row and below the last
  float *out;          // [blocks][row_end - row_begin][out_w][16]
  int64_t in_block, out_block;
  int32_t in_h, in_w;  // of the image
  int32_t in_rows, out_w;
  int32_t blocks;
  float act_max;
  int32_t row_begin, row_end;
};

// 1x1 convolution as a matrix product: out[p][o] = min(max(bias[o] + sum in[p][i] * w[o][i], act_min), act_max) for pixels p.
// Sums run over i in order. Source: Paddle conv2d 1x1, in heads with elementwise_add(axis=1); larger kernels come here by im2col.
struct PointwiseArgs {
  const float *in;       // [in_blocks][pixels][16]
  const float *weights;  // panels[panels][in_blocks * 16][16]
  const float *bias;     // [panels * 16]
  float *out;            // [panels][pixels][16]
  int64_t in_block, out_block;
  int32_t in_blocks, panels, pixels;
  float act_min, act_max;  // 0, FLT_MAX for relu; -FLT_MAX, FLT_MAX for none
  const float *ahead;      // weights that a later call will want, which this one may fetch into the cache meanwhile
  int32_t ahead_lines;     // how many runs of 16 of them; 0 = none
};

// Finds the priors that any class but the background may score high on: those whose best reported logit lies no more than -cut
// below the row's largest: !(max over reported k of x[p][k] - max over all k of x[p][k] < cut), in f32.
struct ScreenArgs {
  const float *logits;  // [priors][classes]
  int32_t priors, classes;
  int32_t background;  // the class that is not reported, -1 = none
  float cut;           // at most 0; -infinity lets every row pass
  int32_t *rows;       // [priors] the rows that pass, ascending; what lies behind the last one is unspecified
  int32_t *count;      // how many
};

// Softmax over classes of chosen rows, transposed on the way out: with x = logits[rows[i]], scores[k][i] = exp(max(x[k] - m,
// -64)) / sum, m the row's maximum. Source: Paddle softmax on its AVX path (operators/math/softmax_impl.h: the -64 keeps
// probabilities above 1.6e-28), then transpose.
struct SoftmaxArgs {
  const float *logits;  // [priors][classes]
  const int32_t *rows;  // [count]
  float *scores;        // [classes][count]
  int32_t count, classes;
};

// One row of u8 pixels to the network's input: out[x][c] = (pixels[x][is_bgr ? 2 - c : c] / divisor - mean[c]) * scale[c], every
// step rounded to f32. Source: PaddlePaddle/models PaddleCV/ssd/reader.py.
struct NormaliseArgs {
  const uint8_t *pixels;  // [width][3] RGB
  float *out;             // [width][3]
  int32_t width;
  int32_t is_bgr;  // the tensor is BGR
  float divisor;
  float mean[3], scale[3];  // in the tensor's channel order
};

// Weights of resampling are fixed point, each in two halves: weight = high * 2^15 + low, -2^14 <= low < 2^14. A pixel times a
// half is a product of 16-bit numbers, which vector units add up in pairs, and the sums of the two halves make the same 32-bit
// sum as whole weights do: arithmetic modulo 2^32 does not mind the order. An output pixel has a row of `stride` high halves,
// then one of as many low halves; stride is a multiple of 4, and halves beyond its taps are 0 up to the next multiple of 4.
constexpr int32_t kWeightLowBits = 15;

// Source rows that one call may resample horizontally, so that its weights are loaded once for all of them.
constexpr int32_t kResampleRows = 4;

// Horizontal resampling of 1 to kResampleRows rows. Slot resample_rows (Pillow): u8 out[r][x][c] = clamp((2^21 + sum_t
// in[r][lo[x] + t][c] * weight[x][t]) >> 22, 0, 255). Slot bilinear_rows (OpenCV), at most two taps and no high halves: int16
// out[r][x][c] = (sum_t in[r][lo[x] + t][c] * weight[x][t]) >> 4. Source: Pillow src/libImaging/Resample.c,
// ImagingResampleHorizontal_8bpc; OpenCV modules/imgproc/src/resize.cpp, HResizeLinear, with the shift that VResizeLinear begins
// with.
struct ResampleRowsArgs {
  const uint8_t *in;  // first source row, `pixel_bytes` from pixel to pixel
  int64_t in_stride;  // bytes from row to row
  int32_t in_width, rows;
  int32_t pixel_bytes;     // 1, 3 or 4
  int32_t channel[3];      // byte offset of R, G, B inside a pixel
  const int32_t *lo;       // [out_width] first source pixel, ascending
  const int32_t *taps;     // [out_width] at least 1; the last source pixel, lo + taps - 1, ascends too
  const int16_t *weights;  // [out_width][2][weight_stride]
  int32_t weight_stride;
  int32_t out_width;
  void *out[kResampleRows];  // [out_width][3] RGB each, u8 or int16; those from `rows` on are not looked at
};

// Vertical resampling of one row to u8. Slot resample_column (Pillow), u8 rows: out[i] = clamp((2^21 + sum_t rows[t][i] *
// weight[t]) >> 22, 0, 255). Slot bilinear_column (OpenCV), two rows of int16 in [0, 2^15): out[i] = ((rows[0][i] * weight[0] >>
// 16) + (rows[1][i] * weight[1] >> 16) + 2) >> 2. Source: as above, ImagingResampleVertical_8bpc and VResizeLinear.
struct ResampleColumnArgs {
  const void *const *rows;  // [taps] rows of `elems` values
  const int16_t *weights;   // [2][weight_stride]
  int32_t weight_stride;
  int32_t taps;
  int32_t elems;
  uint8_t *out;  // [elems]
};

// Colours of YUV: with c(x) = (x - 128) * 256 and p(a, b) = (a * b + 2^14) >> 15,
//     luma = (y * 256 * y_scale >> 16) + y_offset
//     R, G, B = clamp((luma + p(c(v), v_to_r), luma + p(c(u), u_to_g) + p(c(v), v_to_g), luma + p(c(u), u_to_b)) >> 6, 0, 255).
// Sums have 6 fractional bits; y_offset rounds them too. Luma and what chroma adds to it fit into 16 bits, and their sum leaves
// them upwards only, where it ends in 255 anyway.
struct YuvColours {
  int16_t y_scale;  // at least 0
  int16_t y_offset, v_to_r, u_to_g, v_to_g, u_to_b;
};

// Rows of YUV 4:2:0 to pixels R, G, B, 0. Row r has Y from row r and U and V from row (phase + r) / 2, pixel x has them from x
// / 2. Source: ITU-T T.871 (JFIF), ITU-R BT.601.
struct YuvRowsArgs {
  const uint8_t *y;  // [rows][width]
  int64_t y_stride;
  const uint8_t *u, *v;  // [(phase + rows + 1) / 2][(width + 1) / 2], chroma_step from value to value
  int64_t chroma_stride;
  int32_t chroma_step;  // 1, or 2 where U and V lie in turn: then u and v are neighbours
  int32_t phase;        // 0 or 1
  int32_t width, rows;
  YuvColours colours;
  uint8_t *out;  // [rows][width][4]
  int64_t out_stride;
};

// Columns to rows: out[x][y] = in[y][x]. Pixels of 3 bytes become 4, the last 0; those of 1 or 4 stay what they are.
struct TransposeArgs {
  const uint8_t *in;  // [rows][width] pixels
  int64_t in_stride;
  int32_t pixel_bytes;
  int32_t width, rows;
  uint8_t *out;  // [width][rows] pixels
  int64_t out_stride;
};

using ConvImageFn = void (*)(const ConvImageArgs *);
using DepthwiseFn = void (*)(const DepthwiseArgs *);
using PointwiseFn = void (*)(const PointwiseArgs *);
using ScreenFn = void (*)(const ScreenArgs *);
using SoftmaxFn = void (*)(const SoftmaxArgs *);
using NormaliseFn = void (*)(const NormaliseArgs *);
using ResampleRowsFn = void (*)(const ResampleRowsArgs *);
using ResampleColumnFn = void (*)(const ResampleColumnArgs *);
using YuvRowsFn = void (*)(const YuvRowsArgs *);
using TransposeFn = void (*)(const TransposeArgs *);

// The kernels of one instruction set. Null slots are taken from a weaker table.
struct KernelTable {
  const char *isa;
  uint32_t needs;  // SKIFF_CPU_* bits that must all be present
#define SKIFF_KERNEL(slot, fn_type) fn_type slot;
#include "kernels/kernel_list.inc"
#undef SKIFF_KERNEL
};

extern const KernelTable kTableRef;

// Table i of those built in, weakest first: 0 is the reference. Null past the last.
const KernelTable *kernel_table(uint32_t i);

// Fills every slot of `out` with the strongest kernel that `cpu_bits` allows. A pure function of its argument, which a library built for
// one instruction set does not look at.
void resolve_kernels(uint32_t cpu_bits, KernelTable *out);

}  // namespace skiff
