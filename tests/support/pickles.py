#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""pickles.py DIRECTORY: writes .pdparams as Paddle does, and as it never would, for tests/test_paddle_pickle.cpp.

Good ones hold GOOD and are named FORM-PROTOCOL, bad ones bad-WHAT."""
import collections
import io
import os
import pickle
import sys

import numpy as np

# Kept small: the tests cut them at every byte.
GOOD = collections.OrderedDict([
    ("conv2d_0.w_0", np.arange(12, dtype="<f4").reshape(2, 3, 1, 2) - 5),
    ("batch_norm_0.b_0", np.array([1.5, -0.0, 3e38], dtype="<f4")),
    ("counter", np.array([200, -7], dtype="<i8")),
    ("empty", np.zeros((0, 4), dtype="<f4")),
    ("scalar", np.float32(2.5)),
])


class Tensor:
    """Stands for paddle.Tensor in paddle.save: reduced to (name, array) by a call of tuple."""

    def __init__(self, name, array):
        self.name, self.array = name, array

    def __reduce__(self):
        return (tuple, ((self.name, self.array),))


class LoDTensor:
    """Stands for the static graph's tensor in paddle.save."""

    def __init__(self, array, text="data"):
        self.array, self.text = array, text

    def __reduce__(self):
        return (eval, (self.text, {"data": self.array}))


class Call:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Subclass(np.ndarray):
    pass


