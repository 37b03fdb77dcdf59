// SPDX-License-Identifier: MIT
//
// Convolutions go through rows: the inner loop adds one filter tap times a row of input to a row of output, which vectorises,
// while each output still gets its products in the stated order.
#include "tools/paddle/execute_ops.h"

#include <algorithm>
#include <cmath>

namespace skiff::paddle {
namespace {

using Ints = std::vector<int64_t>;

int64_t product(const Ints &dims, size_t begin, size_t end) {
  int64_t count = 1;
  for (size_t i = begin; i < end; ++i) count *= dims[i];
  return count;
}

struct ConvShape {
  int64_t in_c, in_h, in_w, out_c, out_h, out_w, kh, kw, stride, pad, groups;
};

ConvShape conv_shape(const Op &op, const Value &input, const Value &filter) {
  if (input.dims.size() != 4 || filter.dims.size() != 4 || input.dims[0] != 1)
    refuse(op, "expected 4-dimensional tensors, n = 1");
  const Ints strides = ints_attr(op, "strides", {1, 1}), pads = ints_attr(op, "paddings", {0, 0});
  if (strides.empty() || pads.empty()) refuse(op, "has empty strides or paddings");
  ConvShape s = {};
  s.in_c = input.dims[1];
  s.in_h = input.dims[2];
  s.in_w = input.dims[3];
  s.out_c = filter.dims[0];
  s.kh = filter.dims[2];
  s.kw = filter.dims[3];
  s.stride = strides[0];
  const std::string algorithm = string_attr(op, "padding_algorithm", "EXPLICIT");
  s.pad = algorithm == "SAME" ? s.kh / 2 : algorithm == "VALID" ? 0 : pads[0];
  s.groups = int_attr(op, "groups", 1);
  if (s.groups < 1 || s.stride < 1 || s.pad < 0 || s.in_c != filter.dims[1] * s.groups || s.out_c % s.groups != 0)
    refuse(op, "filter does not fit its input");
  s.out_h = (s.in_h + 2 * s.pad - s.kh) / s.stride + 1;
  s.out_w = (s.in_w + 2 * s.pad - s.kw) / s.stride + 1;
  return s;
}

// out[x] += in[x * stride + offset] * tap for every x whose input lies inside the row.
void add_tap(const float *in, int64_t in_w, float tap, int64_t stride, int64_t offset, float *out, int64_t out_w) {
  const int64_t begin = offset < 0 ? (-offset + stride - 1) / stride : 0;
  const int64_t end = offset < in_w ? std::min(out_w, (in_w - 1 - offset) / stride + 1) : 0;
  if (stride == 1) {
    for (int64_t x = begin; x < end; ++x) out[x] += in[x + offset] * tap;
  } else {
    for (int64_t x = begin; x < end; ++x) out[x] += in[x * stride + offset] * tap;
  }
}

// One output channel: the sum over its group's input channels.
void conv_channel(const ConvShape &s, const float *in, const float *filter, float *out) {
  for (int64_t c = 0; c < s.in_c / s.groups; ++c, in += s.in_h * s.in_w) {
    for (int64_t kh = 0; kh < s.kh; ++kh) {
      for (int64_t kw = 0; kw < s.kw; ++kw) {
        const float tap = *filter++;
        for (int64_t y = 0; y < s.out_h; ++y) {
          const int64_t in_y = y * s.stride + kh - s.pad;
          if (in_y < 0 || in_y >= s.in_h) continue;
          add_tap(in + in_y * s.in_w, s.in_w, tap, s.stride, kw - s.pad, out + y * s.out_w, s.out_w);
        }
      }
    }
  }
}

}  // namespace

Value run_conv(const Op &op, const Value &input, const Value &filter) {
  const ConvShape s = conv_shape(op, input, filter);
  Value out;
  out.dims = {1, s.out_c, s.out_h, s.out_w};
  out.data.assign(size_t(s.out_c * s.out_h * s.out_w), 0.0f);
  const int64_t group_in = s.in_c / s.groups * s.in_h * s.in_w, per_filter = s.in_c / s.groups * s.kh * s.kw;
  for (int64_t o = 0; o < s.out_c; ++o) {
    const int64_t group = o / (s.out_c / s.groups);
    conv_channel(s, input.data.data() + group * group_in, filter.data.data() + o * per_filter,
                 out.data.data() + o * s.out_h * s.out_w);
  }
  return out;
}

Value run_batch_norm(const Op &op, const Value &x, const Value &scale, const Value &bias, const Value &mean,
                     const Value &variance) {
  if (x.dims.size() != 4) refuse(op, "expected a 4-dimensional tensor");
  const size_t channels = size_t(x.dims[1]), pixels = size_t(x.dims[2] * x.dims[3]);
  for (const Value *v : {&scale, &bias, &mean, &variance})
    if (v->data.size() != channels) refuse(op, "a parameter does not have one value per channel");
  const float epsilon = float_attr(op, "epsilon", 1e-5f);
  Value y = x;
  for (size_t c = 0; c < channels; ++c) {
    const float inverse = 1.0f / std::sqrt(variance.data[c] + epsilon);
    const float a = inverse * scale.data[c], b = bias.data[c] - mean.data[c] * inverse * scale.data[c];
    for (size_t p = c * pixels; p < (c + 1) * pixels; ++p) y.data[p] = y.data[p] * a + b;
  }
  return y;
}

Value run_relu(Value x, float limit) {
  for (float &v : x.data) v = std::min(std::max(v, 0.0f), limit);
  return x;
}

Value run_add(const Op &op, Value x, const Value &y) {
  if (int_attr(op, "axis", -1) != 1 || x.dims.size() != 4 || int64_t(y.data.size()) != x.dims[1])
    refuse(op, "expected a bias per channel");
  const size_t pixels = size_t(x.dims[2] * x.dims[3]);
  for (size_t i = 0; i < x.data.size(); ++i) x.data[i] += y.data[i / pixels];
  return x;
}

Value run_transpose(const Op &op, const Value &x) {
  const Ints axis = ints_attr(op, "axis", {});
  if (x.dims.size() != 4 || axis != Ints{0, 2, 3, 1}) refuse(op, "expected NCHW to NHWC");
  Value out;
  out.dims = {x.dims[0], x.dims[2], x.dims[3], x.dims[1]};
  out.data.resize(x.data.size());
  const size_t channels = size_t(x.dims[1]), pixels = size_t(x.dims[2] * x.dims[3]);
  for (size_t c = 0; c < channels; ++c)
    for (size_t p = 0; p < pixels; ++p) out.data[p * channels + c] = x.data[c * pixels + p];
  return out;
}

// Source: Paddle reshape_op.cc, ValidateShape: 0 copies a dimension, -1 is what is left.
Value run_reshape(const Op &op, Value x) {
  Ints shape = ints_attr(op, "shape", {});
  int64_t known = 1, unknown = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && i < x.dims.size()) shape[i] = x.dims[i];
    if (shape[i] == -1 && unknown == -1)
      unknown = int64_t(i);
    else if (shape[i] < 1 || shape[i] > int64_t(x.data.size()) || (known *= shape[i]) > int64_t(x.data.size()))
      refuse(op, "its shape does not fit its input");
  }
  const int64_t total = int64_t(x.data.size());
  if (unknown >= 0 && total % known == 0) shape[size_t(unknown)] = total / known;
  if (product(shape, 0, shape.size()) != total) refuse(op, "its shape does not fit its input");
  x.dims = shape;
  return x;
}

