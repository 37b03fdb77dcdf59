// SPDX-License-Identifier: MIT
//
// Model directories of every form, made here from a small model, and the shipped one.
#include <doctest/doctest.h>

#include <functional>

#include "tests/support/paddle_write.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"

using namespace skiff;
using namespace skiff::paddle;
using namespace skiff::test;

namespace {

constexpr char kServing[] =
    "feed_var { name: \"image\" alias_name: \"photo\" } fetch_var { name: \"out\" alias_name: \"score\" }";
constexpr char kPirJson[] = "{\"base_code\":{\"magic\":\"pir\",\"version\":1},\"program\":{}}";

const SmallModel &model() {
  static const SmallModel small;
  return small;
}

void write_variables(const ScratchDir &dir, const std::string &prefix = "", const Params &params = model().params) {
  for (const auto &[name, tensor] : params) dir.write(prefix + name, write_tensor(tensor));
}

void write_model(const ScratchDir &dir, const std::string &name = "__model__") {
  dir.write(name, write_program(model().program));
}

Source read(const std::string &path, const std::string &params_file = "") { return read_source(path, {params_file}); }

void check_params(const Params &params) {
  REQUIRE(params.size() == model().params.size());
  for (const auto &[name, tensor] : model().params) CHECK(same_tensor(params.at(name), tensor));
}

// Reads the small model, all of it.
Source check_model(const std::string &path, const std::string &form, const std::string &params_file = "") {
  const Source source = read(path, params_file);
  CHECK(source.form == form);
  CHECK(source.has_program);
  CHECK(source.params_problem == "");
  CHECK(source.program.ops.size() == model().program.ops.size());
  check_params(source.params);
  return source;
}

Source check_checkpoint(const std::string &path, const std::string &form) {
  const Source source = read(path);
  CHECK(source.form == form);
  CHECK(!source.has_program);
  CHECK(source.program.ops.empty());
  check_params(source.params);
  return source;
}

bool has(const std::string &text, const std::string &part) {
  if (text.find(part) != text.npos) return true;
  MESSAGE(text);
  return false;
}

std::string refusal(const std::string &path, const std::string &params_file = "") {
  try {
    read(path, params_file);
    return "";
  } catch (const Error &error) {
    return error.what();
  }
}

std::string problem(const std::string &path, const std::string &params_file = "") {
  const Source source = read(path, params_file);
  CHECK(source.params.empty());
  CHECK(source.program.ops.size() == model().program.ops.size());
  return source.params_problem;
}

constexpr char kSeparate[] = "fluid inference directory, one file per variable";
constexpr char kCombined[] = "fluid inference directory, combined parameters";

}  // namespace

TEST_CASE("fluid, one file per variable") {
  const ScratchDir dir;
  write_model(dir);
  write_variables(dir);
  dir.write("README.md", "a model");
  check_model(dir.path(), kSeparate);
  check_model(dir.path() + "/", kSeparate);
  check_model(dir.path("__model__"), kSeparate);
}

TEST_CASE("fluid, combined, by the names that users give") {
  for (const char *name : {"__params__", "params", "weights.bin"}) {
    CAPTURE(name);
    const ScratchDir dir;
    write_model(dir);
    dir.write(name, write_combined(model().params));
    check_model(dir.path(), kCombined);
  }
  const ScratchDir studio;
  write_model(studio, "mobilenet-ssd-model");
  studio.write("mobilenet-ssd-params", write_combined(model().params));
  studio.write("mobilenet-ssd-params-retrain", write_combined({{"x", float_tensor({3})}}));
  check_model(studio.path(), kCombined);
  check_model(studio.path("mobilenet-ssd-model"), kCombined);
}

