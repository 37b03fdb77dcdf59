#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""org.skiff.Detector on this machine's Java, under -Xcheck:jni. check_jni.py SKIFF LIBSKIFF.so LIBSKIFF_JNI.so TINY

Rows of pixels that lie in every way are those that skiff or skiff.py find; everything else DetectorTest.java checks itself. Java says
nothing of its own: what -Xcheck:jni has to say is a fault.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "support"), os.path.join(ROOT, "tools", "bindings", "python")]
import rows  # noqa: E402
import skiff  # noqa: E402

ANDROID = os.path.join(ROOT, "tools", "bindings", "android")
WEIGHTS = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
LABELS = os.path.join(ROOT, "weights", "labels", "voc.txt")
JAVAC = ["javac", "--release", "8", "-Xlint:all,-options", "-Werror"]
JAVA = ["java", "-Xcheck:jni", "-Xmx256m"]


def compile_java(folder):
    package = os.path.join(ANDROID, "java", "org", "skiff")
    sources = [os.path.join(package, name) for name in sorted(os.listdir(package))]
    test = os.path.join(ROOT, "tests", "bindings", "DetectorTest.java")
    subprocess.run([*JAVAC, "-d", folder, *sources, test], check=True)


def run_java(folder, library, *arguments):
    """What DetectorTest prints. It starts on one CPU alone, so that what a power mode does to the caller's thread can be seen."""
    command = [*JAVA, f"-Djava.library.path={os.path.dirname(os.path.abspath(library))}", "-cp", folder, "DetectorTest", *arguments]
    one = min(os.sched_getaffinity(0))
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
                          preexec_fn=lambda: os.sched_setaffinity(0, {one}))
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def in_pixels(found, width, height):
    """Rows of Skiff as Java has them: index, label, left, top, right, bottom, score."""
    boxes = skiff.to_pixels(found, width, height)
    return np.column_stack([np.arange(len(boxes), dtype=np.float32), boxes[:, 0], boxes[:, 2:], boxes[:, 1]])


def lying_planes(pixels):
    """A picture turned a quarter anticlockwise as Y, U, V, the last two of half the size, the way a phone's camera gives it."""
    ycc = np.array(Image.fromarray(np.rot90(pixels)).convert("YCbCr"))
    return ycc[..., 0], ycc[::2, ::2, 1], ycc[::2, ::2, 2]


def check_rows(folder, command, library, jni, tolerance=0.0):
    """Whether the class finds with the library `jni` what others find; `tolerance` is in pixels."""
    pixels = np.array(Image.open(os.path.join(ROOT, "tests", "photos", "cat.jpg")).convert("RGB"))[:, :449]  # an odd side
    height, width = pixels.shape[:2]
    picture, raw = os.path.join(folder, "cat.ppm"), os.path.join(folder, "cat.raw")
    Image.fromarray(pixels).save(picture)
    y, u, v = lying_planes(pixels)
    with open(raw, "wb") as file:
        file.write(pixels.tobytes() + y.tobytes() + np.stack([v, u], axis=2).tobytes())
    whole = in_pixels(rows.detect(command, WEIGHTS, [picture], "--score", "0.01")[picture], width, height)
    with skiff.Detector(WEIGHTS, score=0.01, library=library) as detector:
        lying = in_pixels(detector.detect_yuv(y, u, v, rotation=90), height, width)
    upright = lying.copy()
    upright[:, 2:6] = np.stack([width - lying[:, 5], lying[:, 2], width - lying[:, 3], lying[:, 4]], axis=1)
    wanted = {"int": whole, "rgba": whole, "threads": whole, "yuv90": lying, "upright": upright}
    found = {name: [] for name in wanted}
    for line in run_java(folder, jni, "rows", WEIGHTS, raw, str(width), str(height)).splitlines():
        name, *values = line.split()
        if name not in found or len(values) != 7:
            sys.exit(f"Java said: {line}")
        found[name].append([float(value) for value in values])
    is_right = True
    for name, expected in wanted.items():
        have, want = np.array(found[name], dtype=np.float32), expected.astype(np.float32)
        is_same = have.shape == want.shape and bool((np.abs(have - want) <= tolerance).all())
        print(f"{'ok   ' if is_same and len(expected) else 'WRONG'} {name}: {len(expected)} rows")
        is_right = is_right and is_same and len(expected) > 0
    return is_right


def main():
    command, library, jni, tiny = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        compile_java(folder)
        is_right = check_rows(folder, command, library, jni)
        said = run_java(folder, jni, "rules", WEIGHTS, tiny, LABELS)
        print(f"{'WRONG' if said else 'ok   '} rules\n{said}", end="")
        return 0 if is_right and not said else 1


if __name__ == "__main__":
    sys.exit(main())
