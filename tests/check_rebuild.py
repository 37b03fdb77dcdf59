#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shipped weights file is what skiff makes of the shipped Paddle directory, byte for byte. check_rebuild.py SKIFF

Said with every compiler and at every optimisation level, this also says that the converter's arithmetic is the same in all of them.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import cross  # noqa: E402

WEIGHTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "weights")
NAME = "mobilenet-ssd-half-voc"


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        made_path = os.path.join(folder, "made.skiff")
        subprocess.run([*cross.command(sys.argv[1]), "convert", os.path.join(WEIGHTS, NAME), "-o", made_path], check=True)
        with open(made_path, "rb") as file:
            made = file.read()
    with open(os.path.join(WEIGHTS, NAME + ".skiff"), "rb") as file:
        shipped = file.read()
    if made == shipped:
        print(f"the shipped file, {len(shipped)} bytes, is rebuilt byte for byte")
        return 0
    print(f"rebuilt file ({len(made)} bytes) and shipped file ({len(shipped)} bytes) differ from byte {first_difference(made, shipped)}; "
          f"where the converter was changed on purpose: skiff convert weights/{NAME} -o weights/{NAME}.skiff")
    return 1


if __name__ == "__main__":
    sys.exit(main())