TEST_CASE("parameters named by --params") {
  const ScratchDir dir, elsewhere;
  write_model(dir);
  dir.write("__params__", "not these");
  check_model(dir.path(), kCombined, elsewhere.write("any name", write_combined(model().params)));
  check_model(dir.path(), "fluid inference directory, .pdparams", elsewhere.write("x.pdparams", write_pickle(model().params)));
  write_variables(elsewhere, "vars/");
  check_model(dir.path(), kSeparate, elsewhere.path("vars"));
  CHECK(has(problem(dir.path()), "/__params__: parameter 'conv2d_0.w_0' (record 1 of 3, at byte 0): not a LoDTensor"));
  CHECK(has(refusal(dir.path(), elsewhere.path("absent")), "absent: cannot open"));
}

TEST_CASE("Paddle 2") {
  const ScratchDir dir;
  write_model(dir, "ssd.pdmodel");
  dir.write("ssd.pdiparams", write_combined(model().params));
  dir.write("ssd.pdiparams.info", "\x80\x02}.");
  const char form[] = "Paddle 2 inference model, combined parameters";
  check_model(dir.path(), form);
  check_model(dir.path("ssd.pdmodel"), form);
  check_model(dir.path("ssd"), form);
  // With a checkpoint beside it the inference model is still the better source.
  dir.write("ssd.pdparams", write_pickle({{"x", float_tensor({1})}}));
  check_model(dir.path(), form);
  // fluid.save leaves the training program, which is none to convert, and all parameters.
  std::filesystem::remove(dir.path("ssd.pdiparams"));
  dir.write("ssd.pdparams", write_pickle(model().params));
  check_checkpoint(dir.path(), "training checkpoint without a program, .pdparams");
  check_model(dir.path("ssd.pdmodel"), "Paddle 2 inference model, .pdparams");
}

TEST_CASE("Paddle Serving") {
  const ScratchDir dir;
  write_model(dir, "serving_server/__model__");
  write_variables(dir, "serving_server/");
  dir.write("serving_server/serving_server_conf.prototxt", kServing);
  dir.write("serving_server/fluid_time_file", "");
  dir.write("serving_client/serving_client_conf.prototxt", kServing);
  for (const std::string &path : {dir.path(), dir.path("serving_server")}) {
    const Source source = check_model(path, "Paddle Serving directory, one file per variable");
    CHECK(source.feed_name == "image");
    CHECK(source.feed_alias == "photo");
    CHECK(source.fetch_name == "out");
    CHECK(source.fetch_alias == "score");
  }
  std::filesystem::remove(dir.path("serving_server/serving_server_conf.prototxt"));
  const ProtoWriter feed = ProtoWriter().text(1, "image").text(2, "picture");
  dir.write("serving_server/serving_server_conf.stream.prototxt", ProtoWriter().message(1, feed).bytes());
  CHECK(read(dir.path("serving_server")).feed_alias == "picture");
  dir.write("serving_server/serving_server_conf.prototxt", "feed_var {");
  CHECK(has(refusal(dir.path()), "serving_server_conf.prototxt: not a Serving configuration, or a damaged one: line 1"));
}

TEST_CASE("bare checkpoints") {
  const ScratchDir dir;
  write_variables(dir);
  dir.write("conv2d_0.w_0_velocity_0", "cut short");
  dir.write("conv2d_2.b_0_moment1_0", write_tensor(float_tensor({4})));
  dir.write("label_list", "background\n");
  dir.write("_SUCCESS", "");
  CHECK(check_checkpoint(dir.path(), "training checkpoint without a program, one file per variable").labels.size() == 1);

  // Not named after a parameter: kept, and the matcher's to ignore.
  dir.write("learning_rate_0", write_tensor(float_tensor({1})));
  CHECK(read(dir.path()).params.size() == model().params.size() + 1);

  const ScratchDir pickled;
  pickled.write("best.pdparams", write_pickle(model().params));
  pickled.write("best.pdopt", write_pickle({{"conv2d_0.w_0_velocity_0", float_tensor({1})}}));
  check_checkpoint(pickled.path(), "training checkpoint without a program, .pdparams");
  check_checkpoint(pickled.path("best.pdparams"), "training checkpoint without a program, .pdparams");
  pickled.write("last.pdparams", write_pickle(model().params));
  CHECK(has(refusal(pickled.path()), "several checkpoints ('best.pdparams', 'last.pdparams'): give the path of the one"));
}

