#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The README's C example compiles as C without a warning, links with libskiff.a and libm alone, and finds the cat.
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
FLAGS = ["-std=c11", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", ROOT]

# Calls the example on a weights file and a file of RGB pixels.
MAIN = """
static void *load(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  char *data = aligned_alloc(64, 1 << 24);
  if (!file || !data) exit(3);
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
  free(weights);
  free(rgb);
  return count == 1 && refused == -1 ? 0 : 1;
}
"""


def main():
    library, compiler = sys.argv[1], sys.argv[2:]
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        example = re.search(r"^```c\n(.*?)^```", readme.read(), re.DOTALL | re.MULTILINE).group(1)
    with tempfile.TemporaryDirectory() as folder:
        source, program, pixels = (os.path.join(folder, name) for name in ("example.c", "example", "cat.rgb"))
        with open(source, "w", encoding="utf-8") as file:
            file.write(example + MAIN)
        subprocess.run([*compiler, *FLAGS, source, library, "-lm", "-o", program], check=True)
        picture = Image.open(os.path.join(ROOT, "tests", "photos", "cat.jpg")).convert("RGB")
        with open(pixels, "wb") as file:
            file.write(picture.tobytes())
        size = [str(n) for n in picture.size]
        ran = subprocess.run([program, WEIGHTS, pixels, *size], stdout=subprocess.PIPE, text=True)
    is_right = ran.returncode == 0 and ran.stdout == "cat 1.00\n"
    if not is_right:
        print(f"expected 'cat 1.00', then a refused file and status 0; got {ran.stdout!r} and status {ran.returncode}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
