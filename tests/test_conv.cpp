// SPDX-License-Identifier: MIT
//
// The reference convolutions, twice: against what Paddle answered, and against Eigen, which shares no code with them, over
// shapes at every edge. The bound of the second is the first-order error bound of a sum of K products in f32.
#include <Eigen/Dense>
#include <random>

#include "tests/support/compare.h"
#include "tests/support/convolve.h"
#include "tests/support/golden.h"

using namespace skiff;
using namespace skiff::test;

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// What a golden case gives, without ReLU in the kernels' way: the kernels for 3x3 always clamp at 0, so the test clamps Paddle's.
void check_golden(const Map &out, const float *expected, const std::string &what) {
  const std::vector<float> actual = to_nchw(out);
  std::vector<float> clamped(expected, expected + actual.size());
  for (float &x : clamped) x = std::max(x, 0.0f);
  check_close(actual.data(), clamped.data(), actual.size(), what);
}

// One group of one image by the kernel that its shape asks for.
Map golden_group(const KernelTable &kernels, const GoldenCase &c, const float *image, const Array<float> &x,
                 const Array<float> &w, size_t group) {
  const int32_t groups = c.int_attr("groups"), in_c = int32_t(x.dim(1)) / groups, out_c = int32_t(w.dim(0)) / groups;
  const int32_t h = int32_t(x.dim(2)), width = int32_t(x.dim(3)), stride = int32_t(c.attrs()["strides"].items[0].number);
  const size_t filter = w.size() / w.dim(0) * size_t(out_c);
  const std::vector<float> weights(w.data() + group * filter, w.data() + (group + 1) * filter);
  const Map in = from_nchw(image + group * size_t(in_c * h * width), in_c, h, width, in_c == 3 && stride == 2);
  const std::vector<float> bias(size_t(out_c), 0.0f);
  if (w.dim(2) == 1) return pointwise(kernels, in, weights, bias, 0.0f, FLT_MAX);
  return conv3x3(kernels, in, weights, bias, stride, FLT_MAX);
}

struct Random {
  std::mt19937 engine{20};
  std::vector<float> floats(size_t count) {
    std::vector<float> out(count);
    std::uniform_real_distribution<float> spread(-1.0f, 1.0f);
    for (float &x : out) x = spread(engine);
    return out;
  }
  Map map(int32_t h, int32_t w, int32_t c, bool is_image = false) {
    return from_nchw(floats(size_t(h * w * c)).data(), c, h, w, is_image);
  }
};

// Every output pixel's inputs in a row: [out_h * out_w][(i, kh, kw)], 3x3 with padding 1 or 1x1.
Matrix patches(const Map &in, int32_t first_c, int32_t c, int32_t k, int32_t stride) {
  const int32_t out_h = (in.h - 1) / stride + 1, out_w = (in.w - 1) / stride + 1;
  Matrix m = Matrix::Zero(out_h * out_w, c * k * k);
  for (int32_t p = 0; p < out_h * out_w; ++p)
    for (int32_t q = 0; q < c * k * k; ++q) {
      const int32_t y = p / out_w * stride + q / k % k - k / 2, x = p % out_w * stride + q % k - k / 2;
      if (y >= 0 && y < in.h && x >= 0 && x < in.w) m(p, q) = in.at(y, x, first_c + q / (k * k));
    }
  return m;
}

// Compares channels [first_c, first_c + rows of weights) of `out` with patches * weights^T + bias, clamped to [lo, hi].
void check_against_eigen(const Map &out, int32_t first_c, const Matrix &in, const Matrix &weights, const float *bias, double lo,
                         double hi) {
  const Matrix exact = in * weights.transpose(), magnitude = in.cwiseAbs() * weights.cwiseAbs().transpose();
  const double unit = 2.0 * double(in.cols() + 1) * std::ldexp(1.0, -24);
  int wrong = 0;
  for (int32_t p = 0; p < out.h * out.w; ++p)
    for (int32_t o = 0; o < exact.cols(); ++o) {
      const double expected = std::min(std::max(exact(p, o) + double(bias[o]), lo), hi);
      const double bound = unit * (std::abs(double(bias[o])) + magnitude(p, o));
      wrong += !(std::abs(double(out.at(p / out.w, p % out.w, first_c + o)) - expected) <= bound);
    }
  CHECK(wrong == 0);
}