TEST_CASE("what a tar unpacks to") {
  const ScratchDir dir;
  dir.write("unpacked/ssd/.hidden/x", "");
  dir.write("unpacked/__MACOSX/x", "");
  dir.write("unpacked/ssd/notes.txt", "notes");
  write_model(dir, "unpacked/ssd/model/__model__");
  write_variables(dir, "unpacked/ssd/model/");
  dir.write("unpacked/labels.txt", "a\nb\n");
  CHECK(check_model(dir.path("unpacked"), kSeparate).labels == std::vector<std::string>{"a", "b"});
}

TEST_CASE("labels beside the model") {
  const ScratchDir dir;
  write_model(dir);
  write_variables(dir);
  CHECK(read(dir.path()).labels.empty());
  dir.write("label_list.txt",
            "\xEF\xBB\xBF"
            "background\r\ntraffic light \n\n\n");
  CHECK(read(dir.path()).labels == std::vector<std::string>{"background", "traffic light"});
  dir.write("label_list", "a\n\nc\n");
  CHECK(has(refusal(dir.path()), "label_list: line 2 is empty, expected a label"));
}

TEST_CASE("unused parameters are not held, and need no files") {
  SmallModel changed;
  changed.add_param("aa_unused", {5});
  ScratchDir dir;
  dir.write("__model__", write_program(changed.program));
  write_variables(dir);
  check_params(read(dir.path()).params);
  dir.write("__params__", write_combined(changed.params));
  check_params(read(dir.path()).params);
}

TEST_CASE("the checksum names the model, not its files") {
  const ScratchDir separate, combined, other;
  write_model(separate);
  write_variables(separate);
  write_model(combined);
  combined.write("params", write_combined(model().params));
  const uint64_t checksum = read(separate.path()).checksum;
  CHECK(checksum == read(combined.path()).checksum);
  Params params = model().params;
  params["conv2d_2.b_0"].bytes[3] ^= 1;
  write_model(other);
  write_variables(other, "", params);
  CHECK(checksum != read(other.path()).checksum);
}

TEST_CASE("a program without its parameters is still read") {
  const ScratchDir dir;
  write_model(dir);
  CHECK(has(problem(dir.path()), "holds none of the program's 3 parameters: looked for __params__"));
  CHECK(read(dir.path()).form == "fluid inference directory, no parameters");
  write_variables(dir);
  std::filesystem::remove(dir.path("conv2d_10.w_0"));
  CHECK(has(problem(dir.path()), "parameter 'conv2d_10.w_0' is missing: expected a file of that name (1 of 3"));
}

TEST_CASE("damaged parameters are named, with expected and found") {
  const ScratchDir dir;
  write_model(dir);
  write_variables(dir);
  const std::string record = write_tensor(model().params.at("conv2d_10.w_0"));
  dir.write("conv2d_10.w_0", record.substr(0, record.size() - 3));
  CHECK(has(problem(dir.path()), "/conv2d_10.w_0: truncated: FP32 [4, 2, 1, 1] needs 32 bytes of data, found 29"));
  dir.write("conv2d_10.w_0", record + "xy");
  CHECK(has(problem(dir.path()), "/conv2d_10.w_0: 2 bytes left after its tensor, expected none"));
  dir.write("conv2d_10.w_0", "");
  CHECK(has(problem(dir.path()), "/conv2d_10.w_0: truncated"));

  dir.write("params", write_combined(model().params).substr(0, 300));
  CHECK(has(problem(dir.path()), "/params: parameter 'conv2d_10.w_0' (record 2 of 3, at byte 246): truncated"));

  const ScratchDir bare;
  write_variables(bare);
  bare.write("conv2d_10.w_0", "");
  CHECK(has(refusal(bare.path()), "/conv2d_10.w_0: truncated: its LoDTensor version needs 4 bytes, found 0"));
  bare.write("conv2d_10.w_0", record + record);
  CHECK(has(refusal(bare.path()), "bytes left after its tensor, expected none (were it a combined file"));
}

