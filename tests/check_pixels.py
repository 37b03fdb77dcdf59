# SPDX-License-Identifier: MIT
"""Holds preprocessing to its oracles: Pillow's LANCZOS and BILINEAR, OpenCV's INTER_LINEAR, NumPy's arithmetic, byte for byte.

usage: check_pixels.py DUMP_PIXELS [portable]   (the program made of dump_pixels.cpp; without the CPU's own kernels)
"""
import os
import random
import subprocess
import sys

try:
    import cv2
    import numpy as np
    from PIL import Image
except ImportError as error:
    sys.exit(f"check_pixels: {error}: install python3-pil and python3-opencv")

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import cross  # noqa: E402

PILLOW = {"lanczos": Image.LANCZOS, "bilinear": Image.BILINEAR}
FORMATS = {"RGB": 0, "BGR": 1, "RGBA": 2, "BGRA": 3, "GREY": 4}
# Input sizes (w, h) at every edge: a single pixel, lines, unchanged in one direction or both, exact halves and doubles, odd ratios.
SIZES = [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (1, 777), (777, 1), (2, 2), (3, 2), (7, 5), (64, 48), (97, 120), (150, 150),
         (299, 301), (300, 300), (300, 451), (451, 300), (301, 300), (500, 375), (333, 500), (600, 600), (600, 300), (300, 600),
         (599, 601), (640, 480), (900, 900), (1200, 1200), (1024, 769), (1999, 3), (3, 2000), (2000, 1500)]
OUTPUTS = [(300, 300), (224, 224), (37, 91), (8, 8)]


class Dumper:
    def __init__(self, command):
        self.process = subprocess.Popen([*cross.command(command[0]), *command[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, kind, name, rgb, pixel_format, padding, out_size):
        """The program's answer for an RGB image that it is given in another format and with padded rows."""
        height, width = rgb.shape[:2]
        pixels = encode(rgb, pixel_format)
        rows = np.full((height, width * pixels.shape[2] + padding), 0xA5, np.uint8)
        rows[:, :width * pixels.shape[2]] = pixels.reshape(height, -1)
        data = rows.tobytes()[:rows.size - padding]
        request = f"{kind} {name} {width} {height} {rows.shape[1]} {FORMATS[pixel_format]} {out_size[0]} {out_size[1]}\n"
        self.process.stdin.write(request.encode() + data)
        self.process.stdin.flush()
        dtype = np.dtype(np.float32 if kind == "f32" else np.uint8)
        answer = self.process.stdout.read(out_size[0] * out_size[1] * 3 * dtype.itemsize)
        return np.frombuffer(answer, dtype).reshape(out_size[1], out_size[0], 3)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def encode(rgb, pixel_format):
    """[h][w][bytes per pixel] of a format; alpha is noise."""
    if pixel_format == "GREY":
        return rgb[:, :, :1]
    pixels = rgb[:, :, ::-1] if pixel_format.startswith("BGR") else rgb
    if pixel_format.endswith("A"):
        alpha = np.random.default_rng(1).integers(0, 256, rgb.shape[:2] + (1,), dtype=np.uint8)
        pixels = np.concatenate([pixels, alpha], axis=2)
    return pixels


def make_image(size, pixel_format, rng):
    """Noise, or hard edges, which make Lanczos overshoot."""
    width, height = size
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if rng.integers(0, 2):
        pixels = np.where(pixels > 127, 255, 0).astype(np.uint8)
    return np.repeat(pixels[:, :, :1], 3, axis=2) if pixel_format == "GREY" else pixels


def resize(rule, rgb, out_size):
    if rule == "cv":
        return cv2.resize(rgb, out_size, interpolation=cv2.INTER_LINEAR).reshape(out_size[1], out_size[0], 3)
    return np.asarray(Image.fromarray(rgb).resize(out_size, PILLOW[rule]))


def reader_tensor(rgb):
    """PaddleCV/ssd/reader.py, without its channel swap."""
    tensor = resize("lanczos", rgb, (300, 300)).astype("float32")
    tensor -= 127.5
    return tensor * 0.007843


def half_tensor(rgb):
    """Demos for phones and Paddle Serving."""
    tensor = resize("cv", rgb, (300, 300)).astype("float32") / 255
    tensor -= np.array([0.5, 0.5, 0.5])
    tensor /= np.array([0.5, 0.5, 0.5])
    return tensor


RECIPES = {
    "paddle-voc": lambda rgb: reader_tensor(rgb)[:, :, ::-1],
    "aistudio": reader_tensor,
    "android": half_tensor,
    "serving": half_tensor,
}


def check(dumper):
    rng, shuffle = np.random.default_rng(300), random.Random(300)
    random_sizes = [(shuffle.randint(1, 700), shuffle.randint(1, 700)) for _ in range(40)]
    wrong = cases = 0

    def compare(what, actual, expected):
        nonlocal wrong, cases
        cases += 1
        if actual.dtype == expected.dtype and np.array_equal(actual, expected):
            return
        wrong += 1
        bad = np.argwhere(actual != expected)
        print(f"{what}: {len(bad)} of {actual.size} values differ, first at (y, x, c) {bad[0]}: "
              f"{actual[tuple(bad[0])]}, expected {expected[tuple(bad[0])]}")

    for index, size in enumerate(SIZES + random_sizes):
        for rule in ["lanczos", "bilinear", "cv"]:
            for out_size in OUTPUTS if index % 4 == 0 else OUTPUTS[:1]:
                pixel_format, padding = shuffle.choice(list(FORMATS)), shuffle.choice([0, 1, 3, 13])
                rgb = make_image(size, pixel_format, rng)
                compare(f"{rule} {size} to {out_size}, {pixel_format}, rows padded by {padding}",
                        dumper.ask("u8", rule, rgb, pixel_format, padding, out_size), resize(rule, rgb, out_size))
    for name, oracle in RECIPES.items():
        for size in [(500, 375), (300, 300), (1, 1), (120, 97)]:
            for pixel_format in FORMATS:
                rgb = make_image(size, pixel_format, rng)
                compare(f"recipe {name}, {size}, {pixel_format}", dumper.ask("f32", name, rgb, pixel_format, 5, (300, 300)),
                        np.ascontiguousarray(oracle(rgb)))
    return wrong, cases


def main():
    dumper = Dumper(sys.argv[1:])
    wrong, cases = check(dumper)
    status = dumper.close()
    print(f"{cases} cases, {wrong} wrong, exit status {status} (Pillow {Image.__version__}, OpenCV {cv2.__version__})")
    sys.exit(1 if wrong or status or cases < 300 else 0)


if __name__ == "__main__":
    main()
