// SPDX-License-Identifier: MIT
//
// .pdparams into Params: what the dict that PickleMachine leaves means. Paddle's own conventions inside it:
//   StructuredToParameterName@@  of dygraph: the keys are attribute paths ("backbone.conv1.weight"), this dict gives their
//   parameters (name, array)                a tensor of paddle.save with its parameter's name UnpackBigParamInfor@@        of
//   protocols 2 and 3: arrays above 1 GB, saved as flat slices under names of their own
// Source: fluid/io.py of Paddle 1.7, framework/io.py and io_utils.py of 2.6 (_build_saved_state_dict, _unpack_saved_dict).
#include <map>
#include <utility>

#include "tools/paddle/pickle_machine.h"
#include "tools/paddle/program.h"
#include "tools/paddle/tensor.h"
#include "tools/support/text.h"

namespace skiff::paddle {
namespace {

using Entries = std::map<std::string_view, PickleValue>;

constexpr uint64_t kMapNodeBytes = 48;  // of libstdc++ on 64 bits, with the allocator's own, rounded up
constexpr std::string_view kNameTable = "StructuredToParameterName@@", kSliceTable = "UnpackBigParamInfor@@";

struct DtypeName {
  std::string_view name;
  DataType type;
};

constexpr DtypeName kDtypes[] = {
    {"f4", DataType::kFp32},  {"f2", DataType::kFp16},  {"f8", DataType::kFp64},
    {"i1", DataType::kInt8},  {"u1", DataType::kUint8}, {"i2", DataType::kInt16},
    {"i4", DataType::kInt32}, {"i8", DataType::kInt64}, {"b1", DataType::kBool},
};

DataType element_type(const PickleMachine::Dtype &dtype) {
  if (dtype.byte_order == '>') throw Error("big-endian elements, expected little-endian");
  for (const DtypeName &known : kDtypes)
    if (known.name == dtype.name) return known.type;
  if (!dtype.name.empty() && dtype.name[0] == 'O') throw Error("an array of Python objects, expected numbers");
  throw Error("elements of dtype " + quoted(dtype.name) + ", expected f2, f4, f8, i1, i2, i4, i8, u1 or b1");
}

// Bytes that a kBytes or kLatin1 value stands for.
uint64_t decoded_bytes(const PickleValue &value) {
  if (value.kind == PickleValue::kBytes) return value.size;
  if (value.kind != PickleValue::kLatin1)
    throw Error(std::string("elements in ") + pickle_kind_name(value.kind) + ", expected bytes");
  uint64_t count = 0;
  for (size_t i = 0; i < value.size; ++i) count += (value.data[i] & 0xC0) != 0x80;
  return count;
}

// Appends them. Latin-1 in UTF-8: below 0x80 as they are, the others as C2 or C3 and a continuation byte.
void append_decoded(const PickleValue &value, std::vector<uint8_t> *out) {
  if (value.kind == PickleValue::kBytes) {
    out->insert(out->end(), value.data, value.data + value.size);
    return;
  }
  for (size_t i = 0; i < value.size; ++i) {
    const uint8_t lead = value.data[i];
    if (lead < 0x80) {
      out->push_back(lead);
      continue;
    }
    if ((lead & 0xFE) != 0xC2 || i + 1 == value.size || (value.data[i + 1] & 0xC0) != 0x80)
      throw Error("its elements are no Latin-1 text");
    out->push_back(uint8_t(lead << 6 | (value.data[++i] & 0x3F)));
  }
}

class Extractor {
 public:
  Extractor(const PickleMachine &machine, MemoryBudget *budget) : machine_(machine), budget_(budget) {}

  Params extract(const PickleValue &top) {
    if (top.kind != PickleValue::kDict)
      throw Error(std::string("holds ") + pickle_kind_name(top.kind) + ", expected a dict of arrays");
    Entries entries = index_dict(top);
    const auto names = entries.find(kNameTable);
    if (names != entries.end()) {
      names_ = index_table(names->second, kNameTable);
      entries.erase(names);
    }
    const auto slices = entries.find(kSliceTable);
    if (slices != entries.end()) {
      const Entries table = index_table(slices->second, kSliceTable);
      entries.erase(slices);
      for (const auto &[name, info] : table)
        with_name(name, [&, &key = name, &value = info] { add_slices(key, value, &entries); });
    }
    for (const auto &[name, value] : entries) with_name(name, [&, &key = name, &entry = value] { add_entry(key, entry); });
    return std::move(params_);
  }

 private:
  template <typename Run>
  static void with_name(std::string_view name, Run run) {
    try {
      run();
    } catch (const Error &error) {
      throw Error("entry " + quoted(name) + ": " + error.what());
    }
  }

  Entries index_dict(const PickleValue &dict) {
    Entries entries;
    PickleValue key;
    size_t i = 0;
    machine_.for_each(dict, [&](const PickleValue &item) {
      if (i++ % 2 == 0) {
        if (!item.is_text())
          throw Error(std::string("a dict with ") + pickle_kind_name(item.kind) + " as key, expected a string");
        key = item;
        return;
      }
      budget_->charge(kMapNodeBytes + sizeof(Entries::value_type));
      entries[key.text()] = item;
    });
    return entries;
  }

  Entries index_table(const PickleValue &value, std::string_view name) {
    if (value.kind != PickleValue::kDict)
      throw Error("entry " + quoted(name) + " is " + pickle_kind_name(value.kind) + ", expected a dict");
    return index_dict(value);
  }

