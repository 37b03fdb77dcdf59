// SPDX-License-Identifier: MIT
//
// The walk goes backwards, from the detections to the image: backwards every value has exactly one maker, so there is nothing to
// search for and nothing to guess, and an op that does not belong is met where it stands.
#include "tools/paddle/match.h"

#include <set>

#include "tools/paddle/match_backbone.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

constexpr char kForeign[] = "not part of a MobileNet-SSD; skiff converts MobileNet-SSD only";

const std::set<std::string> kFamily = {
    "batch_norm",      "box_coder", "concat",    "conv2d",  "depthwise_conv2d", "dequantize",
    "elementwise_add", "feed",      "fetch",     "flatten", "flatten2",         "flatten_contiguous_range",
    "prior_box",       "quantize",  "relu",      "relu6",   "reshape",          "reshape2",
    "softmax",         "transpose", "transpose2"};

bool is_nms(const Op &op) { return op.type == "multiclass_nms" || op.type == "multiclass_nms2" || op.type == "multiclass_nms3"; }

bool is_transpose(const Op &op) { return op.type == "transpose" || op.type == "transpose2"; }

bool is_reshape(const Op &op) {
  return op.type == "reshape" || op.type == "reshape2" || op.type == "flatten" || op.type == "flatten2" ||
         op.type == "flatten_contiguous_range";
}

bool makes(const Op &op, const std::string &var) {
  const std::vector<std::string> &outs = output_args(op, "Out");
  return outs.size() == 1 && outs[0] == var;
}

void refuse_foreign_ops(const Program &program, const std::vector<bool> &is_used) {
  for (const Op &op : program.ops)
    if (is_used[size_t(op.index)] && kFamily.count(op.type) == 0 && !is_nms(op)) refuse(op, kForeign);
}

// What a program without NMS lacks, in the user's words.
[[noreturn]] void refuse_without_nms(const ProgramGraph &graph) {
  const Program &program = graph.program();
  refuse_foreign_ops(program, std::vector<bool>(program.ops.size(), true));
  for (const Op &op : program.ops) {
    if (op.type != "fetch") continue;
    const Op *made_by = graph.producer(op, "X");
    if (made_by == nullptr || made_by->type != "concat") continue;
    const Op *part = graph.producer(*made_by, "X");
    while (part != nullptr && is_reshape(*part)) part = graph.producer(*part, "X");
    if (part != nullptr && part->type == "prior_box")
      refuse(op,
             "fetches the prior boxes (" + quoted(input_arg(op, "X")) +
                 "): the program was pruned to them and holds no detections; export it again with detection_output's variable");
  }
  throw Error(
      "the program ends in no multiclass_nms op: its detections were cut off; export it with detection_output's variable");
}

// The op that makes the detections: what the fetch op asks for, else the only NMS of the program.
const Op *find_nms(const ProgramGraph &graph, bool *is_fetch_replaced) {
  const Op *only = nullptr, *fetched = nullptr;
  for (const Op &op : graph.program().ops) {
    if (is_nms(op)) {
      if (only != nullptr) refuse(op, "a second NMS in one program: " + std::string(kForeign));
      only = &op;
    }
    const Op *made_by = op.type == "fetch" ? graph.producer(op, "X") : nullptr;
    if (made_by != nullptr && is_nms(*made_by) && makes(*made_by, input_arg(op, "X"))) fetched = made_by;
  }
  if (only == nullptr) refuse_without_nms(graph);
  *is_fetch_replaced = fetched == nullptr;
  return only;
}

class Matcher {
 public:
  explicit Matcher(const ProgramGraph &graph) : graph_(graph) {}

  MatchedOps match() {
    m_.nms = find_nms(graph_, &m_.is_fetch_replaced);
    refuse_foreign_ops(graph_.program(), graph_.ancestors(*m_.nms));
    match_scores();
    match_boxes();
    const BackboneMaps maps = match_heads();
    match_backbone(graph_, maps, &m_);
    match_images();
    return m_;
  }

 private:
  // The op behind an input slot, reshapes skipped where `skips_reshapes`. Refused where it is not there or not as wanted.
  template <class IsWanted>
  const Op &behind(const Op &op, const std::string &slot, size_t index, bool skips_reshapes, IsWanted is_wanted,
                   const char *wanted) const {
    const Op *found = graph_.producer(op, slot, index);
    while (skips_reshapes && found != nullptr && is_reshape(*found)) found = graph_.producer(*found, "X");
    if (found == nullptr) refuse(op, "its " + slot + " comes from no op, expected " + wanted);
    if (!is_wanted(*found))
      refuse(*found,
             std::string("expected ") + wanted + " here, before op " + std::to_string(op.index) + " " + printable(op.type));
    return *found;
  }

  const Op &behind(const Op &op, const std::string &slot, const char *type, bool skips_reshapes = false, size_t index = 0) const {
    return behind(
        op, slot, index, skips_reshapes, [type](const Op &o) { return o.type == type; }, type);
  }

  const Op &transpose_behind(const Op &op, const std::string &slot, size_t index, const std::vector<int64_t> &axis) const {
    const Op &transpose = behind(op, slot, index, true, is_transpose, "transpose");
    if (ints_attr(transpose, "axis", {}) != axis) refuse(transpose, "axes are not those of MobileNet-SSD's heads");
    return transpose;
  }