TEST_CASE("names of variables lead nowhere but into the directory") {
  const std::string names[] = {"../outside", "/etc/passwd", "sub/x", "..", ".", std::string("a\0b", 3), std::string(300, 'x')};
  const ScratchDir outer;
  outer.write("outside", write_tensor(float_tensor({2})));
  for (const std::string &name : names) {
    CAPTURE(name);
    SmallModel hostile;
    hostile.add_param(name, {2});
    hostile.add_op("relu", {{"X", {name}}}, {{"Out", {"out"}}}, {});
    const ScratchDir dir;
    dir.write("__model__", write_program(hostile.program));
    write_variables(dir);
    const Source source = read(dir.path());
    CHECK(source.params.empty());
    CHECK(has(source.params_problem, "in its name, which cannot be the name of a file: refused"));
    // No path is made of them in a combined file.
    dir.write("__params__", write_combined(hostile.params));
    CHECK(read(dir.path()).params.count(name) == 1);
  }
}

TEST_CASE("no model, several, or another's") {
  const ScratchDir dir;
  CHECK(has(refusal(dir.path("absent")), "absent: cannot open: No such file or directory"));
  CHECK(has(refusal(dir.path()), ": holds no Paddle model: looked for __model__, X.pdmodel"));
  dir.write("notes.txt", "hello");
  CHECK(has(refusal(dir.path()), "holds no Paddle model"));
  CHECK(has(refusal(dir.path("notes.txt")), "/notes.txt: not a Paddle program, or a damaged one"));
  CHECK(has(refusal(dir.path(), dir.path("notes.txt")), "holds no program, which the parameters of"));
  CHECK(has(refusal(dir.write("lite/model.nb", "\1")), "model.nb: a model optimised by Paddle-Lite"));
  CHECK(has(refusal(dir.path()), "holds no Paddle model"));
  CHECK(has(refusal(dir.path("lite")), "optimised by Paddle-Lite"));
  dir.write("model.tar.gz", "\x1f\x8b\x08");
  CHECK(has(refusal(dir.path()), "model.tar.gz: a packed archive: unpack it and give the directory"));
  CHECK(has(refusal(dir.path("model.tar.gz")), "a packed archive"));
  dir.write("inference.json", kPirJson);
  CHECK(has(refusal(dir.path()), "inference.json: a program of Paddle 3 (PIR), which skiff does not read"));
  CHECK(has(refusal(dir.path("inference.json")), "a program of Paddle 3"));
  CHECK(
      has(refusal(dir.write("weights", write_combined(model().params))), "holds parameters and no program: give the directory"));
  write_model(dir, "a.pdmodel");
  write_model(dir, "b.pdmodel");
  CHECK(has(refusal(dir.path()), "holds several programs ('a.pdmodel', 'b.pdmodel'): give the path of the one to read"));
  dir.write("__model__", "\x0A\x05");
  CHECK(has(refusal(dir.path()), "/__model__: not a Paddle program, or a damaged one: needs 5 more bytes but has 0"));
}

TEST_CASE("the shipped model") {
  const Source source = read(source_path("weights/mobilenet-ssd-half-voc"));
  CHECK(source.form == kCombined);
  CHECK(source.params_problem == "");
  CHECK(source.params.size() == 199);
  CHECK(source.program.ops.size() == 183);
  CHECK(source.labels.size() == 21);
  CHECK(source.feed_alias == "");
}
