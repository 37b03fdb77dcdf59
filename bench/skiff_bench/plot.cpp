// SPDX-License-Identifier: MIT
//
// The drawing is plain SVG 1.1 without scripts or fonts of its own; a circle tells its figures where a viewer shows titles.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/skiff_bench/report.h"
#include "tools/skiff/numbers.h"

namespace skiff::bench {
namespace {

constexpr double kWidth = 900, kHeight = 560, kLeft = 70, kRight = 30, kTop = 50, kBottom = 60;
constexpr double kLargestRadius = 30;  // of a step that takes half of the time
constexpr double kNamedShare = 0.015;  // of the time, below which names would only cover each other

std::string number(double value) { return fixed(value, 1); }

std::string escaped(const std::string &text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

// A logarithmic axis from `low` to `high`, on the page from `begin` to `end`.
struct Axis {
  double low, high, begin, end;
  double at(double value) const {
    const double clamped = std::min(std::max(value, low), high);
    return begin + (end - begin) * std::log(clamped / low) / std::log(high / low);
  }
  // 1, 2, 5, 10, ... inside the axis.
  std::vector<double> ticks() const {
    std::vector<double> values;
    for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
      for (const double step : {1.0, 2.0, 5.0})
        if (decade * step >= low && decade * step <= high) values.push_back(decade * step);
    return values;
  }
};

std::string line(double x1, double y1, double x2, double y2, const char *style) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\" " +
         style + "/>\n";
}

std::string label(double x, double y, const std::string &text, const char *style) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + style + ">" + escaped(text) + "</text>\n";
}

double intensity(const StepFacts &step) { return step.bytes > 0 ? double(step.macs) / double(step.bytes) : 0; }
double speed(const StepFacts &step) { return step.times.p50 > 0 ? double(step.macs) / step.times.p50 * 1e-6 : 0; }

class Plot {
 public:
  explicit Plot(const Report &report) : r_(report) {
    double low_x = 1e9, high_x = 0, low_y = 1e9;
    for (const StepFacts &step : r_.steps) {
      low_x = std::min(low_x, intensity(step));
      high_x = std::max(high_x, intensity(step));
      low_y = std::min(low_y, speed(step));
      total_ms_ += step.times.p50;
    }
    x_ = {std::max(low_x, 1e-3) / 2, std::max(high_x, 1e-2) * 2, kLeft, kWidth - kRight};
    const double top = std::max(r_.roof.fma_gmacs, 1e-3);
    y_ = {std::min(std::max(low_y, 1e-4), top / 2) / 1.5, top * 1.5, kHeight - kBottom, kTop};
  }

  std::string svg() const {
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 560\" font-family=\"sans-serif\" font-size=\"12\">\n";
    out += "<rect width=\"900\" height=\"560\" fill=\"#fff\"/>\n";
    out += label(kLeft, 24,
                 "Skiff on " + r_.machine.cpu + ": " + r_.isa + ", " + std::to_string(r_.threads) +
                     (r_.threads == 1 ? " thread, " : " threads, ") + fixed(r_.network.p50, 2) + " ms",
                 "font-size=\"15\" fill=\"#222\"");
    return out + axes() + roof() + circles() + "</svg>\n";
  }

 private:
  std::string axes() const {
    std::string out;
    for (const double tick : x_.ticks()) {
      out += line(x_.at(tick), y_.begin, x_.at(tick), y_.end, "stroke=\"#e6e6e6\"");
      out += label(x_.at(tick), y_.begin + 18, shortest(tick), "text-anchor=\"middle\" fill=\"#555\"");
    }
    for (const double tick : y_.ticks()) {
      out += line(x_.begin, y_.at(tick), x_.end, y_.at(tick), "stroke=\"#e6e6e6\"");
      out += label(x_.begin - 8, y_.at(tick) + 4, shortest(tick), "text-anchor=\"end\" fill=\"#555\"");
    }
    out += label((x_.begin + x_.end) / 2, kHeight - 16, "multiply-adds a byte moved", "text-anchor=\"middle\" fill=\"#222\"");
    return out + label(16, kTop - 10, "GMAC/s", "fill=\"#222\"");
  }

  // Memory's slope up to the multiply-adds' ceiling.
  std::string roof() const {
    const double peak = r_.roof.fma_gmacs, bandwidth = r_.roof.memory_gbps;
    if (peak <= 0) return "";
    const double ridge = bandwidth > 0 ? std::max(peak / bandwidth, x_.low) : x_.low;
    const char *style = "stroke=\"#b03030\" stroke-width=\"2\"";
    std::string out = line(x_.at(ridge), y_.at(peak), x_.end, y_.at(peak), style);
    out += label(x_.end, y_.at(peak) - 8, fixed(peak, 1) + " GMAC/s", "text-anchor=\"end\" fill=\"#b03030\"");
    const double low = bandwidth > 0 ? std::max(x_.low, y_.low / bandwidth) : ridge;
    if (low >= ridge) return out;
    out += line(x_.at(low), y_.at(low * bandwidth), x_.at(ridge), y_.at(peak), style);
    return out + label(x_.at(low) + 10, y_.at(low * bandwidth) - 8, fixed(bandwidth, 1) + " GB/s", "fill=\"#b03030\"");
  }

  // Large ones first, so that none is covered.
  std::string circles() const {
    std::vector<StepFacts> steps = r_.steps;
    std::sort(steps.begin(), steps.end(), [](const StepFacts &a, const StepFacts &b) { return a.times.p50 > b.times.p50; });
    std::string out;
    std::vector<std::pair<double, double>> names;  // where they begin: the slower steps have theirs, others where there is room
    for (const StepFacts &step : steps) {
      const double share = total_ms_ > 0 ? step.times.p50 / total_ms_ : 0,
                   radius = std::max(3.0, kLargestRadius * std::sqrt(2 * share));
      const double x = x_.at(intensity(step)), y = y_.at(speed(step));
      out += "<circle cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"" + number(radius) +
             "\" fill=\"#2a6fb0\" fill-opacity=\"0.45\" stroke=\"#2a6fb0\"><title>" + escaped(step.name) + ": " +
             fixed(step.times.p50 * 1000, 1) + " us, " + fixed(speed(step), 1) + " GMAC/s, " +
             fixed(percent_of_roofline(r_.roof, step), 1) + " % of roofline</title></circle>\n";
      const double name_x = x + radius + 3;
      const auto covers = [&](const std::pair<double, double> &other) {
        return std::fabs(other.first - name_x) < 80 && std::fabs(other.second - y) < 11;
      };
      if (share < kNamedShare || std::any_of(names.begin(), names.end(), covers)) continue;
      names.emplace_back(name_x, y);
      out += label(name_x, y + 4, step.name, "fill=\"#222\" font-size=\"11\"");
    }
    return out;
  }

  const Report &r_;
  Axis x_ = {}, y_ = {};
  double total_ms_ = 0;
};

}  // namespace

std::string roofline_svg(const Report &report) { return Plot(report).svg(); }

}  // namespace skiff::bench
