// SPDX-License-Identifier: MIT
//
// fluid counts layers as they are built: convolutions that are not depthwise, depthwise ones and batch norms each from 0, which
// for this network is the order of kGraph, then per map loc and conf.
#include "tools/paddle/canonical.h"

#include <string>

#include "tools/support/error.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

using Strings = std::vector<std::string>;
using Ints = std::vector<int64_t>;

constexpr float kMinSizes[kMapCount] = {60, 105, 150, 195, 240, 285};
constexpr float kMaxSizes[kMapCount] = {0, 150, 195, 240, 285, 300};  // 0 = none

std::string conv_name(uint32_t layer) {
  uint32_t depthwise = 0, others = 0;
  for (uint32_t i = 0; i < layer; ++i) ++(kGraph[i].op == LayerOp::kDepthwise ? depthwise : others);
  return kGraph[layer].op == LayerOp::kDepthwise ? "depthwise_conv2d_" + std::to_string(depthwise)
                                                 : "conv2d_" + std::to_string(others);
}

std::string norm_name(uint32_t layer) { return "batch_norm_" + std::to_string(layer); }

// Heads follow the 22 convolutions of the backbone: loc of map m, then conf.
std::string head_name(uint32_t map, bool is_conf) { return "conv2d_" + std::to_string(22 + 2 * map + (is_conf ? 1 : 0)); }

uint32_t priors_of_map(uint32_t map) { return map == 0 ? 3 : 6; }

uint32_t kernel_of(LayerOp op) { return op == LayerOp::kPointwise ? 1 : 3; }

class Builder {
 public:
  explicit Builder(const CanonicalSpec &spec) : spec_(spec) { program_.version = 1007002; }

  Program build() {
    const int64_t px = spec_.input_px;
    add("feed", {{"X", {"feed"}}}, {{"Out", {"image"}}}, {{"col", int64_t(0)}});
    declare("image", {-1, 3, px, px}, false);
    for (uint32_t i = 0; i < kFirstHead; ++i) add_layer(i);
    for (uint32_t m = 0; m < kMapCount; ++m) add_map(m);
    add_output();
    return std::move(program_);
  }

 private:
  using Slots = std::map<std::string, Strings>;
  using Attrs = std::map<std::string, Attr>;

  void add(const std::string &type, Slots inputs, Slots outputs, Attrs attrs) {
    Op op;
    op.index = int(program_.ops.size());
    op.type = type;
    op.inputs = std::move(inputs);
    op.outputs = std::move(outputs);
    op.attrs = std::move(attrs);
    program_.ops.push_back(std::move(op));
  }

  void declare(const std::string &name, Ints dims, bool is_persistable = true) {
    Var &var = program_.vars[name];
    var.name = name;
    var.dims = std::move(dims);
    var.persistable = is_persistable;
  }

  std::string value_of(int32_t layer) const { return layer == kImage ? "image" : norm_name(uint32_t(layer)) + ".tmp_3"; }
  int64_t channels_of(int32_t layer) const { return layer == kImage ? 3 : spec_.channels[layer]; }

  void add_conv(const std::string &type, const std::string &name, const std::string &in, int64_t stride, int64_t padding,
                int64_t groups) {
    add(type, {{"Input", {in}}, {"Filter", {name + ".w_0"}}}, {{"Output", {name + ".tmp_0"}}},
        {{"strides", Ints{stride, stride}}, {"paddings", Ints{padding, padding}}, {"dilations", Ints{1, 1}}, {"groups", groups}});
  }

  void add_layer(uint32_t i) {
    const GraphLayer &layer = kGraph[i];
    const bool is_depthwise = layer.op == LayerOp::kDepthwise;
    const std::string conv = conv_name(i), norm = norm_name(i);
    const int64_t in_c = channels_of(layer.input), out_c = spec_.channels[i], k = kernel_of(layer.op);
    declare(conv + ".w_0", {out_c, is_depthwise ? 1 : in_c, k, k});
    add_conv(is_depthwise ? "depthwise_conv2d" : "conv2d", conv, value_of(layer.input), layer.stride, k / 2,
             is_depthwise ? out_c : 1);
    for (const char *suffix : {".w_0", ".b_0", ".w_1", ".w_2"}) declare(norm + suffix, {out_c});
    add("batch_norm",
        {{"X", {conv + ".tmp_0"}},
         {"Scale", {norm + ".w_0"}},
         {"Bias", {norm + ".b_0"}},
         {"Mean", {norm + ".w_1"}},
         {"Variance", {norm + ".w_2"}}},
        {{"Y", {norm + ".tmp_2"}}}, {{"epsilon", 1e-5f}, {"is_test", int64_t(1)}});
    add("relu", {{"X", {norm + ".tmp_2"}}}, {{"Out", {norm + ".tmp_3"}}}, {});
  }

  // A head's convolution, its values brought to [n, pixels * channels].
  void add_head(uint32_t map, bool is_conf) {
    const std::string conv = head_name(map, is_conf);
    const int32_t input = kGraph[kFirstHead + map].input;
    const int64_t out_c = priors_of_map(map) * (is_conf ? spec_.class_count : 4);
    declare(conv + ".w_0", {out_c, channels_of(input), 1, 1});
    declare(conv + ".b_0", {out_c});
    add_conv("conv2d", conv, value_of(input), 1, 0, 1);
    add("elementwise_add", {{"X", {conv + ".tmp_0"}}, {"Y", {conv + ".b_0"}}}, {{"Out", {conv + ".tmp_1"}}},
        {{"axis", int64_t(1)}});
    add("transpose2", {{"X", {conv + ".tmp_1"}}}, {{"Out", {conv + ".nhwc"}}}, {{"axis", Ints{0, 2, 3, 1}}});
    add("flatten2", {{"X", {conv + ".nhwc"}}}, {{"Out", {conv + ".flat"}}}, {{"axis", int64_t(1)}});
  }

