// SPDX-License-Identifier: MIT
//
// The converter on a small random network: what it takes, what it refuses and with which words.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "engine/weights_read.h"
#include "tools/paddle/canonical.h"
#include "tools/paddle/convert.h"
#include "tools/paddle/execute.h"
#include "tools/paddle/recipes.h"
#include "tools/support/error.h"

using namespace skiff;
using namespace skiff::paddle;

namespace {

RandomSpec small_spec() {
  RandomSpec spec;
  spec.width = 1.0 / 16;
  spec.input_px = 64;
  spec.class_count = 5;
  return spec;
}

ConvertOptions default_options() {
  ConvertOptions options;
  options.recipe = find_recipe("paddle-voc");
  return options;
}

Converted convert_small(const std::function<void(Source *)> &change = nullptr) {
  Source source = random_source(small_spec());
  if (change) change(&source);
  return convert(source, default_options());
}

// What convert says of a changed source; "" where it takes it.
std::string refusal(const std::function<void(Source *)> &change) {
  try {
    convert_small(change);
    return "";
  } catch (const Error &error) {
    return error.what();
  }
}

Op &find_op(Source *source, const std::string &type, int nth = 0) {
  for (Op &op : source->program.ops)
    if (op.type == type && nth-- == 0) return op;
  FAIL("no such op");
  return source->program.ops[0];
}

bool has(const std::string &text, const char *part) { return text.find(part) != text.npos; }

// Gives every variable another name, parameters included.
void rename_all(Source *source) {
  const auto renamed = [](const std::string &name) { return "eval/" + name + "@x"; };
  for (Op &op : source->program.ops)
    for (auto *slots : {&op.inputs, &op.outputs})
      for (auto &[slot, args] : *slots)
        for (std::string &arg : args) arg = renamed(arg);
  std::map<std::string, Var> vars;
  for (auto &[name, var] : source->program.vars) vars[renamed(name)] = var;
  source->program.vars = vars;
  Params params;
  for (auto &[name, tensor] : source->params) params[renamed(name)] = tensor;
  source->params = params;
}

// Old programs: relu in place, no optional attributes.
void make_relu_in_place(Source *source) {
  std::map<std::string, std::string> alias;
  for (Op &op : source->program.ops) {
    for (auto &[slot, args] : op.inputs)
      for (std::string &arg : args)
        if (alias.count(arg)) arg = alias[arg];
    if (op.type != "relu") continue;
    alias[op.outputs["Out"][0]] = op.inputs["X"][0];
    op.outputs["Out"] = op.inputs["X"];
  }
}

void set_float(Source *source, const std::string &name, size_t index, float value) {
  memcpy(source->params.at(name).bytes.data() + index * sizeof value, &value, sizeof value);
}

}  // namespace

TEST_CASE("a random network converts, and the engine gives the program's answer") {
  const Converted converted = convert_small();
  CHECK(converted.max_error < 1e-5f);
  CHECK(converted.max_error > 0.0f);  // another order of sums: an exact zero would mean that nothing was compared
  WeightsView view;
  REQUIRE(weights_open(converted.file.data(), converted.file.size(), &view, nullptr) == SKIFF_OK);
  CHECK(weights_verify(view, nullptr) == SKIFF_OK);
  CHECK(view.model->class_count == 5);
  CHECK(view.model->input_w == 64);
  CHECK(view.model->nms.keep_top_k == 200);
  CHECK(view.model->nms.score_threshold == 0.01f);
  CHECK(std::string(weights_label(view, 4)) == "4");
}

TEST_CASE("the same source gives the same bytes") { CHECK(convert_small().file == convert_small().file); }

TEST_CASE("names and in-place ops change nothing in the file") {
  const std::vector<uint8_t> file = convert_small().file;
  CHECK(convert_small(rename_all).file == file);
  CHECK(convert_small(make_relu_in_place).file == file);
}