// Zero weights and biases make zero channels: what pads an activation up to whole panels.
void check_padding(const Map &out) {
  int wrong = 0;
  for (int32_t p = 0; p < out.h * out.w; ++p)
    for (int32_t c = out.c; c < out.blocks() * int32_t(kPanelWidth); ++c) wrong += out.at(p / out.w, p % out.w, c) != 0.0f;
  CHECK(wrong == 0);
}

Matrix as_matrix(const std::vector<float> &weights, int32_t rows) {
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
             weights.data(), rows, Eigen::Index(weights.size()) / rows)
      .cast<double>();
}

const int32_t kChannels[] = {1, 3, 7, 8, 9, 15, 16, 17};
const int32_t kSizes[][2] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 5}, {6, 7}};

}  // namespace

TEST_CASE("Paddle's conv2d") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    for (const GoldenCase &c : golden_cases("conv2d", 6)) {
      const Array<float> x = c.input("x"), w = c.input("w"), expected = c.output("out");
      const size_t groups = size_t(c.int_attr("groups")), in_elems = x.size() / x.dim(0), out_elems = expected.size() / x.dim(0);
      for (size_t n = 0; n < x.dim(0); ++n)
        for (size_t g = 0; g < groups; ++g) {
          const Map out = golden_group(kernels, c, x.data() + n * in_elems, x, w, g);
          check_golden(out, expected.data() + n * out_elems + g * out_elems / groups, c.name);
        }
    }
  }
}

TEST_CASE("Paddle's depthwise conv2d, by the depthwise kernels") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    int cases = 0;
    for (const GoldenCase &c : golden_cases("conv2d", 6)) {
      const Array<float> x = c.input("x"), w = c.input("w"), expected = c.output("out");
      if (w.dim(1) != 1 || w.dim(0) != x.dim(1)) continue;
      const int32_t channels = int32_t(x.dim(1)), stride = int32_t(c.attrs()["strides"].items[0].number);
      for (size_t n = 0; n < x.dim(0); ++n, ++cases) {
        const Map in = from_nchw(x.data() + n * x.size() / x.dim(0), channels, int32_t(x.dim(2)), int32_t(x.dim(3)));
        const Map out = depthwise(kernels, in, w.values, std::vector<float>(size_t(channels), 0.0f), stride, FLT_MAX);
        check_golden(out, expected.data() + n * expected.size() / x.dim(0), c.name);
      }
    }
    CHECK(cases >= 2);
  }
}

TEST_CASE("Paddle's transpose to NHWC, as the convolutions above were fed") {
  const GoldenCase c = golden_cases("transpose", 1)[0];
  const Array<float> x = c.input("x"), expected = c.output("out");
  for (size_t n = 0, elems = x.size() / x.dim(0); n < x.dim(0); ++n) {
    const int32_t channels = int32_t(x.dim(1));
    const Map map = from_nchw(x.data() + n * elems, channels, int32_t(x.dim(2)), int32_t(x.dim(3)), true);
    check_equal(map.values.data(), expected.data() + n * elems, elems, c.name);
  }
}

