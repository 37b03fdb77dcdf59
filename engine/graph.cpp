// SPDX-License-Identifier: MIT
//
// THE network: MobileNet v1 as SSD's backbone, four extra blocks, six heads.
// Source: MobileNets (Howard et al. 2017) table 1 with the classifier cut off; SSD (Liu et al. 2016) section 2;
// PaddlePaddle/models PaddleCV/ssd/mobilenet_ssd.py. Names follow Paddle's counting of blocks: pw11 is its module11.
#include "engine/graph.h"

namespace skiff {
namespace {

constexpr LayerOp I = LayerOp::kConvImage, C = LayerOp::kConv3x3, D = LayerOp::kDepthwise, P = LayerOp::kPointwise,
                  H = LayerOp::kHead;

}  // namespace

const GraphLayer kGraph[kLayerCount] = {
    // name  op stride input          output at 300 x 300, full width
    {"conv0", I, 2, kImage},    //  0: 150 x 150 x   32
    {"dw1", D, 1, 0},           //  1: 150 x 150 x   32
    {"pw1", P, 1, 1},           //  2: 150 x 150 x   64
    {"dw2", D, 2, 2},           //  3:  75 x  75 x   64
    {"pw2", P, 1, 3},           //  4:  75 x  75 x  128
    {"dw3", D, 1, 4},           //  5:  75 x  75 x  128
    {"pw3", P, 1, 5},           //  6:  75 x  75 x  128
    {"dw4", D, 2, 6},           //  7:  38 x  38 x  128
    {"pw4", P, 1, 7},           //  8:  38 x  38 x  256
    {"dw5", D, 1, 8},           //  9:  38 x  38 x  256
    {"pw5", P, 1, 9},           // 10:  38 x  38 x  256
    {"dw6", D, 2, 10},          // 11:  19 x  19 x  256
    {"pw6", P, 1, 11},          // 12:  19 x  19 x  512
    {"dw7", D, 1, 12},          // 13:  19 x  19 x  512
    {"pw7", P, 1, 13},          // 14:  19 x  19 x  512
    {"dw8", D, 1, 14},          // 15:  19 x  19 x  512
    {"pw8", P, 1, 15},          // 16:  19 x  19 x  512
    {"dw9", D, 1, 16},          // 17:  19 x  19 x  512
    {"pw9", P, 1, 17},          // 18:  19 x  19 x  512
    {"dw10", D, 1, 18},         // 19:  19 x  19 x  512
    {"pw10", P, 1, 19},         // 20:  19 x  19 x  512
    {"dw11", D, 1, 20},         // 21:  19 x  19 x  512
    {"pw11", P, 1, 21},         // 22:  19 x  19 x  512, feature map 0
    {"dw12", D, 2, 22},         // 23:  10 x  10 x  512
    {"pw12", P, 1, 23},         // 24:  10 x  10 x 1024
    {"dw13", D, 1, 24},         // 25:  10 x  10 x 1024
    {"pw13", P, 1, 25},         // 26:  10 x  10 x 1024, feature map 1
    {"extra14_1x1", P, 1, 26},  // 27:  10 x  10 x  256
    {"extra14_3x3", C, 2, 27},  // 28:   5 x   5 x  512, feature map 2
    {"extra15_1x1", P, 1, 28},  // 29:   5 x   5 x  128
    {"extra15_3x3", C, 2, 29},  // 30:   3 x   3 x  256, feature map 3
    {"extra16_1x1", P, 1, 30},  // 31:   3 x   3 x  128
    {"extra16_3x3", C, 2, 31},  // 32:   2 x   2 x  256, feature map 4
    {"extra17_1x1", P, 1, 32},  // 33:   2 x   2 x   64
    {"extra17_3x3", C, 2, 33},  // 34:   1 x   1 x  128, feature map 5
    {"head11", H, 1, 22},       // 35: 3 priors a cell
    {"head13", H, 1, 26},       // 36: 6 priors a cell, as the rest
    {"head14", H, 1, 28},       // 37
    {"head15", H, 1, 30},       // 38
    {"head16", H, 1, 32},       // 39
    {"head17", H, 1, 34},       // 40
};

void graph_shapes(uint32_t input_h, uint32_t input_w, LayerShape *shapes) {
  for (uint32_t i = 0; i < kLayerCount; ++i) {
    const GraphLayer &layer = kGraph[i];
    LayerShape &shape = shapes[i];
    shape.in_h = layer.input == kImage ? input_h : shapes[layer.input].out_h;
    shape.in_w = layer.input == kImage ? input_w : shapes[layer.input].out_w;
    shape.out_h = conv_output_px(shape.in_h, layer.stride);
    shape.out_w = conv_output_px(shape.in_w, layer.stride);
  }
}

uint64_t layer_macs(const GraphLayer &layer, const LayerShape &shape, uint32_t in_c, uint32_t out_c) {
  const uint64_t outputs = uint64_t(shape.out_h) * shape.out_w * out_c;
  switch (layer.op) {
    case LayerOp::kConvImage:
    case LayerOp::kConv3x3:
      return outputs * 9 * in_c;
    case LayerOp::kDepthwise:
      return outputs * 9;
    case LayerOp::kPointwise:
    case LayerOp::kHead:
      return outputs * in_c;
  }
  return 0;
}

}  // namespace skiff
