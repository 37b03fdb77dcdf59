// SPDX-License-Identifier: MIT
//
// skiff-bench: how fast the network runs here, where the time goes, and how far that is from what the machine can do.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "bench/skiff_bench/against.h"
#include "bench/skiff_bench/report.h"
#include "tools/skiff/console.h"
#include "tools/skiff/help.h"
#include "tools/skiff/row.h"
#include "tools/support/error.h"
#include "tools/support/file.h"

namespace {

using namespace skiff;
using namespace skiff::bench;

constexpr char kNotes[] =
    R"(Times are wall-clock milliseconds from the input tensor to loc and conf; --stages goes from a JPEG in memory to boxes.
Percentages are of what this machine did in this run: multiply-adds in registers, and memory read in order, by as many threads.

Examples:
  skiff-bench --layers --stages
  skiff-bench --threads 2 --cpus 0,1 --against xnnpack,onednn
  skiff convert --random -o full.skiff && skiff-bench --weights full.skiff --json
)";

void add_run_options(CLI::App *app, Options *o) {
  app->add_option("--weights", o->weights, "model to run (default: the one shipped with skiff)")->type_name("FILE");
  app->add_option("--threads", o->threads, "threads for the network (default 1)")->type_name("N")->check(CLI::Range(1, 256));
  add_cpu_options(app, &o->cpus);
  app->add_option("--warmup", o->warmup, "runs that are not timed (default 3)")->type_name("N")->check(CLI::Range(0, 100000));
  app->add_option("--runs", o->runs, "timed runs, at least (default 30)")->type_name("N")->check(CLI::Range(1, 100000));
  app->add_option("--min-seconds", o->min_seconds, "time to run for, at least (default 2)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  std::string others;
  for (const std::string &name : backend_names()) others += ", " + name;
  app->add_option("--backend", o->backend, "what runs the network: native" + others + " (default native)")->type_name("NAME");
  app->add_option("--cpu-mask", o->cpu_mask, "strongest kernels to use: ref, avx2, avx512, neon, all (default all)")
      ->type_name("ISA")
      ->check(CLI::IsMember({"ref", "avx2", "avx512", "neon", "all"}));
}

void add_report_options(CLI::App *app, Options *o) {
  app->add_flag("--layers", o->shows_layers, "show every step of the network");
  app->add_flag("--stages", o->shows_stages, "show every stage from a photo to boxes");
  app->add_option("--image", o->image, "photo for the stages and rows (default: a shipped one)")->type_name("FILE");
  app->add_option("--decoder", o->decoder, "JPEG decoder: auto, turbo, stb (default auto)")
      ->type_name("D")
      ->check(CLI::IsMember({"auto", "turbo", "stb"}));
  app->add_flag("--rows", o->is_rows,
                "print what is found in the photo, as skiff detect --format rows does, and measure nothing");
  app->add_flag("--json", o->is_json, "print one JSON object with everything");
  app->add_option("--plot", o->plot, "draw the steps under the machine's roofline")->type_name("OUT.svg");
  std::string names;
  for (const std::string &name : yardstick_names()) names += (names.empty() ? "" : ", ") + name;
  app->add_option("--against", o->against, "run other libraries by turns: " + (names.empty() ? "none in this build" : names))
      ->type_name("NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false);
}

int run_bench(const Options &options) {
  if (options.is_rows) {
    std::string text;
    for (const skiff_box &box : detect_photo(options)) text += row_text(box);
    write_stdout(text);
    return 0;
  }
  const Report report = measure(options);
  if (!options.plot.empty()) {
    const std::string svg = roofline_svg(report);
    write_file_atomically(options.plot, svg.data(), svg.size());
  }
  write_stdout(options.is_json ? report_json(options, report) : report_text(options, report));
  return 0;
}

int complain(const std::string &reason, int status) {
  std::fprintf(stderr, "skiff-bench: %s\n", one_line(reason).c_str());
  return status;
}

}  // namespace

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Measures how fast Skiff runs on this machine.", "skiff-bench");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kNotes);
  Options options;
  try {
    add_run_options(&app, &options);
    add_report_options(&app, &options);
    app.parse(argc, argv);
    return run_bench(options);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return complain(error.what() + std::string(" (see skiff-bench --help)"), 2);
  } catch (const UsageError &error) {
    return complain(error.what() + std::string(" (see skiff-bench --help)"), 2);
  } catch (const BrokenPipe &) {
    return 1;
  } catch (const std::bad_alloc &) {
    return complain("not enough memory", 1);
  } catch (const std::exception &error) {
    return complain(error.what(), 1);
  }
}