  void add_map(uint32_t map) {
    const std::string name = "prior_box_" + std::to_string(map);
    Attrs attrs = {{"min_sizes", std::vector<float>{kMinSizes[map]}},
                   {"aspect_ratios", map == 0 ? std::vector<float>{2.0f} : std::vector<float>{2.0f, 3.0f}},
                   {"variances", std::vector<float>{0.1f, 0.1f, 0.2f, 0.2f}},
                   {"flip", int64_t(1)},
                   {"clip", int64_t(0)},
                   {"step_w", 0.0f},
                   {"step_h", 0.0f},
                   {"offset", 0.5f}};
    if (kMaxSizes[map] > 0) attrs["max_sizes"] = std::vector<float>{kMaxSizes[map]};
    add("prior_box", {{"Input", {value_of(kGraph[kFirstHead + map].input)}}, {"Image", {"image"}}},
        {{"Boxes", {name + ".tmp_0"}}, {"Variances", {name + ".tmp_1"}}}, std::move(attrs));
    add_head(map, false);
    add_head(map, true);
    for (const char *suffix : {".tmp_0", ".tmp_1"})
      add("flatten2", {{"X", {name + suffix}}}, {{"Out", {name + suffix + ".flat"}}}, {{"axis", int64_t(3)}});
  }

  void add_concat(const std::string &out, int64_t axis, const Strings &in) {
    add("concat", {{"X", in}}, {{"Out", {out}}}, {{"axis", axis}});
  }

  void add_output() {
    Strings loc, conf, boxes, variances;
    for (uint32_t m = 0; m < kMapCount; ++m) {
      loc.push_back(head_name(m, false) + ".flat");
      conf.push_back(head_name(m, true) + ".flat");
      boxes.push_back("prior_box_" + std::to_string(m) + ".tmp_0.flat");
      variances.push_back("prior_box_" + std::to_string(m) + ".tmp_1.flat");
    }
    add_concat("concat_0.tmp_0", 0, boxes);
    add_concat("concat_1.tmp_0", 0, variances);
    add_concat("concat_2.tmp_0", 1, loc);
    add_concat("concat_3.tmp_0", 1, conf);
    const int64_t classes = spec_.class_count;
    add("reshape2", {{"X", {"concat_2.tmp_0"}}}, {{"Out", {"reshape_0.tmp_0"}}}, {{"shape", Ints{0, -1, 4}}});
    add("reshape2", {{"X", {"concat_3.tmp_0"}}}, {{"Out", {"reshape_1.tmp_0"}}}, {{"shape", Ints{0, -1, classes}}});
    add("box_coder", {{"PriorBox", {"concat_0.tmp_0"}}, {"PriorBoxVar", {"concat_1.tmp_0"}}, {"TargetBox", {"reshape_0.tmp_0"}}},
        {{"OutputBox", {"box_coder_0.tmp_0"}}}, {{"code_type", std::string("decode_center_size")}});
    add("softmax", {{"X", {"reshape_1.tmp_0"}}}, {{"Out", {"softmax_0.tmp_0"}}}, {{"axis", int64_t(-1)}});
    add("transpose2", {{"X", {"softmax_0.tmp_0"}}}, {{"Out", {"transpose_12.tmp_0"}}}, {{"axis", Ints{0, 2, 1}}});
    add("multiclass_nms", {{"BBoxes", {"box_coder_0.tmp_0"}}, {"Scores", {"transpose_12.tmp_0"}}},
        {{"Out", {"detection_output_0.tmp_0"}}},
        {{"background_label", int64_t(0)},
         {"score_threshold", 0.01f},
         {"nms_top_k", int64_t(400)},
         {"nms_threshold", 0.45f},
         {"nms_eta", 1.0f},
         {"keep_top_k", int64_t(200)}});
    add("fetch", {{"X", {"detection_output_0.tmp_0"}}}, {{"Out", {"fetch"}}}, {{"col", int64_t(0)}});
  }

  const CanonicalSpec &spec_;
  Program program_;
};

// First dimension of a parameter of the checkpoint.
uint32_t leading_dim(const Params &params, const std::string &name) {
  const auto found = params.find(name);
  if (found == params.end())
    throw Error("no program, and no parameter " + quoted(name) +
                " as a checkpoint of MobileNet-SSD has: give the directory of an inference model");
  const Ints &dims = found->second.dims;
  if (dims.empty() || dims[0] < 1 || dims[0] > int64_t(kMaxPriorsPerCell) * kMaxClasses)
    throw Error("parameter " + quoted(name) + " has no usable shape");
  return uint32_t(dims[0]);
}

}  // namespace

Program canonical_program(const CanonicalSpec &spec) { return Builder(spec).build(); }

void add_canonical_program(Source *source) {
  CanonicalSpec spec;
  for (uint32_t i = 0; i < kFirstHead; ++i) spec.channels[i] = leading_dim(source->params, conv_name(i) + ".w_0");
  const uint32_t conf_channels = leading_dim(source->params, head_name(0, true) + ".b_0");
  spec.class_count = conf_channels / priors_of_map(0);
  if (spec.class_count * priors_of_map(0) != conf_channels || spec.class_count > kMaxClasses)
    throw Error("parameter " + quoted(head_name(0, true) + ".b_0") + ": expected 3 times the number of classes, found " +
                std::to_string(conf_channels));
  source->program = canonical_program(spec);
  for (auto it = source->params.begin(); it != source->params.end();)
    it = source->program.vars.count(it->first) != 0 ? std::next(it) : source->params.erase(it);
}

}  // namespace skiff::paddle
