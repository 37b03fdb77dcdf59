// SPDX-License-Identifier: MIT
#include "bench/skiff_bench/report.h"
#include "tools/skiff/console.h"
#include "tools/skiff/numbers.h"

namespace skiff::bench {
namespace {

std::string line(const char *label, const std::string &text) { return left(label, 16) + text + "\n"; }

std::string ms(double value) { return fixed(value, value < 1 ? 3 : 2); }

std::string mib(uint64_t bytes) { return fixed(double(bytes) / 1048576, 2) + " MiB"; }

std::string percent(double value) { return fixed(value, 1) + " %"; }

std::string times(const Summary &s) {
  return "min " + ms(s.min) + "  p50 " + ms(s.p50) + "  p90 " + ms(s.p90) + "  p95 " + ms(s.p95) + "  p99 " + ms(s.p99) +
         "  p99.9 " + ms(s.p999) + "  MAD " + fixed(s.mad, 3) + " ms, " + std::to_string(s.runs) + " runs";
}

std::string machine_text(const Report &r) {
  std::string isa;
  for (const std::string &name : r.machine.isa) isa += " " + name;
  std::string text = line("machine", one_line(r.machine.cpu) + ", " + std::to_string(r.machine.cpus) + " CPUs, " +
                                         (r.machine.mhz > 0 ? fixed(r.machine.mhz, 0) + " MHz, " : "") + r.machine.kernel);
  text += line("kernels", r.isa + " (this build and this CPU have" + isa + ")");
  return text + line("limits", fixed(r.roof.fma_gmacs, 1) + " GMAC/s, " + fixed(r.roof.memory_gbps, 1) + " GB/s read; " +
                                   std::to_string(r.threads) + (r.threads == 1 ? " thread" : " threads"));
}

std::string stages_text(const StageTimes &s) {
  std::string text = "\n" + left("photo", 16) + one_line(s.image) + ", " + std::to_string(s.width) + "x" +
                     std::to_string(s.height) + ", " + std::to_string(s.file_bytes) + " bytes\n";
  text += line("decode", times(s.decode)) + line("preprocess", times(s.preprocess)) + line("network", times(s.network));
  text += line("softmax, boxes", times(s.softmax_decode)) + line("NMS", times(s.nms)) + line("all", times(s.total));
  text += "\n" + left("frame", 16) + "NV21, " + std::to_string(kFrameWidth) + "x" + std::to_string(kFrameHeight) + "\n";
  return text + line("preprocess", times(s.frame)) + line("turned by 90", times(s.turned_frame));
}

std::string layer_row(const std::string &name, const std::string &us, const std::string &macs, const std::string &kilobytes,
                      const std::string &speed, const std::string &roof) {
  return left(name, 28) + right(us, 10) + right(macs, 10) + right(kilobytes, 10) + right(speed, 10) + right(roof, 12) + "\n";
}

std::string layers_text(const Report &r) {
  std::string text = "\n" + layer_row("step", "p50 us", "M MAC", "kB", "GMAC/s", "of roofline");
  double total_ms = 0;
  for (const StepFacts &step : r.steps) {
    const double p50 = step.times.p50;
    total_ms += p50;
    std::string name = step.layers.front();
    if (step.layers.size() > 1) name += (step.layers.size() > 2 ? " .. " : " + ") + step.name;
    text += layer_row(name, fixed(p50 * 1000, 1), fixed(double(step.macs) * 1e-6, 2), fixed(double(step.bytes) * 1e-3, 0),
                      fixed(p50 > 0 ? double(step.macs) / p50 * 1e-6 : 0, 1), percent(percent_of_roofline(r.roof, step)));
  }
  return text + layer_row("sum", fixed(total_ms * 1000, 1), fixed(double(r.macs) * 1e-6, 2), "", fixed(r.gmacs(total_ms), 1), "");
}

std::string peers_text(const Report &r) {
  std::string text = "\n";
  for (const PeerTimes &peer : r.peers) {
    text += line(peer.name.c_str(), times(peer.network));
    text += line("", "load " + ms(peer.load_ms) + " ms, first run " + ms(peer.first_run_ms) + " ms, " +
                         percent(r.percent_of_fma_peak(peer.network.min)) + " of FMA peak, differs from skiff by at most " +
                         general(peer.max_error, 2) + (peer.version.empty() ? "" : "; version " + peer.version));
    text += line("", "takes " + fixed(peer.network.min / r.network.min, 3) + "x skiff's time by the fastest run, " +
                         fixed(peer.network.p50 / r.network.p50, 3) + "x by the median");
  }
  return text;
}

}  // namespace

std::string report_text(const Options &options, const Report &r) {
  std::string text = machine_text(r);
  text += line("model", one_line(r.weights) + ", " + mib(r.weights_bytes) + ", " + std::to_string(r.info.input_width_px) + "x" +
                            std::to_string(r.info.input_height_px) + ", " + std::to_string(r.info.class_count) + " classes, " +
                            fixed(double(r.macs) * 1e-6, 1) + " M MAC");
  text += line("memory", "arena " + mib(r.info.arena_bytes) + ", engine " + mib(r.info.memory_bytes) + "; process " +
                             mib(r.memory.rss_kb * 1024) + ", at most " + mib(r.memory.peak_rss_kb * 1024));
  text += line("load", ms(r.load_ms) + " ms");
  text += line("first run",
               ms(r.first_run_ms) + " ms, " + fixed(r.network.p50 > 0 ? r.first_run_ms / r.network.p50 : 0, 2) + "x the median");
  text += line("network", times(r.network));
  text += line("", fixed(r.network.p50 > 0 ? 1000 / r.network.p50 : 0, 1) + " images/s; " + fixed(r.gmacs(r.network.min), 1) +
                       " GMAC/s, " + percent(r.percent_of_fma_peak(r.network.min)) + " of FMA peak by the fastest run, " +
                       percent(r.percent_of_fma_peak(r.network.p50)) + " by the median");
  if (!r.peers.empty()) text += peers_text(r);
  if (!r.stages.image.empty()) text += stages_text(r.stages);
  if (options.shows_layers) text += layers_text(r);
  return text;
}

}  // namespace skiff::bench