  static void expect(const PickleValue &value, PickleValue::Kind kind, const char *what) {
    if (value.kind != kind)
      throw Error(std::string(what) + " is " + pickle_kind_name(value.kind) + ", expected " + pickle_kind_name(kind));
  }

  std::vector<int64_t> read_shape(const PickleValue &shape) {
    constexpr size_t kMaxDims = 32;  // numpy's own limit
    expect(shape, PickleValue::kTuple, "the shape");
    if (machine_.item_count(shape) > kMaxDims) throw Error("more than 32 dimensions");
    std::vector<int64_t> dims;
    dims.reserve(machine_.item_count(shape));
    machine_.for_each(shape, [&](const PickleValue &dim) {
      expect(dim, PickleValue::kInt, "a dimension");
      dims.push_back(dim.integer);
    });
    return dims;
  }

  const PickleMachine::Array &filled_array(const PickleValue &value, DataType *type) {
    expect(value, PickleValue::kArray, "the value");
    const PickleMachine::Array &array = machine_.array(value);
    if (!array.is_filled) throw Error("an array without contents");
    if (array.is_fortran) throw Error("an array in Fortran order, expected C order (numpy.ascontiguousarray)");
    *type = element_type(machine_.dtype(array.dtype));
    return array;
  }

  // Reserves room for a tensor that must take exactly `found_bytes`.
  Tensor make_tensor(DataType type, std::vector<int64_t> dims, uint64_t found_bytes) {
    Tensor tensor;
    const uint64_t bytes = checked_tensor_bytes(type, dims, found_bytes);
    if (bytes != found_bytes)
      throw Error(tensor_text(type, dims) + " needs " + std::to_string(bytes) + " bytes of data, found " +
                  std::to_string(found_bytes));
    tensor.type = type;
    tensor.dims = std::move(dims);
    tensor.bytes.reserve(size_t(bytes));
    return tensor;
  }

  void add_array(std::string_view name, const PickleValue &value) {
    DataType type;
    const PickleMachine::Array &array = filled_array(value, &type);
    const uint64_t bytes = decoded_bytes(array.data);
    budget_->charge(bytes);
    Tensor tensor = make_tensor(type, read_shape(array.shape), bytes);
    append_decoded(array.data, &tensor.bytes);
    add_param(name, std::move(tensor));
  }

  void add_param(std::string_view name, Tensor tensor) {
    budget_->charge(kMapNodeBytes + sizeof(Params::value_type) + name.size() + tensor.dims.size() * sizeof(int64_t));
    params_.insert_or_assign(std::string(name), std::move(tensor));
  }

  std::string_view parameter_name(std::string_view key) const {
    const auto found = names_.find(key);
    return found != names_.end() && found->second.is_text() ? found->second.text() : key;
  }

  void add_entry(std::string_view key, const PickleValue &value) {
    PickleValue name_array[2];
    switch (value.kind) {
      case PickleValue::kArray:
        return add_array(parameter_name(key), value);
      case PickleValue::kTuple:
        if (!machine_.get_items(value, name_array, 2) || !name_array[0].is_text()) break;
        return add_array(name_array[0].text(), name_array[1]);
      case PickleValue::kList:
      case PickleValue::kDict:
        break;
      default:
        return;  // an epoch, a learning rate: no parameter
    }
    throw Error(std::string(pickle_kind_name(value.kind)) + ", expected an array: save the layer's state_dict() itself");
  }

  // Joins an array that was saved in slices, and takes the slices out of `entries`.
  void add_slices(std::string_view key, const PickleValue &info, Entries *entries) {
    expect(info, PickleValue::kDict, "its slices' description");
    const Entries fields = index_dict(info);
    const auto shape = fields.find("OriginShape"), slices = fields.find("slices");
    if (shape == fields.end() || slices == fields.end()) throw Error("its slices' description lacks OriginShape or slices");
    expect(slices->second, PickleValue::kList, "the list of slices");
    uint64_t bytes = 0;
    DataType type = DataType::kFp32;
    for_each_slice(slices->second, *entries, [&](const PickleMachine::Array &slice, DataType slice_type) {
      if (bytes > 0 && slice_type != type) throw Error("slices of different types");
      type = slice_type;
      const uint64_t slice_bytes = decoded_bytes(slice.data);
      budget_->charge(slice_bytes + 16);  // 16: so that a list of nothings, named over and over, ends too
      bytes += slice_bytes;
    });
    Tensor tensor = make_tensor(type, read_shape(shape->second), bytes);
    for_each_slice(slices->second, *entries,
                   [&](const PickleMachine::Array &slice, DataType) { append_decoded(slice.data, &tensor.bytes); });
    machine_.for_each(slices->second, [&](const PickleValue &name) { entries->erase(name.text()); });
    add_param(parameter_name(key), std::move(tensor));
  }

  template <typename Visit>
  void for_each_slice(const PickleValue &slices, const Entries &entries, Visit visit) {
    machine_.for_each(slices, [&](const PickleValue &name) {
      if (!name.is_text()) throw Error("a slice whose name is no string");
      const auto slice = entries.find(name.text());
      if (slice == entries.end()) throw Error("its slice " + quoted(name.text()) + " is missing");
      DataType type;
      const PickleMachine::Array &array = filled_array(slice->second, &type);
      visit(array, type);
    });
  }

  const PickleMachine &machine_;
  MemoryBudget *const budget_;
  Entries names_;
  Params params_;
};

}  // namespace

Params parse_pickle(const uint8_t *data, size_t size) {
  MemoryBudget budget(size);
  PickleMachine machine(data, size, &budget);
  const PickleValue top = machine.run();
  return Extractor(machine, &budget).extract(top);
}

}  // namespace skiff::paddle
