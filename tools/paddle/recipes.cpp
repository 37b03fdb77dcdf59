// SPDX-License-Identifier: MIT
//
// Sources: PaddlePaddle/models PaddleCV/ssd/reader.py; the AI Studio SSD notebook; Paddle-Lite-Demo's SSD predictor; a
// WebService subclass of Paddle Serving that reads with OpenCV.
#include "tools/paddle/recipes.h"

#include <cstring>

#include "tools/support/error.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

struct NamedRecipe {
  const char *name;
  ResizeRule resize;
  ChannelOrder order;
  float divisor, mean, scale;
};

constexpr NamedRecipe kRecipes[] = {
    {"paddle-voc", ResizeRule::kPillowLanczos, ChannelOrder::kBgr, 1.0f, 127.5f, 0.007843f},
    {"aistudio", ResizeRule::kPillowLanczos, ChannelOrder::kRgb, 1.0f, 127.5f, 0.007843f},
    {"android", ResizeRule::kCvBilinear, ChannelOrder::kRgb, 255.0f, 0.5f, 2.0f},
    {"serving", ResizeRule::kCvBilinear, ChannelOrder::kRgb, 255.0f, 0.5f, 2.0f},
};

}  // namespace

Recipe find_recipe(const std::string &name) {
  for (const NamedRecipe &known : kRecipes) {
    if (name != known.name) continue;
    Recipe recipe = {};
    memcpy(recipe.name, known.name, strlen(known.name));
    recipe.resize_rule = uint32_t(known.resize);
    recipe.channel_order = uint32_t(known.order);
    recipe.pixel_divisor = known.divisor;
    for (float &mean : recipe.mean) mean = known.mean;
    for (float &scale : recipe.scale) scale = known.scale;
    return recipe;
  }
  std::string text;
  for (const std::string &known : recipe_names()) text += " " + known;
  throw UsageError("unknown recipe " + quoted(name) + "; known:" + text);
}

const std::vector<std::string> &recipe_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const NamedRecipe &recipe : kRecipes) list.push_back(recipe.name);
    return list;
  }();
  return names;
}

}  // namespace skiff::paddle
