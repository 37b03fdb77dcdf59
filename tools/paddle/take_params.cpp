// SPDX-License-Identifier: MIT
//
// Layers are taken in the order of execution, as each one's input channels are the output channels of the layer before.
// Attributes that a program leaves out take the defaults of Paddle's op definitions, which are not those of its Python layers.
#include "tools/paddle/take_params.h"

#include <cfloat>
#include <cmath>

#include "engine/priors.h"
#include "tools/paddle/tensor.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

using Ints = std::vector<int64_t>;

// Source: Paddle quantize/dequantize (fake_dequantize_op.h): y * scale / max_range with 127 levels on either side.
constexpr double kInt8Levels = 127.0;

class Taker {
 public:
  Taker(const Source &source, const MatchedOps &ops) : source_(source), ops_(ops) {}

  Network take() {
    take_input();
    for (uint32_t i = 0; i < kFirstHead; ++i) take_layer(i);
    for (uint32_t m = 0; m < kMapCount; ++m) take_prior(m);
    take_class_count();
    for (uint32_t m = 0; m < kMapCount; ++m) take_heads(m);
    take_nms();
    n_.input_var = ops_.input_var;
    n_.loc_var = input_arg(*ops_.box_coder, "TargetBox");
    n_.conf_var = input_arg(*ops_.softmax, "X");
    return std::move(n_);
  }

 private:
  [[noreturn]] static void fail(const std::string &name, const Op &op, const std::string &what) {
    throw Error("parameter " + quoted(name) + " of op " + std::to_string(op.index) + " " + printable(op.type) + ": " + what);
  }

  const Tensor &find(const std::string &name, const Op &op) const {
    const auto found = source_.params.find(name);
    if (found != source_.params.end()) return found->second;
    if (!source_.params_problem.empty()) throw Error(source_.params_problem);
    fail(name, op, "missing");
  }

