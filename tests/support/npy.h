// SPDX-License-Identifier: MIT
//
// Reads NumPy's .npy files, version 1, little-endian, C order: float32, int32, int64, uint8.
#pragma once
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace skiff::test {

inline std::string read_text(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot open");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <typename T>
constexpr const char *npy_dtype();
template <>
constexpr const char *npy_dtype<float>() {
  return "<f4";
}
template <>
constexpr const char *npy_dtype<int32_t>() {
  return "<i4";
}
template <>
constexpr const char *npy_dtype<int64_t>() {
  return "<i8";
}
template <>
constexpr const char *npy_dtype<uint8_t>() {
  return "|u1";
}

// The value of `key` in the header's dictionary, up to the end of the header.
inline std::string npy_field(const std::string &header, const std::string &key) {
  const size_t at = header.find("'" + key + "': ");
  if (at == std::string::npos) throw std::runtime_error("npy: no " + key + " in " + header);
  return header.substr(at + key.size() + 4);
}

template <typename T>
struct Array {
  std::vector<size_t> shape;
  std::vector<T> values;

  const T *data() const { return values.data(); }
  size_t size() const { return values.size(); }
  // Size of an axis.
  uint32_t dim(size_t axis) const { return uint32_t(shape.at(axis)); }
};

// Reads an array of T. Throws std::runtime_error where the file holds anything else.
template <typename T>
Array<T> read_npy(const std::string &path) {
  const std::string file = read_text(path);
  if (file.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) throw std::runtime_error(path + ": not an npy 1.0 file");
  const size_t header_bytes = uint8_t(file.at(8)) + size_t(uint8_t(file.at(9))) * 256;
  const std::string header = file.substr(10, header_bytes);
  if (npy_field(header, "descr").compare(1, 3, npy_dtype<T>()) != 0 ||
      npy_field(header, "fortran_order").compare(0, 5, "False") != 0)
    throw std::runtime_error(path + ": expected C order and " + npy_dtype<T>() + ", found " + header);
  Array<T> out;
  size_t elems = 1;
  const std::string shape = npy_field(header, "shape");
  for (size_t at = 1; shape.at(at) != ')';) {
    size_t digits = 0;
    out.shape.push_back(std::stoul(shape.substr(at), &digits));
    elems *= out.shape.back();
    at = shape.find_first_not_of(", ", at + digits);
  }
  if (file.size() != 10 + header_bytes + elems * sizeof(T)) throw std::runtime_error(path + ": size does not fit its shape");
  out.values.resize(elems);
  if (elems != 0) std::memcpy(out.values.data(), file.data() + 10 + header_bytes, elems * sizeof(T));
  return out;
}

}  // namespace skiff::test