TEST_CASE("Paddle's batch_norm folds into a convolution's weights and bias") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    const GoldenCase c = golden_cases("batch_norm", 1)[0];
    const Array<float> x = c.input("x"), scale = c.input("scale"), bias = c.input("bias"), mean = c.input("mean"),
                       variance = c.input("variance"), y = c.output("y"), relu = c.output("relu");
    const size_t channels = x.dim(1), elems = x.size() / x.dim(0);
    std::vector<float> diagonal(channels * channels), shift(channels);
    for (size_t i = 0; i < channels; ++i) {
      const double factor = double(scale.values[i]) / std::sqrt(double(variance.values[i]) + double(c.attr("epsilon")));
      diagonal[i * channels + i] = float(factor);
      shift[i] = float(double(bias.values[i]) - double(mean.values[i]) * factor);
    }
    for (size_t n = 0; n < x.dim(0); ++n) {
      const Map in = from_nchw(x.data() + n * elems, int32_t(channels), int32_t(x.dim(2)), int32_t(x.dim(3)));
      const Map plain = pointwise(kernels, in, diagonal, shift, -FLT_MAX, FLT_MAX);
      check_close(to_nchw(plain).data(), y.data() + n * elems, elems, "batch_norm");
      const Map clamped = pointwise(kernels, in, diagonal, shift, 0.0f, FLT_MAX);
      check_close(to_nchw(clamped).data(), relu.data() + n * elems, elems, "batch_norm and relu");
    }
  }
}

TEST_CASE("conv3x3 against Eigen") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    Random random;
    for (const int32_t in_c : kChannels)
      for (const int32_t out_c : {1, 16, 17, 40})
        for (const auto &size : kSizes)
          for (const int32_t stride : {1, 2}) {
            INFO("in_c ", in_c, " out_c ", out_c, " size ", size[0], "x", size[1], " stride ", stride);
            const Map in = random.map(size[0], size[1], in_c, in_c == 3 && stride == 2);
            const std::vector<float> w = random.floats(size_t(out_c * in_c * 9)), bias = random.floats(size_t(out_c));
            const Map out = conv3x3(kernels, in, w, bias, stride, 1.5f);
            check_against_eigen(out, 0, patches(in, 0, in_c, 3, stride), as_matrix(w, out_c), bias.data(), 0.0, 1.5);
            check_padding(out);
          }
  }
}

TEST_CASE("depthwise against Eigen") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    Random random;
    for (const int32_t c : kChannels)
      for (const auto &size : kSizes)
        for (const int32_t stride : {1, 2}) {
          INFO("c ", c, " size ", size[0], "x", size[1], " stride ", stride);
          const Map in = random.map(size[0], size[1], c);
          const std::vector<float> w = random.floats(size_t(c * 9)), bias = random.floats(size_t(c));
          const Map out = depthwise(kernels, in, w, bias, stride, 0.75f);
          for (int32_t i = 0; i < c; ++i) {
            const std::vector<float> filter(w.begin() + i * 9, w.begin() + i * 9 + 9);
            check_against_eigen(out, i, patches(in, i, 1, 3, stride), as_matrix(filter, 1), &bias[size_t(i)], 0.0, 0.75);
          }
          check_padding(out);
        }
  }
}

TEST_CASE("pointwise against Eigen, with and without an activation") {
  for (const KernelTable &kernels : all_kernels()) {
    INFO(kernels.isa);
    Random random;
    for (const int32_t in_c : kChannels)
      for (const int32_t out_c : kChannels)
        for (const auto &size : kSizes)
          for (const float act_min : {-FLT_MAX, 0.0f}) {
            INFO("in_c ", in_c, " out_c ", out_c, " size ", size[0], "x", size[1], " act_min ", act_min);
            const float act_max = act_min == 0.0f ? 1.0f : FLT_MAX;
            const Map in = random.map(size[0], size[1], in_c);
            const std::vector<float> w = random.floats(size_t(out_c * in_c)), bias = random.floats(size_t(out_c));
            const Map out = pointwise(kernels, in, w, bias, act_min, act_max);
            check_against_eigen(out, 0, patches(in, 0, in_c, 1, 1), as_matrix(w, out_c), bias.data(), double(act_min),
                                double(act_max));
            check_padding(out);
          }
  }
}
