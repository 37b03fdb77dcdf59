// SPDX-License-Identifier: MIT
//
// oneDNN, a primitive a convolution with bias and relu in it, layouts as oneDNN likes them ("any"): weights are reordered
// beforehand, activations stay blocked, heads are reordered into the concatenation. The input tensor is laid out for the first
// primitive beforehand too: a preprocessing could write it so.
#include <cstdio>
#include <exception>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "bench/yardsticks/unpack.h"
#include "bench/yardsticks/yardstick.h"

namespace skiff::bench {
namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;

class Network {
 public:
  explicit Network(const WeightsView &view) : convs_(unpack_network(view)) {
    for (PlainConv &conv : convs_) {
      add(conv);
      conv.weights = {};
    }
    stream_.wait();
  }

  void run(const float *tensor, float *loc, float *conf) {
    if (tensor != tensor_) lay_out_input(tensor);
    for (size_t i = 0; i < calls_.size(); ++i) {
      Call &call = calls_[i];
      const PlainConv &conv = convs_[i];
      call.primitive.execute(stream_, call.args);
      if (!conv.is_loc && !conv.is_conf) continue;
      call.plain.set_data_handle((conv.is_loc ? loc : conf) + conv.begin);
      call.to_plain.execute(stream_, call.out, call.plain);
    }
    stream_.wait();
  }

 private:
  struct Call {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> args;
    dnnl::memory out;
    dnnl::reorder to_plain;  // heads
    dnnl::memory plain;
  };

  static dnnl::memory::desc plain_desc(const Dims &dims, Tag tag) { return {dims, kF32, tag}; }

  dnnl::convolution_forward::primitive_desc describe(const PlainConv &conv, const dnnl::memory::desc &in, const Dims &weights,
                                                     const Dims &out) {
    const auto k = dnnl::algorithm::convolution_direct;
    const Dims strides = {conv.stride, conv.stride}, padding = {conv.padding, conv.padding};
    dnnl::primitive_attr attributes;
    dnnl::post_ops after;
    if (conv.act_min == 0 && conv.act_max < 1e30f) after.append_eltwise(1, dnnl::algorithm::eltwise_clip, 0, conv.act_max);
    if (conv.act_min == 0 && conv.act_max >= 1e30f) after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    attributes.set_post_ops(after);
    const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, k, in, plain_desc(weights, Tag::any),
                                               plain_desc({conv.out_c}, Tag::x), plain_desc(out, Tag::any), strides, padding,
                                               padding);
    return {desc, attributes, engine_};
  }

  // Values in one layout, in memory of another.
  dnnl::memory laid_out(const float *values, const dnnl::memory::desc &from, const dnnl::memory::desc &to) {
    dnnl::memory source(from, engine_, const_cast<float *>(values)), target(to, engine_);
    dnnl::reorder(source, target).execute(stream_, source, target);
    stream_.wait();
    return target;
  }

  void add(const PlainConv &conv) {
    const int64_t in_c = conv.in_c, out_c = conv.out_c, kernel = conv.kernel;
    const Dims in = {1, in_c, conv.in_h, conv.in_w}, out = {1, out_c, conv.out_h, conv.out_w};
    const Dims weights = conv.is_depthwise ? Dims{out_c, 1, 1, kernel, kernel} : Dims{out_c, in_c, kernel, kernel};
    // What the layer before wrote is taken as it is.
    const dnnl::memory::desc source = conv.input == kImage ? plain_desc(in, Tag::any) : calls_[size_t(conv.input)].out.get_desc();
    const auto described = describe(conv, source, weights, out);
    Call call;
    call.primitive = dnnl::convolution_forward(described);
    call.out = dnnl::memory(described.dst_desc(), engine_);
    const dnnl::memory::desc plain_weights = plain_desc(weights, conv.is_depthwise ? Tag::goihw : Tag::oihw);
    dnnl::memory bias(plain_desc({out_c}, Tag::x), engine_);
    std::copy(conv.bias.begin(), conv.bias.end(), static_cast<float *>(bias.get_data_handle()));
    if (conv.input == kImage)
      input_desc_ = described.src_desc();
    else
      call.args[DNNL_ARG_SRC] = calls_[size_t(conv.input)].out;
    call.args[DNNL_ARG_WEIGHTS] = laid_out(conv.weights.data(), plain_weights, described.weights_desc());
    call.args[DNNL_ARG_BIAS] = bias;
    call.args[DNNL_ARG_DST] = call.out;
    if (conv.is_loc || conv.is_conf) {
      call.plain = dnnl::memory(plain_desc(out, Tag::nhwc), engine_, nullptr);
      call.to_plain = dnnl::reorder(call.out, call.plain);
    }
    calls_.push_back(call);
  }

  void lay_out_input(const float *tensor) {
    const Dims in = {1, convs_[0].in_c, convs_[0].in_h, convs_[0].in_w};
    calls_[0].args[DNNL_ARG_SRC] = laid_out(tensor, plain_desc(in, Tag::nhwc), input_desc_);
    tensor_ = tensor;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<PlainConv> convs_;  // the i-th layer's is the i-th as far as others read it: heads come last
  std::vector<Call> calls_;
  dnnl::memory::desc input_desc_;
  const float *tensor_ = nullptr;
};

// Threads are OpenMP's, whose number OMP_NUM_THREADS says when the library is loaded.
void *create(const WeightsView *view, int, char *error, size_t capacity) {
  try {
    return new Network(*view);
  } catch (const std::exception &failure) {
    std::snprintf(error, capacity, "%s", failure.what());
  }
  return nullptr;
}

bool run(void *self, const float *tensor, float *loc, float *conf) {
  try {
    static_cast<Network *>(self)->run(tensor, loc, conf);
    return true;
  } catch (const std::exception &) {
    return false;
  }
}

void destroy(void *self) { delete static_cast<Network *>(self); }

#define SKIFF_TEXT(x) #x
#define SKIFF_VERSION_OF(major, minor, patch) SKIFF_TEXT(major) "." SKIFF_TEXT(minor) "." SKIFF_TEXT(patch)

}  // namespace
}  // namespace skiff::bench

extern "C" __attribute__((visibility("default"))) const skiff::bench::YardstickApi skiff_yardstick;
const skiff::bench::YardstickApi skiff_yardstick = {"onednn",
                                                    SKIFF_VERSION_OF(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH),
                                                    skiff::bench::create, skiff::bench::run, skiff::bench::destroy};
