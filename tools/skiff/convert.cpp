// SPDX-License-Identifier: MIT
//
// skiff convert: a Paddle model in, one .skiff file out. What was found and assumed is printed, since a wrong recipe or label
// list is what goes wrong most and shows last.
#include "tools/paddle/convert.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/paddle/canonical.h"
#include "tools/paddle/recipes.h"
#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/json_write.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace skiff {
namespace {

constexpr uint64_t kMaxLabelBytes = 1 << 20;

struct Arguments {
  std::string source, output, params, labels, recipe = "paddle-voc", resize, order;
  std::vector<float> mean, scale, deviation;
  std::optional<float> divisor;
  paddle::ConvertOptions convert;
  bool is_random = false;
  paddle::RandomSpec random;
};

void set_three(const std::vector<float> &values, const char *option, float *out) {
  if (values.size() != 1 && values.size() != 3)
    throw UsageError(std::string(option) + " takes one number, or three in the tensor's order");
  for (size_t c = 0; c < 3; ++c) out[c] = values[values.size() == 1 ? 0 : c];
}

// The named recipe with what the options change in it; its name then says that it is no longer the named one.
Recipe make_recipe(const Arguments &a) {
  Recipe recipe = paddle::find_recipe(a.recipe);
  const Recipe named = recipe;
  if (a.resize == "lanczos") recipe.resize_rule = uint32_t(ResizeRule::kPillowLanczos);
  if (a.resize == "bilinear") recipe.resize_rule = uint32_t(ResizeRule::kPillowBilinear);
  if (a.resize == "cv-bilinear") recipe.resize_rule = uint32_t(ResizeRule::kCvBilinear);
  if (!a.order.empty()) recipe.channel_order = uint32_t(a.order == "rgb" ? ChannelOrder::kRgb : ChannelOrder::kBgr);
  recipe.pixel_divisor = a.divisor.value_or(recipe.pixel_divisor);
  if (!a.mean.empty()) set_three(a.mean, "--mean", recipe.mean);
  if (!a.scale.empty() && !a.deviation.empty()) throw UsageError("--scale and --std exclude each other: std = 1 / scale");
  if (!a.scale.empty()) set_three(a.scale, "--scale", recipe.scale);
  if (!a.deviation.empty()) {
    set_three(a.deviation, "--std", recipe.scale);
    for (float &s : recipe.scale) s = 1.0f / s;
  }
  if (memcmp(&named, &recipe, sizeof recipe) != 0) {
    memset(recipe.name, 0, sizeof recipe.name);
    memcpy(recipe.name, "custom", 6);
  }
  return recipe;
}

std::vector<std::string> read_labels(const std::string &path) {
  if (path.empty()) return {};
  const std::vector<uint8_t> bytes = read_file(path, kMaxLabelBytes);
  std::vector<std::string> labels = split_lines({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (labels.empty()) throw Error(path + ": no labels in it; one a line is expected, the background first");
  return labels;
}

std::string summary(const paddle::Source &source, const paddle::Converted &converted, const Recipe &recipe,
                    const std::string &output) {
  const paddle::Network &n = converted.network;
  uint64_t parameters = 0;
  for (const paddle::ConvLayer &layer : n.layers) parameters += layer.weights.size() + layer.out_c;
  for (const auto *heads : {n.loc, n.conf})
    for (uint32_t m = 0; m < kMapCount; ++m) parameters += heads[m].weights.size() + heads[m].out_c;
  std::string text = "read      " + one_line(source.form) + "\n";
  text += "input     " + std::to_string(n.input_w) + "x" + std::to_string(n.input_h) + ", " + std::to_string(n.class_count) +
          " classes, " + std::to_string(parameters) + " parameters after folding\n";
  text +=
      std::string("recipe    ") + recipe.name + (recipe.name == std::string("paddle-voc") ? " (another by --recipe)" : "") + "\n";
  text += "nms       score " + shortest(n.nms.score_threshold) + ", overlap " + shortest(n.nms.nms_threshold) + ", top " +
          std::to_string(n.nms.nms_top_k) + " a class, keep " + std::to_string(n.nms.keep_top_k) + "\n";
  for (const std::string &note : converted.notes) text += "note      " + one_line(note) + "\n";
  text += "verified  against the unfolded program: max error " + shortest(converted.max_error) + "\n";
  return text + "wrote     " + one_line(output) + ", " + std::to_string(converted.file.size()) + " bytes\n";
}

// The model asked for: SRC, or one with random weights.
paddle::Source get_source(const Arguments &a) {
  if (a.is_random) return paddle::random_source(a.random);
  paddle::ReadOptions read;
  read.params_file = a.params;
  return paddle::read_source(a.source, read);
}

int run_convert(const Arguments &a) {
  if (a.is_random != a.source.empty()) throw UsageError("either SRC or --random says what to convert");
  paddle::ConvertOptions options = a.convert;
  options.recipe = make_recipe(a);
  options.labels = read_labels(a.labels);
  paddle::Source source = get_source(a);
  try {
    const paddle::Converted converted = paddle::convert(source, options);
    write_file_atomically(a.output, converted.file.data(), converted.file.size());
    write_stdout(summary(source, converted, options.recipe, a.output));
  } catch (const UsageError &) {
    throw;
  } catch (const Error &error) {
    const bool names_output = std::string(error.what()).compare(0, a.output.size(), a.output) == 0;
    if (names_output || a.is_random) throw;
    throw Error(a.source + ": " + error.what());
  }
  return 0;
}

constexpr char kNotes[] = R"(SRC is one of
  a fluid 1.x inference directory: __model__ with a file per variable, or with combined parameters
  a Paddle 2.x export: X.pdmodel with X.pdiparams
  a Paddle Serving server directory (its alias names are kept)
  a training checkpoint without a program: variable files, or a .pdparams
or the path of the program or checkpoint file in it. 8-bit models are converted to f32.

The converted network is run beside the unfolded program and refused if they differ by more than 1e-4.

Recipes: paddle-voc (LANCZOS, BGR, (x-127.5)*0.007843), aistudio (the same, RGB), android and serving (bilinear, RGB,
(x/255-0.5)/0.5). Values are ((x / divisor) - mean) * scale.

Examples:
  skiff convert ssd_mobilenet_v1_pascalvoc -o ssd.skiff
  skiff convert inference_model --params mobilenet-ssd-params --recipe aistudio --labels fruit.txt -o fruit.skiff
  skiff convert --random -o random.skiff               the published network's shape, to measure speed with
)";

void add_model_options(CLI::App *command, Arguments *a) {
  command->add_option("SRC", a->source, "Paddle model: a directory or a file in it");
  command->add_option("-o,--output", a->output, "weights file to write")->required()->type_name("OUT.skiff");
  command->add_option("--params", a->params, "file with the combined parameters (default: look for it)")->type_name("FILE");
  command->add_option("--labels", a->labels, "labels, one a line, background first (default: beside the model, or VOC's)")
      ->type_name("FILE");
}

void add_recipe_options(CLI::App *command, Arguments *a) {
  command->add_option("--recipe", a->recipe, "preprocessing: paddle-voc, aistudio, android, serving (default paddle-voc)")
      ->type_name("NAME")
      ->check(CLI::IsMember(paddle::recipe_names()));
  command->add_option("--resize", a->resize, "change the recipe: lanczos, bilinear (both as Pillow), cv-bilinear")
      ->type_name("RULE")
      ->check(CLI::IsMember({"lanczos", "bilinear", "cv-bilinear"}));
  command->add_option("--order", a->order, "change the recipe: rgb, bgr")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"rgb", "bgr"}));
  command->add_option("--divisor", a->divisor, "change the recipe: pixels are divided by this first")->type_name("N");
  command->add_option("--mean", a->mean, "change the recipe: then this is subtracted; one number or three")
      ->type_name("M")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--scale", a->scale, "change the recipe: then multiplied by this; one number or three")
      ->type_name("S")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--std", a->deviation, "change the recipe: or divided by this")
      ->type_name("D")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_nms_options(CLI::App *command, paddle::ConvertOptions *o) {
  const CLI::Validator unit = fraction(), count = CLI::Range(-1, 1 << 30);
  command->add_option("--score", o->score_threshold, "default score threshold (default: the program's)")
      ->type_name("S")
      ->check(unit);
  command->add_option("--nms", o->nms_threshold, "overlap above which NMS drops a box (default: the program's)")
      ->type_name("T")
      ->check(unit);
  command->add_option("--nms-eta", o->nms_eta, "NMS eta (default: the program's)")->type_name("E")->check(CLI::Range(0.001, 1.0));
  command->add_option("--nms-topk", o->nms_top_k, "candidates a class, -1 = all (default: the program's)")
      ->type_name("N")
      ->check(count);
  command->add_option("--topk", o->keep_top_k, "detections a picture, -1 = all (default: the program's)")
      ->type_name("N")
      ->check(count);
  command->add_option("--background", o->background_label, "class that is never reported, -1 = none (default: the program's)")
      ->type_name("C")
      ->check(count);
}

void add_random_options(CLI::App *command, Arguments *a) {
  CLI::Option *random = command->add_flag("--random", a->is_random, "no SRC: random weights, to measure speed with");
  command->add_option("--width", a->random.width, "random: channels, as a part of the published network's (default 1)")
      ->type_name("W")
      ->needs(random);
  command->add_option("--input", a->random.input_px, "random: width and height of the input in pixels (default 300)")
      ->type_name("N")
      ->needs(random);
  command->add_option("--classes", a->random.class_count, "random: classes, background included (default 21)")
      ->type_name("K")
      ->needs(random);
  command->add_option("--seed", a->random.seed, "random: another one, other weights (default 1)")->type_name("S")->needs(random);
}

}  // namespace

CLI::App *add_convert(CLI::App &app, std::function<int()> *run) {
  const auto a = std::make_shared<Arguments>();
  CLI::App *command = app.add_subcommand("convert", "make a weights file from a Paddle model");
  add_model_options(command, a.get());
  add_recipe_options(command, a.get());
  add_nms_options(command, &a->convert);
  add_random_options(command, a.get());
  command->footer(kNotes);
  command->callback([a, run] { *run = [a] { return run_convert(*a); }; });
  return command;
}

}  // namespace skiff
