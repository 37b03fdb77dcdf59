// SPDX-License-Identifier: MIT
//
// skiff inspect for people: one fact a line, its name in front, then two tables.
#include <algorithm>

#include "engine/golden.h"
#include "tools/skiff/console.h"
#include "tools/skiff/inspect_write.h"
#include "tools/skiff/numbers.h"

namespace skiff {
namespace {

constexpr size_t kNameWidth = 12;
constexpr size_t kLineWidth = 118;

std::string line(const std::string &name, const std::string &value) { return left(name, kNameWidth) + one_line(value) + "\n"; }

// Words after a name, in as many lines as they need.
std::string wrapped(const std::string &name, const std::vector<std::string> &words) {
  std::string text = left(name, kNameWidth);
  size_t used = kNameWidth;
  for (const std::string &word : words) {
    const std::string shown = one_line(word);
    if (used > kNameWidth && used + shown.size() + 2 > kLineWidth) {
      text += "\n" + left("", kNameWidth);
      used = kNameWidth;
    }
    text += (used > kNameWidth ? "  " : "") + shown;
    used += shown.size() + 2;
  }
  return text + "\n";
}

std::string size(uint32_t w, uint32_t h) { return std::to_string(w) + "x" + std::to_string(h); }
std::string size(uint32_t w, uint32_t h, uint32_t c) { return size(w, h) + "x" + std::to_string(c); }

std::string list(const float *values, uint32_t count) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + shortest(values[i]);
  return text.empty() ? "-" : text;
}

std::string top_k(int32_t count, const std::string &what) {
  return count < 0 ? "all " + what : "the best " + std::to_string(count) + " " + what;
}

std::string head_text(const ModelFacts &facts) {
  const ModelRecord &model = *facts.view.model;
  std::string text = line("file", facts.weights->path);
  text +=
      line("size", std::to_string(facts.weights->file.size()) + " bytes, format " + std::to_string(facts.view.header->version));
  text += line("origin", facts.view.origin);
  if (*facts.view.feed_alias)
    text += line("serving", std::string("feed ") + facts.view.feed_alias + ", fetch " + facts.view.fetch_alias);
  text += line("network", "MobileNet-SSD, " + fixed(double(facts.macs) / 1e9, 4) + " GMACs, " +
                              fixed(double(facts.parameters) / 1e6, 2) + "M parameters");
  text += line("input", size(model.input_w, model.input_h, 3) + ", channels " + channels_in_words(model.recipe));
  return text;
}

std::string recipe_text(const ModelFacts &facts) {
  const ModelRecord &model = *facts.view.model;
  const Recipe &recipe = model.recipe;
  std::string text = line("recipe", recipe.name);
  text += line("", "1. picture to " + size(model.input_w, model.input_h) + " pixels by " + resize_in_words(recipe) +
                       "; its aspect ratio is not kept");
  text += line("", "2. channels in the order " + channels_in_words(recipe));
  text += line("", "3. value = " + formula_in_words(recipe) + "   (0 becomes " + general(input_value(recipe, 0, 0), 4) +
                       ", 255 becomes " + general(input_value(recipe, 255, 0), 4) + ")");
  return text;
}

std::string labels_text(const ModelFacts &facts) {
  const int32_t background = facts.view.model->nms.background_label;
  std::vector<std::string> words;
  for (size_t c = 0; c < facts.labels.size(); ++c) words.push_back(std::to_string(c) + " " + facts.labels[c]);
  std::string text = wrapped("labels", words);
  const bool has_background = background >= 0 && size_t(background) < facts.labels.size();
  return text + line("background", has_background
                                       ? std::to_string(background) + " " + facts.labels[size_t(background)] + ", never reported"
                                       : "none");
}

std::string nms_text(const ModelFacts &facts) {
  const NmsRecord &nms = facts.view.model->nms;
  std::string text =
      line("detections", "score above " + shortest(nms.score_threshold) + ", " + top_k(nms.nms_top_k, "of a class") + ", then " +
                             top_k(nms.keep_top_k, "of a picture"));
  return text + line("", "a box that overlaps a better one of its class by more than " + shortest(nms.nms_threshold) +
                             " is dropped (eta " + shortest(nms.nms_eta) + ")");
}

std::string golden_text(const ModelFacts &facts) {
  const GoldenRecord &golden = *facts.view.golden;
  return line("golden", "answer to the input of seed " + hex(golden.seed) + ": loc " + std::to_string(golden.loc_elems) +
                            ", conf " + std::to_string(golden.conf_elems) + " floats; skiff selftest replays it");
}

std::string priors_text(const ModelFacts &facts) {
  std::string text = line("priors", std::to_string(facts.view.model->prior_count) + ", sizes in pixels of the input");
  text += "  " + left("map", 14) + left("cells", 9) + right("each", 6) + right("priors", 8) + "  " + left("min", 10) +
          left("max", 10) + left("ratios", 10) + left("step", 8) + left("offset", 8) + left("variances", 18) + "flags\n";
  for (const MapFacts &map : facts.maps) {
    const PriorRecord &r = map.record;
    const std::string step = r.step_w == 0 || r.step_h == 0 ? "auto" : shortest(r.step_w) + " " + shortest(r.step_h);
    const std::string flags =
        std::string(r.flip ? "flip" : "") + (r.clip ? " clip" : "") + (r.min_max_aspect_ratios_order ? " order" : "");
    text += "  " + left(map.layer, 14) + left(size(map.width_px, map.height_px), 9) + right(std::to_string(map.per_cell), 6) +
            right(std::to_string(map.prior_count), 8) + "  " + left(list(r.min_sizes, r.min_size_count), 9) + " " +
            left(list(r.max_sizes, r.max_size_count), 9) + " " + left(list(r.aspect_ratios, r.aspect_ratio_count), 9) + " " +
            left(step, 7) + " " + left(shortest(r.offset), 8) + left(list(r.variances, 4), 17) + " " + flags + "\n";
  }
  return text;
}

std::string layers_text(const ModelFacts &facts) {
  std::string text = "layers\n  " + left("name", 13) + left("operation", 17) + left("reads", 13) + left("input", 14) +
                     left("output", 14) + left("act", 7) + right("MMACs", 9) + right("parameters", 12) + right("bytes", 11) +
                     "\n";
  for (const LayerFacts &layer : facts.layers) {
    const LayerRecord &r = layer.record;
    const LayerShape &s = layer.shape;
    text += "  " + left(layer.graph->name, 13) + left(layer.operation + (r.stride == 2 ? "/2" : ""), 17) + left(layer.input, 13) +
            left(size(s.in_w, s.in_h, r.in_c), 14) + left(size(s.out_w, s.out_h, r.out_c), 14) + left(layer.activation, 7) +
            right(fixed(double(layer.macs) / 1e6, 3), 9) + right(std::to_string(layer.parameters), 12) +
            right(std::to_string(layer.bytes), 11) + "\n";
  }
  return text + "  " + left("total", 78) + right(fixed(double(facts.macs) / 1e6, 3), 9) +
         right(std::to_string(facts.parameters), 12) + right(std::to_string(facts.parameter_bytes), 11) + "\n";
}

}  // namespace

std::string facts_as_text(const ModelFacts &facts) {
  return head_text(facts) + recipe_text(facts) + labels_text(facts) + nms_text(facts) + golden_text(facts) + priors_text(facts) +
         layers_text(facts);
}

}  // namespace skiff
