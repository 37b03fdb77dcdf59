// SPDX-License-Identifier: MIT
//
// skiff selftest: does the network, on this machine, still answer what it answered when the weights file was made?
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/golden.h"
#include "engine/weights_read.h"
#include "tools/skiff/backend_arg.h"
#include "tools/skiff/command.h"
#include "tools/skiff/console.h"
#include "tools/skiff/numbers.h"
#include "tools/skiff/stopwatch.h"
#include "tools/skiff/weights_arg.h"

namespace skiff {
namespace {

// What skiff_selftest does, by another backend. The engine has checked the file.
skiff_status selftest_backend(const Engine &engine, Backend *backend, float *max_error) {
  WeightsView view;
  engine.check(weights_open(engine.weights().file.data(), engine.weights().file.size(), &view, nullptr));
  std::vector<float> input(size_t(view.model->input_h) * view.model->input_w * 3);
  std::vector<float> loc(view.golden->loc_elems), conf(view.golden->conf_elems);
  golden_input(view.golden->seed, input.data(), input.size());
  backend->run(input.data(), loc.data(), conf.data());
  *max_error = std::max(max_relative_error(loc.data(), view.golden_loc, loc.size()),
                        max_relative_error(conf.data(), view.golden_conf, conf.size()));
  return *max_error <= kSelftestLimit ? SKIFF_OK : SKIFF_ERR_SELFTEST;
}

int run_selftest(const std::string &path, const std::string &backend_name) {
  Stopwatch watch;
  Engine engine(open_weights(path), default_config());
  Backend backend(backend_name, engine.weights(), 1);
  const double load_ms = watch.lap_ms();
  float max_error = 0;
  const skiff_status status =
      backend.is_native() ? skiff_selftest(engine.get(), &max_error) : selftest_backend(engine, &backend, &max_error);
  const double network_ms = watch.lap_ms();
  if (status != SKIFF_ERR_SELFTEST) engine.check(status);
  write_stdout(one_line(engine.weights().path) + ": " + (status == SKIFF_OK ? "OK" : "FAILED") + ", max error " +
               shortest(max_error) + ", load " + fixed(load_ms, 1) + " ms, network " + fixed(network_ms, 1) + " ms, kernels " +
               (backend.is_native() ? engine.info().isa : backend_name) + "\n");
  return status == SKIFF_OK ? 0 : 1;
}

constexpr char kNotes[] =
    R"(The golden input is made, run through the network, and the answer compared with the one stored in the file:
max error is the largest |a-b| / (1+|b|). Exit status: 0 OK, 1 FAILED (above 1e-4) or the file cannot be used.
)";

}  // namespace

CLI::App *add_selftest(CLI::App &app, std::function<int()> *run) {
  const auto path = std::make_shared<std::string>(), backend = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("selftest", "replay a model's golden tensors on this machine");
  add_weights_option(command, path.get());
  add_backend_option(command, backend.get());
  command->footer(kNotes);
  command->callback([path, backend, run] { *run = [path, backend] { return run_selftest(*path, *backend); }; });
  return command;
}

}  // namespace skiff
