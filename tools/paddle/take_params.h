// SPDX-License-Identifier: MIT
//
// Numbers for a matched program: parameters and attributes, every shape and value checked.
#pragma once
#include "tools/paddle/match.h"

namespace skiff::paddle {

// Throws Error naming the parameter with what was expected and found, or the op whose attribute is not usable.
Network take_network(const Source &source, const MatchedOps &ops);

}  // namespace skiff::paddle
