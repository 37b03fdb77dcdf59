# SPDX-License-Identifier: MIT
"""tests/consumer/rows.c as tests of libraries and packages use it: a shipped photo as raw pixels, and the rows that skiff finds in it."""
import os
import subprocess

import numpy as np
from PIL import Image

import cross
import rows

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIGHTS = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
SOURCE = os.path.join(ROOT, "tests", "consumer", "rows.c")
C_FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
CPP_FLAGS = ["-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x", "c++"]


class Photo:
    """The cat's pixels in a file of `folder`, so that the program and skiff see the same ones."""

    def __init__(self, folder):
        with Image.open(os.path.join(ROOT, "tests", "photos", "cat.jpg")) as photo:
            picture = photo.convert("RGB")
        self.size = picture.size
        self.raw, self.ppm = os.path.join(folder, "cat.rgb"), os.path.join(folder, "cat.ppm")
        with open(self.raw, "wb") as file:
            file.write(picture.tobytes())
        picture.save(self.ppm)

    def expected(self, skiff, *options):
        """Rows as the command finds them, [n,6]."""
        command = [*cross.command(skiff), "detect", "--weights", WEIGHTS, "--format", "rows", "--score", "0.01", *options, self.ppm]
        return self._rows(command)

    def found(self, command, cpu_mask=None):
        """Rows as a program made of rows.c finds them. `command`: the words that start it."""
        mask = [] if cpu_mask is None else [str(cpu_mask)]
        return self._rows([*command, WEIGHTS, self.raw, *map(str, self.size), *mask])

    def _rows(self, command):
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = rows.parse(text, "cat").get("cat", np.zeros((0, 6)))
        if len(found) == 0:
            raise ValueError(f"no rows from {' '.join(command)}")
        return found


def are_same(one, other, tolerance=0.0):
    """Whether both have the same rows in the same order."""
    return one.shape == other.shape and bool((np.abs(one - other) <= tolerance).all())
