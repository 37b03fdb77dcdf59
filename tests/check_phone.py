#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Static programs for phones: they need nothing but a kernel, whatever its pages, are small, and find what skiff finds elsewhere.
check_phone.py SKIFF SKIFF_BENCH STRIP READELF

On the plainest arm64 CPU with pages of 16 KB, in an empty folder with an empty environment; pixels are Pillow's, as of the golden rows.
"""
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import check_rows  # noqa: E402
import consumer  # noqa: E402
import rows  # noqa: E402

EMULATOR = ["qemu-aarch64-static", "-cpu", "cortex-a53", "-p", "16384"]
PHOTOS = os.path.join(consumer.ROOT, "tests", "photos")
PAGE_BYTES = 16384
# Stripped, without the model.
MOST_BYTES = {"skiff": 2 << 20, "skiff-bench": 3 << 19}
QUICK = ["--warmup", "0", "--runs", "1", "--min-seconds", "0"]

failures = []


def check(what, is_right):
    print(f"{'ok   ' if is_right else 'WRONG'} {what}")
    if not is_right:
        failures.append(what)


def run(folder, *command):
    ran = subprocess.run([*EMULATOR, *command], cwd=folder, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    return ran.returncode, ran.stdout, ran.stderr


def check_file(program, folder, strip, readelf):
    name = os.path.basename(program)
    small = os.path.join(folder, name)
    subprocess.run([strip, "-o", small, program], check=True)
    size = os.path.getsize(small) - os.path.getsize(consumer.WEIGHTS)
    check(f"{name}: {size} bytes without the model, at most {MOST_BYTES[name]}", 0 < size <= MOST_BYTES[name])
    segments = subprocess.run([readelf, "-lW", small], check=True, stdout=subprocess.PIPE, text=True).stdout
    alignments = [int(line.split()[-1], 16) for line in segments.splitlines() if line.split()[:1] == ["LOAD"]]
    check(f"{name}: segments fit pages of {PAGE_BYTES} bytes", alignments and min(alignments) >= PAGE_BYTES)
    check(f"{name}: no shared library, no loader", not re.search(r"INTERP|DYNAMIC", segments))
    return small


def pictures(folder):
    """The shipped photos as files that every decoder reads alike: {name: path}."""
    paths = {}
    for name in sorted(os.listdir(PHOTOS)):
        if name.endswith(".jpg"):
            stem = name[:-len(".jpg")]
            paths[stem] = os.path.join(folder, stem + ".ppm")
            with Image.open(os.path.join(PHOTOS, name)) as photo:
                photo.save(paths[stem])
    return paths


def check_rows_of(name, found):
    report = rows.Report(check_rows.LIMITS)
    for stem, lines in found.items():
        report.add(stem, np.load(os.path.join(check_rows.GOLDEN, stem + ".npy")), lines)
    check(f"{name}: the rows of {len(found)} photos", len(found) == 3 and report.verdict())


def main():
    skiff, bench, strip, readelf = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        photos = pictures(folder)
        skiff, bench = check_file(skiff, folder, strip, readelf), check_file(bench, folder, strip, readelf)
        text = run(folder, skiff, "detect", "--format", "rows", "--score", "0.01", *photos.values())[1]
        check_rows_of("skiff", {check_rows.stem(path): lines for path, lines in rows.parse(text, "").items()})
        check_rows_of("skiff-bench", {stem: rows.parse(run(folder, bench, "--rows", "--image", path)[1], stem)[stem]
                                      for stem, path in photos.items()})
        status, text, complaint = run(folder, bench, *QUICK)
        check("skiff-bench alone runs the model that it brings", status == 0 and "images/s" in text and "in this program" in text)
        for program, options in ((skiff, ["selftest"]), (bench, QUICK)):
            status, _, complaint = run(folder, program, *options, "--weights", "other.skiff")
            check(f"{os.path.basename(program)}: --weights names another model", status == 1 and "other.skiff" in complaint)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