def split(params, elements):
    """As Paddle splits arrays above 1 GB for protocols 2 and 3, here above `elements` elements."""
    out, table = collections.OrderedDict(), {}
    for name, array in params.items():
        if array.size <= elements:
            out[name] = array
            continue
        parts = [f"{name}@@.{i}" for i in range(-(-array.size // elements))]
        for i, part in enumerate(parts):
            out[part] = array.flatten()[i * elements:(i + 1) * elements]
        table[name] = {"OriginShape": array.shape, "slices": parts}
    out["UnpackBigParamInfor@@"] = table
    return out


def structured(params):
    out = {"net." + name.replace(".", "_"): array for name, array in params.items()}
    out["StructuredToParameterName@@"] = {"net." + name.replace(".", "_"): name for name in params}
    out["epoch"], out["lr"], out["note"], out["none"] = 3, 0.1, "half trained", None
    return out


def python2(params):
    """What Python 2's cPickle makes of one array: strings are str, memo numbers begin at 1."""
    array = params["conv2d_0.w_0"]
    raw = array.tobytes()

    def text(value):
        return b"U" + bytes([len(value)]) + value

    return (b"\x80\x02}q\x01(" + text(b"conv2d_0.w_0") + b"q\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00"
            b"\x85" + text(b"b") + b"\x87Rq\x05(K\x01(K\x02K\x03K\x01K\x02tcnumpy\ndtype\nq\x06" + text(b"f4") + b"K\x00K\x01\x87Rq\x07(K\x03"
            + text(b"<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + len(raw).to_bytes(4, "little") + raw +
            b"tbccollections\nOrderedDict\nq\x08]q\x09(]q\x0a(" + text(b"k") + b"K\x07ee\x85R0u.")


def deep(opcodes, depth, close=b""):
    return b"\x80\x04}" + b"\x8c\x01x" + opcodes * depth + close * (depth - 1) + b"s."


def main(directory):
    def write(name, data):
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)

    big = {name: array for name, array in GOOD.items() if isinstance(array, np.ndarray)}
    for protocol in (2, 3, 4, 5):
        dump = lambda value, protocol=protocol: pickle.dumps(value, protocol=protocol)
        write(f"plain-{protocol}", dump(dict(GOOD)))
        write(f"ordered-{protocol}", dump(GOOD))
        write(f"dygraph-{protocol}", dump(structured(GOOD)))
        write(f"tensors-{protocol}", dump({"net." + n: Tensor(n, np.asarray(a)) for n, a in GOOD.items()}))
        write(f"static-{protocol}", dump({n: LoDTensor(np.asarray(a)) for n, a in GOOD.items()}))
        write(f"split-{protocol}", dump({**split(big, 5), "scalar": GOOD["scalar"]}))
        slow = io.BytesIO()
        pickle._Pickler(slow, protocol).dump(dict(GOOD))  # the pickler in Python: other frames, same meaning
        write(f"slow-{protocol}", slow.getvalue())

        bad = lambda name, value, protocol=protocol: write(f"bad-{name}-{protocol}", pickle.dumps(value, protocol=protocol))
        bad("system", {"x": Call(os.system, "true")})
        bad("eval", {"x": Call(eval, "__import__('os').system('true')", {"data": 1})})
        bad("eval-text", {"x": LoDTensor(GOOD["counter"], "data ")})
        bad("getattr", {"x": Call(getattr, "a", "b")})
        bad("subclass", {"x": GOOD["counter"].view(Subclass)})
        bad("fortran", {"x": np.asfortranarray(np.arange(6, dtype="<f4").reshape(2, 3))})
        bad("big-endian", {"x": np.arange(3, dtype=">f4")})
        bad("objects", {"x": np.array([{}, None], dtype=object)})
        bad("records", {"x": np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])})
        bad("text-array", {"x": np.array(["a", "bc"])})
        bad("unsigned", {"x": np.array([1, 2], dtype="<u2")})
        bad("list", [GOOD["counter"]])
        bad("nested", {"model": {"x": GOOD["counter"]}})
        bad("integer-key", {1: GOOD["counter"]})
        bad("complex", {"x": 1j})
        bad("set", {"x": {1, 2}})
    write("python2", python2(GOOD))
    assert np.array_equal(pickle.loads(python2(GOOD), encoding="latin1")["conv2d_0.w_0"], GOOD["conv2d_0.w_0"])

    # Laughs: ten references to ten references to ...; and one array under many names.
    lol = "lol"
    for _ in range(60):
        lol = [lol] * 10
    write("bad-laughs", pickle.dumps({"x": lol}, protocol=4))
    shared = np.zeros(200000, dtype="<f4")
    write("bad-shared", pickle.dumps({str(i): shared for i in range(100)}, protocol=4))
    write("bad-shared-2", pickle.dumps({str(i): shared + 128 for i in [0]} | {str(i): shared for i in range(100)}, protocol=2))
    part = "a" * 50
    write("bad-slices", pickle.dumps({"p": shared, "UnpackBigParamInfor@@": {
        "x": {"OriginShape": (200000 * 1000,), "slices": ["p"] * 1000}}}, protocol=2))
    write("bad-empty-slices", pickle.dumps({part: shared[:0], "UnpackBigParamInfor@@": (lambda s: {
        str(i): {"OriginShape": (0,), "slices": s} for i in range(2000)})([part] * 20000)}, protocol=2))

    write("bad-deep-list", deep(b"]", 100000, b"a"))
    write("bad-deep-small", deep(b"]", 5000, b"a"))
    write("bad-deep-tuple", b"\x80\x04}\x8c\x01x)" + b"\x85" * 100000 + b"s.")
    write("bad-deep-dict", deep(b"}\x8c\x01x", 100000, b"s"))
    write("bad-marks", b"\x80\x04" + b"(" * 1000000 + b".")
    write("bad-tuples", b"\x80\x04" + b")" * 1000000 + b".")
    write("bad-dups", b"\x80\x04)" + b"2" * 1000000 + b".")
    write("bad-memo", b"\x80\x04}r\xff\xff\xff\x7f.")
    write("bad-length-text", b"\x80\x04}X\xff\xff\xff\xffx.")
    write("bad-length-bytes8", b"\x80\x04}\x8e" + b"\xff" * 8 + b".")
    write("bad-length-long", b"\x80\x04}\x8b\xff\xff\xff\xff.")
    write("bad-frame", b"\x80\x04\x95" + b"\xff" * 8 + b"}.")
    write("bad-protocol", b"\x80\x06}.")
    write("bad-persistent", b"\x80\x04}\x8c\x01x\x8c\x01yQs.")
    write("bad-extension", b"\x80\x02}\x8c\x01x\x82\x01s.")
    write("bad-inst", b"\x80\x02(ios\nsystem\n.")
    write("bad-build", b"\x80\x02ccollections\nOrderedDict\n)R}b.")
    write("bad-build-dtype", b"\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00f4K\x00K\x01\x87Rq\x00(" + b"N" * 3000 + b"tq\x01" + b"h\x00h\x01b0"
          * 3000 + b".")
    write("bad-self", b"\x80\x02}q\x00X\x01\x00\x00\x00xh\x00s.")
    write("bad-self-list", b"\x80\x02]q\x00h\x00ah\x00ah\x00ccollections\nOrderedDict\nh\x00\x85R.")


if __name__ == "__main__":
    main(sys.argv[1])