  static std::vector<float> finite(std::vector<float> values, const std::string &name, const Op &op) {
    for (size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i])) fail(name, op, "element " + std::to_string(i) + " is infinite or not a number");
    return values;
  }

  // A parameter of exactly this type and these dimensions; -1 = any.
  const Tensor &take_tensor(const std::string &name, const Op &op, DataType type, const Ints &expected) const {
    const Tensor &tensor = find(name, op);
    bool fits = tensor.type == type && tensor.dims.size() == expected.size();
    for (size_t i = 0; fits && i < expected.size(); ++i)
      fits = expected[i] == tensor.dims[i] || (expected[i] == -1 && tensor.dims[i] > 0);
    if (!fits) fail(name, op, "expected " + tensor_text(type, expected) + ", found " + tensor_text(tensor.type, tensor.dims));
    return tensor;
  }

  std::vector<float> take_vector(const Op &op, const std::string &slot, uint32_t length) const {
    const std::string &name = input_arg(op, slot);
    return finite(take_tensor(name, op, DataType::kFp32, {int64_t(length)}).to_float(), name, op);
  }

  // A convolution's filter; *out_c becomes its first dimension. Those of 8-bit models become w = int8 * 127 / max_range.
  std::vector<float> take_filter(const ConvOps &ops, const Ints &expected, int64_t *out_c) const {
    const std::string &name = input_arg(*ops.conv, "Filter");
    const Tensor &tensor = take_tensor(name, *ops.conv, ops.dequantize ? DataType::kInt8 : DataType::kFp32, expected);
    *out_c = tensor.dims[0];
    if (ops.dequantize == nullptr) return finite(tensor.to_float(), name, *ops.conv);
    const double max_range = float_attr(*ops.dequantize, "max_range");
    if (!(max_range > 0) || !std::isfinite(max_range)) refuse(*ops.dequantize, "max_range is not a positive number");
    std::vector<float> values;
    for (const uint8_t byte : tensor.bytes) values.push_back(float(int8_t(byte) * (kInt8Levels / max_range)));
    return values;
  }

  void take_input() {
    const auto var = source_.program.vars.find(ops_.input_var);
    const Ints dims = var == source_.program.vars.end() ? Ints() : var->second.dims;
    const auto is_size = [](int64_t px) { return px >= int64_t(kMinInputPx) && px <= int64_t(kMaxInputPx); };
    if (dims.size() != 4 || (dims[1] != 3 && dims[1] != -1) || !is_size(dims[2]) || !is_size(dims[3]))
      throw Error("input " + quoted(ops_.input_var) + " is " + tensor_text(DataType::kFp32, dims) +
                  ", expected [-1, 3, height, width] with " + std::to_string(kMinInputPx) + " to " + std::to_string(kMaxInputPx) +
                  " pixels a side");
    n_.input_h = uint32_t(dims[2]);
    n_.input_w = uint32_t(dims[3]);
  }

  void take_layer(uint32_t i) {
    const GraphLayer &graph = kGraph[i];
    const ConvOps &ops = ops_.layers[i];
    ConvLayer &layer = n_.layers[i];
    const bool is_depthwise = graph.op == LayerOp::kDepthwise;
    layer.in_c = graph.input == kImage ? 3 : n_.layers[graph.input].out_c;
    layer.kernel = graph.op == LayerOp::kPointwise ? 1 : 3;
    if (is_depthwise && int_attr(*ops.conv, "groups", 1) != int64_t(layer.in_c))
      refuse(*ops.conv, std::string("layer ") + graph.name + ": groups is not the number of channels");
    const Ints expected = {is_depthwise ? int64_t(layer.in_c) : -1, is_depthwise ? 1 : int64_t(layer.in_c), layer.kernel,
                           layer.kernel};
    int64_t out_c = 0;
    layer.weights = take_filter(ops, expected, &out_c);
    if (out_c > int64_t(kMaxChannels)) refuse(*ops.conv, "has more than " + std::to_string(kMaxChannels) + " channels");
    layer.out_c = uint32_t(out_c);
    take_norm(*ops.norm, &layer);
    layer.act_max = ops.activation->type == "relu6" ? float_attr(*ops.activation, "threshold", 6.0f) : FLT_MAX;
    if (!(layer.act_max > 0)) refuse(*ops.activation, "threshold is not positive");
  }

  void take_norm(const Op &op, ConvLayer *layer) const {
    BatchNorm &norm = layer->norm;
    norm.scale = take_vector(op, "Scale", layer->out_c);
    norm.bias = take_vector(op, "Bias", layer->out_c);
    norm.mean = take_vector(op, "Mean", layer->out_c);
    norm.variance = take_vector(op, "Variance", layer->out_c);
    norm.epsilon = float_attr(op, "epsilon", 1e-5f);
    for (uint32_t c = 0; c < layer->out_c; ++c)
      if (!(norm.variance[c] + norm.epsilon > 0))
        fail(input_arg(op, "Variance"), op, "element " + std::to_string(c) + " plus epsilon is not positive");
  }

  ConvLayer take_head(const ConvOps &ops, uint32_t map, uint32_t out_c) const {
    ConvLayer head;
    head.in_c = n_.layers[kGraph[kFirstHead + map].input].out_c;
    head.out_c = out_c;
    int64_t filters = 0;
    head.weights = take_filter(ops, {int64_t(out_c), int64_t(head.in_c), 1, 1}, &filters);
    head.bias = take_vector(*ops.add, "Y", out_c);
    return head;
  }

  void take_heads(uint32_t map) {
    const uint32_t priors = priors_per_cell(n_.priors[map]);
    n_.loc[map] = take_head(ops_.loc[map], map, priors * 4);
    n_.conf[map] = take_head(ops_.conf[map], map, priors * n_.class_count);
  }

  // Classes follow from the first conf head; the others are held to them.
  void take_class_count() {
    const Op &conv = *ops_.conf[0].conv;
    const std::string &name = input_arg(conv, "Filter");
    const Ints &dims = find(name, conv).dims;
    const int64_t priors = priors_per_cell(n_.priors[0]);
    if (dims.empty() || dims[0] < priors || dims[0] % priors != 0 || dims[0] / priors > int64_t(kMaxClasses))
      fail(name, conv,
           "expected a multiple of " + std::to_string(priors) + " filters (a class count for each prior of a cell), found " +
               (dims.empty() ? "none" : std::to_string(dims[0])));
    n_.class_count = uint32_t(dims[0] / priors);
  }

  static uint32_t take_sizes(const Op &op, const char *name, float *out) {
    const std::vector<float> values = floats_attr(op, name, {});
    if (values.size() > kMaxPriorSizes)
      refuse(op, std::string(name) + " has more than " + std::to_string(kMaxPriorSizes) + " values");
    for (size_t i = 0; i < values.size(); ++i) {
      if (!(values[i] > 0) || !std::isfinite(values[i])) refuse(op, std::string(name) + " holds a value that is not positive");
      out[i] = values[i];
    }
    return uint32_t(values.size());
  }

  // Box variances: of the priors, or where box_coder brings its own, those.
  std::vector<float> variances_of(const Op &prior) const {
    const bool has_tensor = !input_args(*ops_.box_coder, "PriorBoxVar").empty();
    const Op &op = has_tensor ? prior : *ops_.box_coder;
    std::vector<float> variances = floats_attr(op, has_tensor ? "variances" : "variance", {});
    if (!has_tensor && variances.empty()) variances.assign(4, 1.0f);
    if (variances.size() != 4) refuse(op, "has " + std::to_string(variances.size()) + " variances, expected 4");
    for (const float v : variances)
      if (!std::isfinite(v)) refuse(op, "a variance is infinite or not a number");
    return variances;
  }

  // Source: Paddle operators/detection/prior_box_op.cc, defaults included.
  void take_prior(uint32_t map) {
    const Op &op = *ops_.priors[map];
    PriorRecord &prior = n_.priors[map];
    prior.min_size_count = take_sizes(op, "min_sizes", prior.min_sizes);
    prior.max_size_count = take_sizes(op, "max_sizes", prior.max_sizes);
    prior.aspect_ratio_count = take_sizes(op, "aspect_ratios", prior.aspect_ratios);
    if (prior.min_size_count == 0) refuse(op, "has no min_sizes");
    if (prior.max_size_count != 0 && prior.max_size_count != prior.min_size_count)
      refuse(op, "has not as many max_sizes as min_sizes");
    for (uint32_t i = 0; i < prior.max_size_count; ++i)
      if (!(prior.max_sizes[i] > prior.min_sizes[i])) refuse(op, "a max_size is not above its min_size");
    prior.flip = int_attr(op, "flip", 1) != 0;
    prior.clip = int_attr(op, "clip", 1) != 0;
    prior.min_max_aspect_ratios_order = int_attr(op, "min_max_aspect_ratios_order", 0) != 0;
    prior.step_w = float_attr(op, "step_w", 0.0f);
    prior.step_h = float_attr(op, "step_h", 0.0f);
    prior.offset = float_attr(op, "offset", 0.5f);
    const bool is_step = prior.step_w >= 0 && prior.step_h >= 0 && std::isfinite(prior.step_w) && std::isfinite(prior.step_h);
    if (!is_step || !std::isfinite(prior.offset)) refuse(op, "a step or the offset is not usable");
    const std::vector<float> variances = variances_of(op);
    std::copy(variances.begin(), variances.end(), prior.variances);
    if (priors_per_cell(prior) > kMaxPriorsPerCell)
      refuse(op, "has more than " + std::to_string(kMaxPriorsPerCell) + " priors a cell");
  }

  static int32_t take_count(const Op &op, const char *name) {
    const int64_t value = int_attr(op, name);
    if (value < -1 || value > INT32_MAX) refuse(op, std::string(name) + " is out of range");
    return int32_t(value);
  }

  // Source: Paddle operators/detection/multiclass_nms_op.cc, defaults included.
  void take_nms() {
    const Op &op = *ops_.nms;
    NmsRecord &nms = n_.nms;
    nms.score_threshold = float_attr(op, "score_threshold");
    nms.nms_threshold = float_attr(op, "nms_threshold", 0.3f);
    nms.nms_eta = float_attr(op, "nms_eta", 1.0f);
    nms.nms_top_k = take_count(op, "nms_top_k");
    nms.keep_top_k = take_count(op, "keep_top_k");
    nms.is_normalized = int_attr(op, "normalized", 1) != 0;
    const int64_t background = int_attr(op, "background_label", 0);
    if (background < -1 || background >= int64_t(n_.class_count)) refuse(op, "background_label is not a class");
    nms.background_label = int32_t(background);
    if (!std::isfinite(nms.score_threshold) || !std::isfinite(nms.nms_threshold) || !(nms.nms_eta > 0) ||
        !std::isfinite(nms.nms_eta))
      refuse(op, "a threshold is not usable");
  }

  const Source &source_;
  const MatchedOps &ops_;
  Network n_;
};

}  // namespace

Network take_network(const Source &source, const MatchedOps &ops) { return Taker(source, ops).take(); }

Network match_network(const Source &source) {
  const ProgramGraph graph(source.program);
  return take_network(source, match_ops(graph));
}

}  // namespace skiff::paddle
