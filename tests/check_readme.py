#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The README's C examples compile as C without a warning, link with libskiff.a and libm alone, and the first finds the cat.
check_readme.py LIBSKIFF.a COMPILER...
"""
import os
import re
import subprocess
import sys
import tempfile

from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WEIGHTS = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
FLAGS = ["-std=c99", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror"]

# What the second example, which is about frames, is the middle of.
FRAME = """
skiff_status detect_nv21(skiff_engine *engine, const uint8_t *bytes, int32_t width, int32_t height) {
  skiff_box boxes[20];
  skiff_status status;
  int32_t count;
%s  return status;
}
"""

# Calls the example on a weights file and a file of RGB pixels.
MAIN = """
static void *load(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  char *data = (char *)malloc((1 << 24) + 64);
  if (!file || !data) exit(3);
  data += 64 - (uintptr_t)data % 64; /* until the program ends */
  *bytes = fread(data, 1, 1 << 24, file);
  fclose(file);
  return data;
}
int main(int argc, char **argv) {
  size_t weights_bytes, picture_bytes;
  if (argc != 5) return 2;
  void *weights = load(argv[1], &weights_bytes), *rgb = load(argv[2], &picture_bytes);
  int count = print_objects(weights, weights_bytes, rgb, atoi(argv[3]), atoi(argv[4]));
  int refused = print_objects(weights, weights_bytes - 1, rgb, atoi(argv[3]), atoi(argv[4]));
  return count == 1 && refused == -1 ? 0 : 1;
}
"""


def run_example(folder, library, compiler, include):
    """Compiles, links and runs the example with files in `folder`. True where it finds the cat; else says what it did."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        example, frame = re.findall(r"^```c\n(.*?)^```", readme.read(), re.DOTALL | re.MULTILINE)
    source, program, pixels = (os.path.join(folder, name) for name in ("example.c", "example", "example.rgb"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(example + FRAME % frame + MAIN)
    subprocess.run([*compiler, *FLAGS, "-I", include, source, library, "-lm", "-o", program], check=True)
    picture = Image.open(os.path.join(ROOT, "tests", "photos", "cat.jpg")).convert("RGB")
    with open(pixels, "wb") as file:
        file.write(picture.tobytes())
    size = [str(n) for n in picture.size]
    ran = subprocess.run([program, WEIGHTS, pixels, *size], stdout=subprocess.PIPE, text=True)
    is_right = ran.returncode == 0 and ran.stdout == "cat 1.00\n"
    if not is_right:
        print(f"expected 'cat 1.00', then a refused file and status 0; got {ran.stdout!r} and status {ran.returncode}")
    return is_right


def main():
    library, compiler = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run_example(folder, library, compiler, os.path.join(ROOT, "engine")) else 1


if __name__ == "__main__":
    sys.exit(main())
