// SPDX-License-Identifier: MIT
//
// A report for people, for programs, and as a picture.
#pragma once
#include <string>

#include "bench/skiff_bench/measure.h"

namespace skiff::bench {

// Lines of text; layers and stages where they were asked for.
std::string report_text(const Options &options, const Report &report);

// One JSON object, with all that was measured: load_ms, first_run_ms, network {min_ms, p50_ms, ...}, stages, layers, arena_bytes,
// peak_rss_kb, fma_peak_gmacs, percent_of_fma_peak (of the fastest run), against, machine, model.
std::string report_json(const Options &options, const Report &report);

// The steps under the machine's roofline, as SVG: speed over multiply-adds a byte, both logarithmic; a circle's area is the
// step's share of the time.
std::string roofline_svg(const Report &report);

}  // namespace skiff::bench
