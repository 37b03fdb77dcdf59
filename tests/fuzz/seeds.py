#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""seeds.py DIRECTORY: writes what the fuzz targets begin with, DIRECTORY/TARGET/...: tiny files of every kind made here, the shipped
model's, and those under ../shared where that is there."""
import glob
import os
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MAX_BYTES = 1 << 17  # above that a fuzzer gets nowhere
MAX_PICTURE_BYTES = 2500
sys.path.insert(0, os.path.dirname(HERE))

import check_images  # noqa: E402, its pictures are of every kind


def varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor_desc(element, dims):
    return field(1, element) + b"".join(field(2, dim) for dim in dims)


def record(element, dims, data):
    desc = tensor_desc(element, dims)
    return b"\0" * 16 + struct.pack("<i", len(desc)) + desc + data


def program_seeds():
    var = lambda name, kind, dims: field(3, field(1, name) + field(2, field(1, kind) + field(3, field(1, tensor_desc(5, dims)))) + field(3, 1))
    slot = lambda number, name, *arguments: field(number, field(1, name) + b"".join(field(2, a) for a in arguments))
    attrs = b"".join(field(4, field(1, f"a{kind}") + field(2, kind) + value) for kind, value in [
        (0, field(3, -1)), (1, field(4, 0.5)), (2, field(5, "NCHW")), (3, field(6, 1) + field(6, 2)), (4, field(7, 1.0)), (5, field(8, "x")),
        (6, field(10, 1)), (7, field(11, b"\0\1")), (8, field(12, 1)), (9, field(13, 1 << 40)), (11, field(15, 7)), (99, field(99, 1))])
    conv = field(4, slot(1, "Input", "image") + slot(1, "Filter", "w") + slot(2, "Output", "out") + field(3, "conv2d") + attrs)
    feed = field(4, slot(1, "X", "feed") + slot(2, "Out", "image") + field(3, "feed") + field(4, field(1, "col") + field(2, 0) + field(3, 0)))
    fetch = field(4, slot(1, "X", "out") + slot(2, "Out", "fetch") + field(3, "fetch"))
    block = field(1, 0) + field(2, -1) + var("feed", 9, []) + var("image", 7, [-1, 3, 8, 8]) + var("w", 7, [4, 3, 3, 3])
    yield field(1, block + feed + conv + fetch) + field(4, field(1, 1007002))


def lod_tensor_seeds():
    floats = record(5, [2, 3], struct.pack("<6f", *range(6)))
    yield b"\0" + floats
    yield b"\0" + floats[:4] + struct.pack("<QQ", 1, 16) + b"\1" * 16 + floats[12:]
    yield b"\3" + floats + record(21, [5], b"\1" * 5) + record(3, [], b"\1" * 8)


def serving_seeds():
    yield b'feed_var {\n  name: "image" # photo\n  alias_name: \'im\\x61ge\'\n  shape: 3 shape: 300\n}\nfetch_var < name: "a" "b" alias_name: "s" >\n'
    yield b'x: [1, 2] y { z { name: "q" } } fetch_var: { name: "out\\n\\101" is_lod_tensor: true, fetch_type: 1; }'
    yield field(1, field(1, "x") + field(2, "image") + field(5, 13)) + field(2, field(1, "out") + field(2, "score"))


def frame_seeds():
    """The fields that fuzz_frame.cpp reads: format, size, strides of rows and of values, range, rotation, mirror, region, order of U and V."""
    whole = [0, 0, 0, 0]
    for fields in ([0, 40, 30, 123, 0, 0, 0, 0, 0, 0, 1, 0, *whole, 0], [2, 33, 21, 132, 0, 0, 0, 0, 0, 0, 3, 1, 5, 7, 20, 11, 0],
                   [5, 40, 30, 40, 20, 20, 1, 1, 1, 0, 0, 0, *whole, 0], [5, 41, 31, 44, 42, 42, 1, 2, 2, 1, 1, 0, 3, 5, 37, 25, 1],
                   [5, 19, 17, 40, 33, 35, 2, 3, 3, 0, 2, 1, *whole, 0], [4, 80, 50, 80, 0, 0, 0, 0, 0, 0, 4, 0, 79, 49, 1, 1, 0]):
        yield bytes(fields) + bytes([90, 17, 200])


def video_seeds():
    jpeg = next(data for name, data in check_images.made_pictures() if data.startswith(b"\xff\xd8") and len(data) < MAX_PICTURE_BYTES)
    frames = lambda size, count: b"".join(b"FRAME Ip\n" + bytes([i]) * size for i in range(count))
    yield b"\x06\1YUV4MPEG2 W9 H7 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n" + frames(63 + 2 * 20, 3)
    yield b"\x10\1YUV4MPEG2 W4 H5 C422\n" + frames(20 + 2 * 10, 2)
    yield b"\xff\1YUV4MPEG2 W4 H5 C444\n" + frames(60, 2)
    yield b"\x20\1YUV4MPEG2 W4 H5 Cmono\n" + frames(20, 2)
    yield b"\x20\1" + jpeg + jpeg
    yield b"\x20\1" + jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(jpeg) + 2) + jpeg + jpeg[2:] + jpeg[:-9] + jpeg
    yield b"\x20\1--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + b"\r\n--frame\r\n\r\n" + jpeg
    for kind in range(9):
        yield bytes([7, 4 * kind]) + bytes(range(256)) * 8


GENERATED = {"frame": frame_seeds, "program": program_seeds, "lod_tensor": lod_tensor_seeds, "serving": serving_seeds,
             "video": video_seeds}

# Real files, by patterns below the checkout.
REAL = {
    "program": ["weights/*/__model__", "../shared/models/*/__model__", "../shared/models/other/*/__model__"],
    "serving": ["../shared/models/other/*/serving_server_conf*"],
    "weights": ["build-fuzz/tests/tiny.skiff"],
}


def main(directory):
    for target, seeds in GENERATED.items():
        os.makedirs(os.path.join(directory, target), exist_ok=True)
        for i, seed in enumerate(seeds()):
            with open(os.path.join(directory, target, f"made-{i}"), "wb") as file:
                file.write(seed)
    for target, patterns in REAL.items():
        paths = sorted(path for pattern in patterns for path in glob.glob(os.path.join(ROOT, pattern)))
        os.makedirs(os.path.join(directory, target), exist_ok=True)
        for i, path in enumerate(paths):
            if os.path.getsize(path) <= MAX_BYTES:
                shutil.copyfile(path, os.path.join(directory, target, f"real-{i}"))
    pickles = os.path.join(directory, "pickle")
    os.makedirs(pickles, exist_ok=True)
    subprocess.run([sys.executable, os.path.join(ROOT, "tests/support/pickles.py"), pickles], check=True)
    os.makedirs(os.path.join(directory, "image"), exist_ok=True)
    for name, data in check_images.made_pictures():
        if len(data) <= MAX_PICTURE_BYTES:
            with open(os.path.join(directory, "image", name), "wb") as file:
                file.write(data)
    for name in os.listdir(pickles):
        if os.path.getsize(os.path.join(pickles, name)) > MAX_BYTES // 16:
            os.remove(os.path.join(pickles, name))


if __name__ == "__main__":
    main(sys.argv[1])
