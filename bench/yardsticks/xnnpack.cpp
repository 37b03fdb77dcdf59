// SPDX-License-Identifier: MIT
//
// XNNPACK, an operator a convolution, activations NHWC. Heads write where the concatenation wants them.
#include <xnnpack.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "bench/yardsticks/unpack.h"
#include "bench/yardsticks/yardstick.h"

namespace skiff::bench {
namespace {

struct Failure {
  const char *what;
};

void require(xnn_status status, const char *what) {
  if (status != xnn_status_success) throw Failure{what};
}

class Network {
 public:
  Network(const WeightsView &view, int threads) : convs_(unpack_network(view)) {
    require(xnn_initialize(nullptr), "xnn_initialize failed");
    pool_ = pthreadpool_create(size_t(threads));
    if (pool_ == nullptr) throw Failure{"pthreadpool_create failed"};
    for (PlainConv &conv : convs_) {
      add_operator(conv);
      conv.weights = {};
    }
  }
  ~Network() {
    for (xnn_operator_t op : operators_) xnn_delete_operator(op);
    if (pool_ != nullptr) pthreadpool_destroy(pool_);
  }
  Network(const Network &) = delete;

  void run(const float *tensor, float *loc, float *conf) {
    if (tensor != tensor_ || loc != loc_ || conf != conf_) set_up(tensor, loc, conf);
    for (xnn_operator_t op : operators_) require(xnn_run_operator(op, pool_), "xnn_run_operator failed");
  }

 private:
  void add_operator(const PlainConv &conv) {
    // Depthwise weights are wanted as [kernel][kernel][channel], others as [out][kernel][kernel][in].
    const size_t taps = size_t(conv.kernel) * conv.kernel, in_c = conv.is_depthwise ? 1 : conv.in_c;
    std::vector<float> weights(conv.weights.size());
    for (size_t o = 0; o < conv.out_c; ++o)
      for (size_t i = 0; i < in_c; ++i)
        for (size_t t = 0; t < taps; ++t)
          weights[conv.is_depthwise ? t * conv.out_c + o : (o * taps + t) * in_c + i] = conv.weights[(o * in_c + i) * taps + t];
    xnn_operator_t op = nullptr;
    require(xnn_create_convolution2d_nhwc_f32(conv.padding, conv.padding, conv.padding, conv.padding, conv.kernel, conv.kernel,
                                              conv.stride, conv.stride, 1, 1, conv.is_depthwise ? conv.out_c : 1, in_c,
                                              conv.is_depthwise ? 1 : conv.out_c, conv.in_c, conv.out_c, weights.data(),
                                              conv.bias.data(), conv.act_min, conv.act_max,
                                              conv.is_depthwise ? XNN_FLAG_DEPTHWISE_CONVOLUTION : 0, &op),
            "xnn_create_convolution2d_nhwc_f32 failed");
    operators_.push_back(op);
    // Operators may read up to XNN_EXTRA_BYTES beyond their input.
    outputs_.emplace_back(conv.is_loc || conv.is_conf ? 0 : size_t(conv.out_h) * conv.out_w * conv.out_c + XNN_EXTRA_BYTES);
  }

  void set_up(const float *tensor, float *loc, float *conf) {
    for (size_t i = 0; i < convs_.size(); ++i) {
      const PlainConv &conv = convs_[i];
      const float *in = conv.input == kImage ? tensor : outputs_[size_t(conv.input)].data();
      float *out = conv.is_loc ? loc + conv.begin : conv.is_conf ? conf + conv.begin : outputs_[i].data();
      require(xnn_setup_convolution2d_nhwc_f32(operators_[i], 1, conv.in_h, conv.in_w, in, out, pool_),
              "xnn_setup_convolution2d_nhwc_f32 failed");
    }
    tensor_ = tensor, loc_ = loc, conf_ = conf;
  }

  std::vector<PlainConv> convs_;  // the i-th layer's is the i-th as far as others read it: heads come last
  std::vector<xnn_operator_t> operators_;
  std::vector<std::vector<float>> outputs_;
  pthreadpool_t pool_ = nullptr;
  const float *tensor_ = nullptr, *loc_ = nullptr, *conf_ = nullptr;
};

void *create(const WeightsView *view, int threads, char *error, size_t capacity) {
  try {
    return new Network(*view, threads);
  } catch (const Failure &failure) {
    std::snprintf(error, capacity, "%s", failure.what);
  } catch (const std::exception &failure) {
    std::snprintf(error, capacity, "%s", failure.what());
  }
  return nullptr;
}

bool run(void *self, const float *tensor, float *loc, float *conf) {
  try {
    static_cast<Network *>(self)->run(tensor, loc, conf);
    return true;
  } catch (const Failure &) {
    return false;
  }
}

void destroy(void *self) { delete static_cast<Network *>(self); }

}  // namespace
}  // namespace skiff::bench

extern "C" __attribute__((visibility("default"))) const skiff::bench::YardstickApi skiff_yardstick;
const skiff::bench::YardstickApi skiff_yardstick = {"xnnpack", "", skiff::bench::create, skiff::bench::run,
                                                    skiff::bench::destroy};
