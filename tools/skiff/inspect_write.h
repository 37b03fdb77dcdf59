// SPDX-License-Identifier: MIT
//
// The three shapes of skiff inspect's answer.
#pragma once
#include <string>

#include "tools/skiff/model_facts.h"

namespace skiff {

std::string facts_as_text(const ModelFacts &facts);  // lines for people
std::string facts_as_json(const ModelFacts &facts);  // one object on one line
std::string facts_as_dot(const ModelFacts &facts);   // a digraph. Source: graphviz.org/doc/info/lang.html

}  // namespace skiff