// flatten and flatten2 make two dimensions, cut at `axis`; flatten_contiguous_range joins start_axis to stop_axis.
Value run_flatten(const Op &op, Value x) {
  const int64_t rank = int64_t(x.dims.size());
  if (op.type == "flatten_contiguous_range") {
    int64_t start = int_attr(op, "start_axis", 1), stop = int_attr(op, "stop_axis", 1);
    start += start < 0 ? rank : 0;
    stop += stop < 0 ? rank : 0;
    if (start < 0 || stop < start || stop >= rank) refuse(op, "its axes do not fit its input");
    Ints dims(x.dims.begin(), x.dims.begin() + start);
    dims.push_back(product(x.dims, size_t(start), size_t(stop) + 1));
    dims.insert(dims.end(), x.dims.begin() + stop + 1, x.dims.end());
    x.dims = dims;
    return x;
  }
  const int64_t axis = int_attr(op, "axis", 1);
  if (axis < 0 || axis > rank) refuse(op, "its axis does not fit its input");
  x.dims = {product(x.dims, 0, size_t(axis)), product(x.dims, size_t(axis), size_t(rank))};
  return x;
}

Value run_concat(const Op &op, const std::vector<const Value *> &parts) {
  const size_t axis = size_t(int_attr(op, "axis", 0));
  Value out;
  out.dims = parts.at(0)->dims;
  if (axis >= out.dims.size()) refuse(op, "its axis does not fit its inputs");
  out.dims[axis] = 0;
  for (const Value *part : parts) {
    const bool fits = part->dims.size() == out.dims.size() && product(part->dims, 0, axis) == 1 &&
                      product(part->dims, axis + 1, part->dims.size()) == product(out.dims, axis + 1, out.dims.size());
    if (!fits) refuse(op, "its inputs do not fit together");
    out.dims[axis] += part->dims[axis];
    out.data.insert(out.data.end(), part->data.begin(), part->data.end());
  }
  return out;
}

Value run_dequantize(const Op &op, Value x) {
  const float scale = float(127.0 / double(float_attr(op, "max_range")));
  for (float &v : x.data) v *= scale;
  return x;
}

}  // namespace skiff::paddle