TEST_CASE("a checkpoint without a program converts like the canonical program") {
  RandomSpec spec;
  spec.width = 1.0 / 16;
  spec.class_count = 3;
  const Source whole = random_source(spec);
  Source bare = whole;
  bare.has_program = false;
  bare.program = Program();
  bare.params["conv2d_0.w_0_velocity_0"] = bare.params["conv2d_0.w_0"];
  CHECK(convert(bare, default_options()).file == convert(whole, default_options()).file);
  bare.params.erase("batch_norm_7.w_2");
  CHECK_THROWS_WITH_AS(convert(bare, default_options()), doctest::Contains("'batch_norm_7.w_2'"), Error);
}

TEST_CASE("attributes come from the program") {
  const Converted converted = convert_small([](Source *s) {
    Op &nms = find_op(s, "multiclass_nms");
    nms.attrs["nms_threshold"] = 0.3f;
    nms.attrs["keep_top_k"] = int64_t(7);
    Op &prior = find_op(s, "prior_box", 2);
    prior.attrs["step_w"] = 33.0f;
    prior.attrs["step_h"] = 32.0f;
    prior.attrs["clip"] = int64_t(1);
    prior.attrs["min_max_aspect_ratios_order"] = int64_t(1);
    find_op(s, "relu", 3).type = "relu6";
  });
  const Network &n = converted.network;
  CHECK(n.nms.nms_threshold == 0.3f);
  CHECK(n.nms.keep_top_k == 7);
  CHECK(n.priors[2].step_w == 33.0f);
  CHECK(n.priors[2].clip == 1);
  CHECK(n.priors[2].min_max_aspect_ratios_order == 1);
  CHECK(n.priors[1].clip == 0);
  CHECK(n.layers[3].act_max == 6.0f);
  CHECK(n.layers[4].act_max > 1e30f);
}

TEST_CASE("missing attributes take the ops' defaults, not the layers'") {
  const Converted converted = convert_small([](Source *s) {
    for (const char *name : {"flip", "clip", "step_w", "step_h", "offset"}) find_op(s, "prior_box", 1).attrs.erase(name);
    for (const char *name : {"background_label", "nms_eta", "nms_threshold"}) find_op(s, "multiclass_nms").attrs.erase(name);
  });
  CHECK(converted.network.priors[1].flip == 1);
  CHECK(converted.network.priors[1].clip == 1);
  CHECK(converted.network.priors[1].offset == 0.5f);
  CHECK(converted.network.nms.nms_threshold == 0.3f);
}

TEST_CASE("options override the program") {
  ConvertOptions options = default_options();
  options.score_threshold = 0.25f;
  options.keep_top_k = 3;
  options.labels = {"background", "a", "b", "c", "d"};
  const Converted converted = convert(random_source(small_spec()), options);
  WeightsView view;
  REQUIRE(weights_open(converted.file.data(), converted.file.size(), &view, nullptr) == SKIFF_OK);
  CHECK(view.model->nms.score_threshold == 0.25f);
  CHECK(view.model->nms.keep_top_k == 3);
  CHECK(std::string(weights_label(view, 2)) == "b");
  options.labels.pop_back();
  CHECK_THROWS_WITH_AS(convert(random_source(small_spec()), options), doctest::Contains("4 labels for 5 classes"), Error);
}

TEST_CASE("foreign ops are refused by index, type and reason") {
  const std::string pool = refusal([](Source *s) { find_op(s, "relu", 2).type = "pool2d"; });
  CHECK(pool == "op 9 pool2d: not part of a MobileNet-SSD; skiff converts MobileNet-SSD only");
  CHECK(has(refusal([](Source *s) { find_op(s, "conv2d", 3).attrs["dilations"] = std::vector<int64_t>{2, 2}; }), "dilated"));
  CHECK(has(refusal([](Source *s) {
              find_op(s, "conv2d", 1).attrs["strides"] = std::vector<int64_t>{2, 2};
            }),
            "layer pw1: stride"));
  CHECK(
      has(refusal([](Source *s) { find_op(s, "box_coder").attrs["code_type"] = std::string("encode_center_size"); }), "decode"));
  CHECK(has(refusal([](Source *s) { find_op(s, "concat", 1).attrs["axis"] = int64_t(1); }), "another axis"));
  CHECK(has(refusal([](Source *s) { find_op(s, "prior_box", 3).inputs["Input"] = find_op(s, "prior_box", 2).inputs["Input"]; }),
            "feature map"));
}

