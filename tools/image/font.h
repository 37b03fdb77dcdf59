// SPDX-License-Identifier: MIT
//
// Text of any size in a font of strokes, ASCII 32 to 126. `cap_px` is the height of a capital letter; small letters reach three
// tenths of it below the baseline.
#pragma once
#include <string>
#include <string_view>

#include "tools/image/canvas.h"

namespace skiff {

// `text` in UTF-8 as the font can show it: '?' for each character (or stray byte) that it does not have.
std::string printable(std::string_view text);

// Width of printable text in pixels.
float text_width(std::string_view text, float cap_px);

// Draws printable text with its left edge at `x` and its letters standing on `baseline`.
void draw_text(Image *image, float x, float baseline, std::string_view text, float cap_px, Colour colour);

}  // namespace skiff
