// SPDX-License-Identifier: MIT
//
// .pdparams as Python writes them (tests/support/pickles.py, at test time), and as an attacker would.
#include <doctest/doctest.h>

#include <limits>

#include "tests/support/hostile.h"
#include "tests/support/npy.h"
#include "tests/support/paddle_write.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"

using namespace skiff;
using namespace skiff::paddle;
using namespace skiff::test;

namespace {

// The fixtures' directory; written once.
const ScratchDir &fixtures() {
  static const ScratchDir directory;
  static const int status =
      std::system(("/usr/bin/python3 '" + source_path("tests/support/pickles.py") + "' '" + directory.path() + "'").c_str());
  REQUIRE(status == 0);
  return directory;
}

std::string fixture(const std::string &name) { return read_text(fixtures().path(name)); }

void read_pickle_bytes(const uint8_t *data, size_t size) { parse_pickle(data, size); }

Params read_fixture(const std::string &name) {
  const std::string bytes = fixture(name);
  return parse_pickle(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
}

std::string refusal(const std::string &name) { return parse_hostile(fixture(name), read_pickle_bytes); }

template <typename T>
Tensor tensor_of(DataType type, const std::vector<int64_t> &dims, const std::vector<T> &values) {
  Tensor tensor;
  tensor.type = type;
  tensor.dims = dims;
  tensor.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

// GOOD of pickles.py.
Params expected_params() {
  return {
      {"conv2d_0.w_0", float_tensor({2, 3, 1, 2}, -5)},
      {"batch_norm_0.b_0", tensor_of<float>(DataType::kFp32, {3}, {1.5f, -0.0f, 3e38f})},
      {"counter", tensor_of<int64_t>(DataType::kInt64, {2}, {200, -7})},
      {"empty", tensor_of<float>(DataType::kFp32, {0, 4}, {})},
      {"scalar", tensor_of<float>(DataType::kFp32, {}, {2.5f})},
  };
}

bool has(const std::string &text, const std::string &part) {
  if (text.find(part) != text.npos) return true;
  MESSAGE(text);
  return false;
}

constexpr const char *kForms[] = {"plain", "ordered", "dygraph", "tensors", "static", "split", "slow"};

}  // namespace

TEST_CASE("every form and protocol gives the same parameters") {
  for (const std::string form : kForms) {
    for (int protocol = 2; protocol <= 5; ++protocol) {
      const std::string name = form + "-" + std::to_string(protocol);
      CAPTURE(name);
      const Params params = read_fixture(name), expected = expected_params();
      CHECK(params.size() == expected.size());
      for (const auto &entry : expected) {
        CAPTURE(entry.first);
        REQUIRE(params.count(entry.first) == 1);
        CHECK(same_tensor(params.at(entry.first), entry.second));
      }
    }
  }
}

TEST_CASE("what Python 2 wrote is read") {
  const Params params = read_fixture("python2");
  CHECK(params.size() == 1);
  CHECK(same_tensor(params.at("conv2d_0.w_0"), float_tensor({2, 3, 1, 2}, -5)));
}

TEST_CASE("everything but arrays is refused by name") {
  const std::pair<const char *, const char *> cases[] = {
      {"system", "pickle asks for 'posix.system': refused, skiff loads arrays only"},
      {"eval", "pickle asks for 'eval': refused"},
      {"eval-text", "pickle asks for 'eval': refused"},
      {"getattr", ".getattr': refused"},
      {"subclass", "pickle asks for '__main__.Subclass': refused"},
      {"complex", ".complex': refused"},
      {"fortran", "entry 'x': an array in Fortran order, expected C order"},
      {"big-endian", "entry 'x': big-endian elements, expected little-endian"},
      {"objects", "entry 'x': an array of Python objects, expected numbers"},
      {"records", "entry 'x': elements of dtype 'V8', expected f2"},
      {"text-array", "entry 'x': elements of dtype 'U2', expected f2"},
      {"unsigned", "entry 'x': elements of dtype 'u2', expected f2"},
      {"list", "holds a list, expected a dict of arrays"},
      {"nested", "entry 'model': a dict, expected an array: save the layer's state_dict() itself"},
      {"integer-key", "a dict with an integer as key, expected a string"},
      {"set", ""},
  };
  for (const auto &[what, text] : cases)
    for (int protocol = 2; protocol <= 5; ++protocol) {
      const std::string name = std::string("bad-") + what + "-" + std::to_string(protocol);
      CAPTURE(name);
      const std::string found = refusal(name);
      CHECK(!found.empty());
      CHECK(has(found, text));
    }
  CHECK(has(refusal("bad-inst"), "pickle asks for 'os.system': refused"));
  CHECK(has(refusal("bad-build"), "pickle asks for the state of a dict to be set: refused"));
  CHECK(has(refusal("bad-persistent"), "opcode 'Q' is none that arrays need at byte 9"));
  CHECK(has(refusal("bad-extension"), "opcode '\\x82'"));
  CHECK(has(refusal("bad-protocol"), "protocol 6, expected 2 to 5"));
}

TEST_CASE("bombs end early and small") {
  const std::pair<const char *, const char *> cases[] = {
      {"laughs", "entry 'x': a list, expected an array"},
      {"shared", "more memory than its size justifies"},
      {"shared-2", "more memory"},
      {"slices", "more memory"},
      {"empty-slices", "more memory"},
      {"deep-list", "more memory"},
      {"deep-small", "entry 'x': a list"},
      {"deep-tuple", "more memory"},
      {"deep-dict", "more memory"},
      {"marks", "more memory"},
      {"tuples", "more memory"},
      {"dups", "more memory"},
      {"memo", "more memory"},
      {"length-text", "needs 4294967295 more bytes but has 2"},
      {"length-bytes8", "needs 18446744073709551615 more bytes but has 1"},
      {"length-long", "needs 4294967295 more bytes"},
      {"frame", "ends inside a frame"},
      {"build-dtype", "a dtype of unknown state"},
      {"self", "entry 'x': a dict, expected an array"},
      {"self-list", "a dict with a list as key"},
  };
  for (const auto &bomb : cases) {
    CAPTURE(bomb.first);
    CHECK(has(refusal(std::string("bad-") + bomb.first), bomb.second));
  }
}

TEST_CASE("a pickle cut short is refused at every byte") {
  for (const std::string form : kForms)
    for (const char *protocol : {"-2", "-4", "-5"}) {
      const std::string bytes = fixture(form + protocol);
      for (size_t size = 0; size < bytes.size(); ++size) CHECK(!parse_hostile(bytes.substr(0, size), read_pickle_bytes).empty());
    }
}

TEST_CASE("a damaged pickle is refused or read, and nothing else") {
  for (const char *name : {"plain-2", "ordered-4", "dygraph-4", "tensors-5", "static-3", "split-2", "python2"})
    parse_mutated(fixture(name), read_pickle_bytes, 10000);
}