TEST_CASE("a fetch that is not the detections is replaced; a pruned program is refused with the reason") {
  const Converted replaced = convert_small([](Source *s) { find_op(s, "fetch").inputs["X"] = {"concat_0.tmp_0"}; });
  REQUIRE(replaced.notes.size() >= 1);
  CHECK(has(replaced.notes[0], "'detection_output_0.tmp_0'"));
  const std::string pruned = refusal([](Source *s) {
    std::vector<Op> &ops = s->program.ops;
    Op fetch = ops.back();
    while (ops.back().index > find_op(s, "concat", 1).index) ops.pop_back();
    fetch.index = int(ops.size());
    fetch.inputs["X"] = {"concat_0.tmp_0"};
    ops.push_back(fetch);
  });
  CHECK(has(pruned, "pruned"));
  CHECK(has(pruned, "'concat_0.tmp_0'"));
}

TEST_CASE("parameters are held to type, shape and value") {
  CHECK(has(refusal([](Source *s) { s->params.erase("conv2d_5.w_0"); }), "'conv2d_5.w_0' of op"));
  const std::string shape = refusal([](Source *s) { s->params["conv2d_5.w_0"].dims = {4, 4, 1, 2}; });
  CHECK(has(shape, "expected FP32 [-1, 16, 1, 1], found FP32 [4, 4, 1, 2]"));
  CHECK(has(refusal([](Source *s) { s->params["batch_norm_3.b_0"].type = DataType::kInt32; }), "found INT32"));
  CHECK(has(refusal([](Source *s) { set_float(s, "conv2d_3.w_0", 5, std::numeric_limits<float>::quiet_NaN()); }),
            "'conv2d_3.w_0' of op 19 conv2d: element 5"));
  CHECK(has(refusal([](Source *s) { set_float(s, "batch_norm_2.w_2", 0, -1.0f); }), "not positive"));
  CHECK(has(refusal([](Source *s) { s->params.clear(), s->params_problem = "no parameters here"; }), "no parameters here"));
}

TEST_CASE("priors, classes and NMS are held to what the engine can run") {
  CHECK(has(refusal([](Source *s) { find_op(s, "multiclass_nms").attrs.erase("keep_top_k"); }), "keep_top_k is missing"));
  CHECK(has(refusal([](Source *s) { find_op(s, "prior_box", 1).attrs["max_sizes"] = std::vector<float>{60.0f}; }),
            "above its min_size"));
  CHECK(has(refusal([](Source *s) { find_op(s, "prior_box", 1).attrs["variances"] = std::vector<float>{0.1f}; }), "expected 4"));
  CHECK(has(refusal([](Source *s) { s->program.vars["image"].dims = {-1, 3, -1, -1}; }), "expected [-1, 3, height, width]"));
}

TEST_CASE("an executor's convolution by hand") {
  Source source;
  Op op;
  op.type = "conv2d";
  op.inputs = {{"Input", {"x"}}, {"Filter", {"w"}}};
  op.outputs = {{"Output", {"y"}}};
  op.attrs = {{"strides", std::vector<int64_t>{2, 2}}, {"paddings", std::vector<int64_t>{1, 1}}};
  source.program.ops = {op};
  Tensor w;
  w.dims = {1, 1, 3, 3};
  const float taps[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  w.bytes.assign(reinterpret_cast<const uint8_t *>(taps), reinterpret_cast<const uint8_t *>(taps) + sizeof taps);
  source.params["w"] = w;
  const Value y = execute(source, "x", {{1, 1, 3, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1}}, {"y"}).at(0);
  CHECK(y.dims == std::vector<int64_t>{1, 1, 2, 2});
  CHECK(y.data == std::vector<float>{5 + 6 + 8 + 9, 4 + 5 + 7 + 8, 2 + 3 + 5 + 6, 1 + 2 + 4 + 5});
}
