// SPDX-License-Identifier: MIT
//
// Published models of every kind, where ../shared has them: read in each form, within twice their size.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/support/hostile.h"
#include "tests/support/json.h"
#include "tests/support/npy.h"
#include "tests/support/paddle_write.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"
#include "tools/paddle/network.h"

using namespace skiff;
using namespace skiff::paddle;
using namespace skiff::test;

namespace {

const std::string kVoc = "models/ssd_mobilenet_v1_pascalvoc";

Source read(const std::string &path, const std::string &params_file = "") { return read_source(path, {params_file}); }

// The published model; read once.
const Source &voc() {
  static const Source source = read(shared_path(kVoc));
  return source;
}

bool same_params(const Params &a, const Params &b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto &x, const auto &y) {
           return x.first == y.first && same_tensor(x.second, y.second);
         });
}

uint64_t bytes_of(const Params &params) {
  uint64_t bytes = 0;
  for (const auto &named : params) bytes += named.second.bytes.size();
  return bytes;
}

// Links to the files of a model, all but its program.
void link_variables(const ScratchDir &dir) {
  for (const auto &entry : std::filesystem::directory_iterator(shared_path(kVoc))) {
    const std::string name = entry.path().filename().string();
    if (name != "__model__") std::filesystem::create_symlink(std::filesystem::absolute(entry.path()), dir.path(name));
  }
}

std::string graph_refusal(const Source &source) {
  try {
    match_network(source);
    return "";
  } catch (const Error &error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("the published model, one file per variable") {
  CHECK(voc().form == "fluid inference directory, one file per variable");
  CHECK(voc().params_problem == "");
  CHECK(voc().program.ops.size() == 183);
  CHECK(voc().params.size() == 199);
  CHECK(bytes_of(voc().params) == 23285732);
  CHECK(voc().labels.empty());
}

TEST_CASE("its combined file, and a program of the other generation") {
  const std::string program = shared_path("models/ssd_mobilenet_v1_pascalvoc_1_7_program");
  const Json order = JsonReader(read_text(program + "/params_order.json")).document();
  std::vector<std::string> names;
  for (const auto &named : voc().params) names.push_back(named.first);
  std::vector<std::string> expected;
  for (const Json &name : order["combined_params_order"].items) expected.push_back(name.text);
  CHECK(names == expected);

  const ScratchDir dir;
  const std::string combined = write_combined(voc().params);
  CHECK(combined.size() == 23290970);  // as Paddle's own file
  const std::string file = dir.write("all", combined);
  const Source source = read(program, file);
  CHECK(source.params_problem == "");
  CHECK(same_params(source.params, voc().params));
  CHECK(same_params(read(program, shared_path(kVoc)).params, voc().params));

  dir.write("ssd.pdiparams", combined);
  dir.write("ssd.pdmodel", read_text(program + "/__model__"));
  CHECK(read(dir.path()).form == "Paddle 2 inference model, combined parameters");
  CHECK(read(dir.path()).checksum == source.checksum);
}

TEST_CASE("its checkpoint, as files and as a pickle") {
  const ScratchDir dir;
  link_variables(dir);
  dir.write("conv2d_0.w_0_velocity_0", "");
  const Source files = read(dir.path());
  CHECK(!files.has_program);
  CHECK(same_params(files.params, voc().params));

  const std::string pickle = write_pickle(voc().params);
  CHECK(parse_hostile(
            pickle, [](const uint8_t *data, size_t size) { CHECK(same_params(parse_pickle(data, size), voc().params)); }) == "");
  const Source pickled = read(dir.write("pickled/ssd.pdparams", pickle));
  CHECK(pickled.checksum == files.checksum);
}

TEST_CASE("the 8-bit sibling") {
  const Source source = read(shared_path(kVoc + "_8bit"));
  CHECK(source.params_problem == "");
  CHECK(source.params.size() == 199);
  size_t quantised = 0;
  for (const auto &[name, tensor] : source.params) {
    quantised += tensor.type == DataType::kInt8;
    CHECK(tensor.bytes.size() == tensor.elems() * (tensor.type == DataType::kInt8 ? 1 : 4));
    if (tensor.type == DataType::kInt8) CHECK(voc().params.at(name.substr(0, name.rfind(".int8"))).dims == tensor.dims);
  }
  CHECK(quantised == 47);
}

TEST_CASE("other models are read, and refused by their graph") {
  const Source blaze = read(shared_path("models/other/blazeface_paddle2"));
  CHECK(blaze.form == "Paddle 2 inference model, combined parameters");
  CHECK(blaze.params_problem == "");
  CHECK(blaze.params.size() == 198);
  const Source housing = read(shared_path("models/other/uci_housing"));
  CHECK(housing.form == "Paddle Serving directory, one file per variable");
  CHECK(housing.feed_alias == "x");
  CHECK(housing.fetch_name == "fc_0.tmp_1");
  CHECK(housing.fetch_alias == "price");
  const std::string stream = read_text(shared_path("models/other/uci_housing/serving_server_conf.stream.prototxt"));
  CHECK(parse_serving_stream(reinterpret_cast<const uint8_t *>(stream.data()), stream.size()).fetch_alias == "price");
  CHECK(read(shared_path("models/other/squeezenet_v1.1")).params.size() == 52);

  const Source graph = read(shared_path("models/other/ssd_mobilenet_v1_paddle2_graph_only"));
  CHECK(graph.params.empty());
  CHECK(graph.params_problem.find("holds none of the program's 247 parameters") != std::string::npos);
  const std::string refusal = graph_refusal(graph);
  CHECK(!refusal.empty());
  CHECK(refusal != graph.params_problem);
}

TEST_CASE("real programs take less than twice their size") {
  const char *programs[] = {"ssd_mobilenet_v1_pascalvoc/__model__",
                            "ssd_mobilenet_v1_pascalvoc_8bit/__model__",
                            "ssd_mobilenet_v1_pascalvoc_1_7_program/__model__",
                            "other/blazeface_paddle2/model.pdmodel",
                            "other/ssd_mobilenet_v1_paddle2_graph_only/__model__",
                            "other/squeezenet_v1.1/__model__"};
  const auto parse = [](const uint8_t *data, size_t size) { parse_program(data, size); };
  for (const char *name : programs) {
    CAPTURE(name);
    const std::string program = read_text(shared_path(std::string("models/") + name));
    CHECK(parse_hostile(program, parse) == "");
    parse_mutated(program, parse, 100);
  }
}

int main(int argc, char **argv) {
  if (!has_shared(kVoc, "published models in every form") || !has_shared("models/other", "published models in every form"))
    return 77;
  return doctest::Context(argc, argv).run();
}