  // A concat of one value per map.
  const Op &concat_behind(const Op &op, const std::string &slot, int64_t axis) const {
    const Op &concat = behind(op, slot, "concat", true);
    const size_t count = input_args(concat, "X").size();
    if (count != kMapCount)
      refuse(concat, "joins " + std::to_string(count) + " maps, MobileNet-SSD has " + std::to_string(kMapCount));
    if (int_attr(concat, "axis", 0) != axis) refuse(concat, "joins along another axis than MobileNet-SSD");
    return concat;
  }

  void match_scores() {
    const Op &transpose = transpose_behind(*m_.nms, "Scores", 0, {0, 2, 1});
    m_.softmax = &behind(transpose, "X", "softmax", true);
    const Op *reshape = graph_.producer(*m_.softmax, "X");
    const bool is_flat = reshape != nullptr && ints_attr(*reshape, "shape", {}).size() == 2;  // old programs: [priors, classes]
    const int64_t axis = int_attr(*m_.softmax, "axis", -1);
    if (axis != -1 && axis != (is_flat ? 1 : 2)) refuse(*m_.softmax, "does not run over the classes");
    conf_concat_ = &concat_behind(*m_.softmax, "X", 1);
  }

  void match_boxes() {
    m_.box_coder = &behind(*m_.nms, "BBoxes", "box_coder", true);
    const Op &coder = *m_.box_coder;
    if (string_attr(coder, "code_type", "encode_center_size") != "decode_center_size") refuse(coder, "does not decode boxes");
    if (int_attr(coder, "box_normalized", 1) != 1) refuse(coder, "decodes pixel boxes; skiff decodes normalised ones");
    if (int_attr(coder, "axis", 0) != 0) refuse(coder, "axis is not 0");
    loc_concat_ = &concat_behind(coder, "TargetBox", 1);
    const Op &boxes = concat_behind(coder, "PriorBox", 0);
    const bool has_variance_tensor = !input_args(coder, "PriorBoxVar").empty();
    const Op *variances = has_variance_tensor ? &concat_behind(coder, "PriorBoxVar", 0) : nullptr;
    for (uint32_t m = 0; m < kMapCount; ++m) {
      m_.priors[m] = &behind(boxes, "X", "prior_box", true, m);
      if (variances != nullptr && &behind(*variances, "X", "prior_box", true, m) != m_.priors[m])
        refuse(*variances, "joins the variances of other prior boxes");
    }
  }

  // The convolution behind part `map` of a concat; *made_by becomes the op that makes the feature map.
  ConvOps match_head(const Op &concat, uint32_t map, const Op **made_by) {
    ConvOps ops;
    const Op &transpose = transpose_behind(concat, "X", map, {0, 2, 3, 1});
    const Op *head = graph_.producer(transpose, "X");
    if (head == nullptr) refuse(transpose, "reads no head");
    if (head->type == "depthwise_conv2d" || head->type == "batch_norm" || head->type == "relu6" || head->type == "relu" ||
        head->type == "conv2d" || head->type == "dequantize")
      refuse_ssdlite(*head);
    if (head->type != "elementwise_add") refuse(*head, "expected a head's convolution with its bias here");
    ops.add = head;
    if (int_attr(*head, "axis", -1) != 1) refuse(*head, "adds along another axis than a head's bias");
    match_conv(graph_, *head, "X", &ops);
    *made_by = conv_input(graph_, ops);
    if (*made_by != nullptr && (*made_by)->type != "relu" && (*made_by)->type != "relu6") refuse_ssdlite(**made_by);
    return ops;
  }

  // A head without a plain bias: what PaddleDetection's SSDLite looks like from here.
  [[noreturn]] void refuse_ssdlite(const Op &op) const {
    for (const Op &other : graph_.program().ops)
      if (other.type == "depthwise_conv2d" && other.index > m_.priors[0]->index)
        refuse(other,
               "a depthwise head: this is an SSDLite (PaddleDetection 2.x), which skiff does not convert; it converts "
               "MobileNet-SSD with plain 1x1 heads, as fluid's multi_box_head makes them");
    refuse(op,
           "a head is not a 1x1 convolution with a bias, as multi_box_head makes it; PaddleDetection 2.x exports and SSDLite are "
           "not converted");
  }

  BackboneMaps match_heads() {
    BackboneMaps maps = {};
    for (uint32_t m = 0; m < kMapCount; ++m) {
      const Op *loc_map = nullptr, *conf_map = nullptr;
      m_.loc[m] = match_head(*loc_concat_, m, &loc_map);
      m_.conf[m] = match_head(*conf_concat_, m, &conf_map);
      if (loc_map == nullptr || loc_map != conf_map)
        refuse(*m_.conf[m].conv, "reads another feature map than the loc head beside it");
      if (graph_.producer(*m_.priors[m], "Input") != loc_map)
        refuse(*m_.priors[m], "its Input is not the feature map of its heads");
      maps.made_by[m] = loc_map;
    }
    return maps;
  }

  // The network and its priors must see the same fed image.
  void match_images() {
    const Op &first = *m_.layers[0].conv;
    const Op *feed = conv_input(graph_, m_.layers[0]);
    if (feed == nullptr || feed->type != "feed") refuse(first, "the first convolution does not read a fed image");
    m_.input_var = output_arg(*feed, "Out");
    for (const Op *prior : m_.priors)
      if (graph_.producer(*prior, "Image") != feed) refuse(*prior, "its Image is not the network's input");
  }

  const ProgramGraph &graph_;
  const Op *loc_concat_ = nullptr, *conf_concat_ = nullptr;
  MatchedOps m_;
};

}  // namespace

MatchedOps match_ops(const ProgramGraph &graph) { return Matcher(graph).match(); }

}  // namespace skiff::paddle
