// SPDX-License-Identifier: MIT
//
// Letters as pen strokes, drawn for Skiff: a bitmap font is sharp at one size only, and pictures come from thumbnails to 50
// megapixels. The grid is 20 units from the capitals' top (y = 0) to the baseline (y = k); small letters begin at 6 and hang down
// to q (26).
//
// A stroke is a row of points, each two characters 0-9a-z (0 to 35): x, y. "~" makes the next point the control point of a
// quadratic curve to the one behind it. A space lifts the pen; a lone point is a dot.
#include "tools/image/font.h"

#include <algorithm>
#include <cmath>

namespace skiff {
namespace {

constexpr char kFirst = ' ', kLast = '~', kUnknown = '?';
constexpr float kCapUnits = 20, kGapUnits = 5.5f, kPenUnits = 2.7f;
constexpr int kCurvePieces = 6;

struct Glyph {
  uint8_t width;  // units, without the gap
  const char *strokes;
};

constexpr Glyph kGlyphs[kLast - kFirst + 1] = {
    {4, ""},                                                            // space
    {1, "000d 0k"},                                                     // !
    {4, "0005 4045"},                                                   // "
    {14, "513j b19j 16d6 0dcd"},                                        // #
    {12, "b3~9160~0105~096a~cbcf~cj6j~2j0g 606m"},                      // $
    {15, "c02k 30~6063~6636~0603~0030 ce~feeh~ekbk~8k8h~8ece"},         // %
    {13, "dk36~2060~a094~883a~0c0f~0k5k~bkcc"},                         // &
    {1, "0005"},                                                        // '
    {4, "40~040b~0i4m"},                                                // (
    {4, "00~444b~4i0m"},                                                // )
    {10, "505a 1298 1892"},                                             // *
    {12, "676j 0dcd"},                                                  // +
    {2, "1k0o"},                                                        // ,
    {8, "0c8c"},                                                        // -
    {1, "0k"},                                                          // .
    {9, "900m"},                                                        // /
    {12, "60~c0ca~ck6k~0k0a~0060"},                                     // 0
    {12, "24707k"},                                                     // 1
    {12, "04~1060~c0c5~c90kck"},                                        // 2
    {12, "03~2060~b0b5~ba5a 5a~cacf~ck6k~2k0h"},                        // 3
    {12, "9k900ece"},                                                   // 4
    {12, "b01009~3767~c7cd~ck6k~2k0h"},                                 // 5
    {12, "b3~9070~000d~0k6k~ckce~c868~180d"},                           // 6
    {12, "00c04k"},                                                     // 7
    {12, "6a~1a15~1060~b0b5~ba6a~0a0f~0k6k~ckcf~ca6a"},                 // 8
    {12, "1h~3k5k~ckc7~c060~0006~0c6c~bcc7"},                           // 9
    {1, "08 0k"},                                                       // :
    {2, "18 1k0o"},                                                     // ;
    {11, "b60dbk"},                                                     // <
    {11, "0ab9 0gbg"},                                                  // =
    {11, "06bd0k"},                                                     // >
    {10, "04~0050~a0a5~a85b5e 5k"},                                     // ?
    {18, "d7~d696~565b~5g9g~dgdb d6dd~dgfg~igia~i090~000b~0m9m~dmfl"},  // @
    {14, "0k70ek 2dcd"},                                                // A
    {13, "000k7k~dkdf~da7a0a 0060~c0c5~ca6a"},                          // B
    {13, "d4~b070~000a~0k7k~bkdg"},                                     // C
    {13, "0050~d0da~dk5k0k00"},                                         // D
    {11, "b0000kbk 0a9a"},                                              // E
    {11, "b0000k 0a9a"},                                                // F
    {13, "d4~b070~000a~0k7k~dkdedb8b"},                                 // G
    {13, "000k d0dk 0ada"},                                             // H
    {1, "000k"},                                                        // I
    {8, "808e~8k4k~0k0g"},                                              // J
    {12, "000k c00d 49ck"},                                             // K
    {10, "000kak"},                                                     // L
    {16, "0k008eg0gk"},                                                 // M
    {13, "0k00dkd0"},                                                   // N
    {14, "70~e0ea~ek7k~0k0a~0070"},                                     // O
    {12, "0k0070~c0c6~cc7c0c"},                                         // P
    {14, "70~e0ea~ek7k~0k0a~0070 9fem"},                                // Q
    {12, "0k0070~c0c6~cc7c0c 6cck"},                                    // R
    {12, "b3~9060~0005~096a~cbcf~ck6k~2k0h"},                           // S
    {12, "00c0 606k"},                                                  // T
    {12, "000d~0k6k~ckcdc0"},                                           // U
    {14, "007ke0"},                                                     // V
    {18, "005k94dki0"},                                                 // W
    {12, "00ck c00k"},                                                  // X
    {12, "006ac0 6a6k"},                                                // Y
    {12, "00c00kck"},                                                   // Z
    {4, "40000m4m"},                                                    // [
    {9, "009m"},                                                        // backslash
    {4, "00404m0m"},                                                    // ]
    {10, "0650a6"},                                                     // ^
    {11, "0nbn"},                                                       // _
    {3, "0034"},                                                        // `
    {11, "18~2666~b6bbbk bc5c~0c0g~0k5k~9kbh"},                         // a
    {12, "000k 0a~2666~c6cd~ck6k~2k0g"},                                // b
    {11, "b9~9666~060d~0k6k~9kbh"},                                     // c
    {12, "c0ck ca~a666~060d~0k6k~akcg"},                                // d
    {12, "0dcd~c666~060d~0k6k~akbh"},                                   // e
    {8, "80~30353k 0676"},                                              // f
    {12, "ca~a666~060d~0k6k~akcg c6ck~cq6q~3q1o"},                      // g
    {11, "000k 0b~1666~b6bcbk"},                                        // h
    {1, "060k 00"},                                                     // i
    {3, "363m~3q0q 30"},                                                // j
    {10, "000k a60e 4bak"},                                             // k
    {3, "000h~0k3k"},                                                   // l
    {18, "060k 0b~1656~969b9k 9b~a6e6~i6ibik"},                         // m
    {11, "060k 0b~1666~b6bcbk"},                                        // n
    {12, "66~c6cd~ck6k~0k0d~0666"},                                     // o
    {12, "060q 0a~2666~c6cd~ck6k~2k0g"},                                // p
    {12, "c6cq ca~a666~060d~0k6k~akcg"},                                // q
    {7, "060k 0c~1676"},                                                // r
    {10, "a8~8656~0609~0c5d~aeag~ak5k~2k0i"},                           // s
    {8, "313g~3k8k 0686"},                                              // t
    {11, "060e~0k5k~akbf b6bk"},                                        // u
    {12, "066kc6"},                                                     // v
    {16, "064k88ckg6"},                                                 // w
    {11, "06bk b60k"},                                                  // x
    {12, "066k c65n~4q1q"},                                             // y
    {11, "06b60kbk"},                                                   // z
    {5, "50~2025~2a0b~2c2h~2m5m"},                                      // {
    {1, "000m"},                                                        // |
    {5, "00~3035~3a5b~3c3h~3m0m"},                                      // }
    {12, "0e~0a3a~5a6c~7e9e~ceca"},                                     // ~
};

const Glyph &glyph_of(char c) { return kGlyphs[(c < kFirst || c > kLast ? kUnknown : c) - kFirst]; }

struct Point {
  float x, y;
};

int units(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

// Follows a glyph's strokes with a pen.
class Pen {
 public:
  Pen(Point origin, float scale) : origin_(origin), scale_(scale) {}

  std::vector<Segment> trace(const char *strokes) {
    bool is_down = false;
    for (const char *s = strokes; *s != 0;) {
      if (*s == ' ') {
        is_down = false;
        ++s;
        continue;
      }
      const bool is_curve = *s == '~';
      const Point first = point(s + is_curve);
      if (is_curve) {
        curve(first, point(s + 3));
      } else if (is_down) {
        line(first);
      } else {
        at_ = first;
        line(first);  // a dot, unless more follows
      }
      is_down = true;
      s += is_curve ? 5 : 2;
    }
    return std::move(segments_);
  }

 private:
  Point point(const char *s) const {
    return {origin_.x + scale_ * float(units(s[0])), origin_.y + scale_ * (float(units(s[1])) - kCapUnits)};
  }

  void line(Point to) {
    segments_.push_back({at_.x, at_.y, to.x, to.y});
    at_ = to;
  }

  void curve(Point control, Point to) {
    const Point from = at_;
    for (int i = 1; i <= kCurvePieces; ++i) {
      const float t = float(i) / kCurvePieces, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
      line({a * from.x + b * control.x + c * to.x, a * from.y + b * control.y + c * to.y});
    }
  }

  Point origin_;
  float scale_;
  Point at_ = {0, 0};
  std::vector<Segment> segments_;
};

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // a later byte of a UTF-8 character
    if (c >= kFirst && c <= kLast) {
      out += c;
    } else if (!continues || out.empty()) {
      out += kUnknown;
    }
  }
  return out;
}

float text_width(std::string_view text, float cap_px) {
  float width = 0;
  for (const char c : text) width += glyph_of(c).width + kGapUnits;
  return std::max(0.f, width - kGapUnits + kPenUnits) * cap_px / kCapUnits;
}

void draw_text(Image *image, float x, float baseline, std::string_view text, float cap_px, Colour colour) {
  const float scale = cap_px / kCapUnits, pen_px = std::max(1.2f, kPenUnits * scale);
  Point origin = {x + kPenUnits / 2 * scale, baseline};
  for (const char c : text) {
    const Glyph &glyph = glyph_of(c);
    stroke_segments(image, Pen(origin, scale).trace(glyph.strokes), pen_px, colour, 1);
    origin.x += (glyph.width + kGapUnits) * scale;
  }
}

}  // namespace skiff
