#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What skiff embed writes holds the file's bytes for every assembler and compiler at hand. check_embed.py SKIFF TINY COMPILER...

COMPILER makes programs for this machine. Compilers for others are asked for an object alone, whose bytes are read back. TINY is a small
weights file, for arrays in C, which compile slowly; the rest is tried with the default model, whose length is no multiple of 8.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIFF = TINY = ""
WEIGHTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "weights", "mobilenet-ssd-half-voc.skiff")
COMPILER = []
CROSS = ("aarch64-linux-gnu-", "arm-linux-gnueabihf-", "arm-none-eabi-")
FLAGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]

# Exit status 0 where the array is what the named file holds.
PROGRAM = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"
int main(int argc, char **argv) {
  unsigned char *wanted = (unsigned char *)malloc(SYMBOL_size + 1);
  FILE *file = fopen(argv[argc - 1], "rb");
  if (!file || fread(wanted, 1, SYMBOL_size + 1, file) != SYMBOL_size) return 2;
  return (uintptr_t)SYMBOL % 64 == 0 && memcmp(SYMBOL, wanted, SYMBOL_size) == 0 ? 0 : 1;
}
"""


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


class Embed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="skiff-embed-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def embed(self, weights, name, *options):
        said = run(SKIFF, "embed", weights, "-o", self.path(name), *options)
        self.assertIn(f"{os.path.getsize(weights)} bytes", said)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([name, "model.h"]))

    def check_linked(self, weights, name, symbol, language, standard):
        program = self.path("check." + language)
        with open(program, "w", encoding="utf-8") as file:
            file.write(PROGRAM.replace("SYMBOL", symbol))
        run(*COMPILER, "-x", "none", "-c", self.path(name), "-o", self.path("model.o"))
        run(*COMPILER, *FLAGS, "-x", "c++" if language == "cpp" else "c", "-std=" + standard, program, "-x", "none",
            self.path("model.o"), "-o", self.path("check"))
        run(self.path("check"), weights)

    def test_assembly(self):
        self.assertNotEqual(os.path.getsize(WEIGHTS) % 8, 0, "or the last bytes would not be tried")
        self.embed(WEIGHTS, "model.S")
        self.check_linked(WEIGHTS, "model.S", "skiff_weights", "c", "c99")
        with open(self.path("model.S"), encoding="utf-8") as file:
            self.assertLessEqual(max(map(len, file)), 200)

    def test_assembly_from_cpp_by_another_name(self):
        self.embed(WEIGHTS, "model.S", "--symbol", "my_model2")
        self.check_linked(WEIGHTS, "model.S", "my_model2", "cpp", "c++17")

    def test_c(self):
        self.embed(TINY, "model.c")
        self.check_linked(TINY, "model.c", "skiff_weights", "c", "c99")

    def test_other_machines(self):
        self.embed(WEIGHTS, "model.S")
        with open(WEIGHTS, "rb") as file:
            wanted = file.read()
        for prefix in CROSS:
            if shutil.which(prefix + "gcc") is None:
                print(f"not tried: {prefix}gcc is not installed", file=sys.stderr)
                continue
            with self.subTest(compiler=prefix):
                run(prefix + "gcc", "-c", self.path("model.S"), "-o", self.path("model.o"))
                run(prefix + "objcopy", "-O", "binary", "-j", ".rodata.skiff_weights", self.path("model.o"), self.path("bytes"))
                with open(self.path("bytes"), "rb") as file:
                    found = file.read()
                width = 8 if "64" in prefix else 4
                self.assertEqual(found[: len(wanted)], wanted)
                self.assertEqual(found[-width:], len(wanted).to_bytes(width, "little"))

    def test_refused(self):
        with open(WEIGHTS, "rb") as file:
            damaged = bytearray(file.read())
        damaged[len(damaged) // 2] ^= 1
        with open(self.path("damaged.skiff"), "wb") as file:
            file.write(damaged)
        for status, args, *parts in (
            (2, [WEIGHTS], "--output"),
            (2, [WEIGHTS, "-o", self.path("model.o")], ".S", "model.o"),
            (2, [WEIGHTS, "-o", ".S"], ".S"),
            (2, [WEIGHTS, "-o", self.folder + "/.c"], ".c"),
            (2, [WEIGHTS, "-o", self.path("m.S"), "--symbol", "2b"], "'2b'"),
            (2, [WEIGHTS, "-o", self.path("m.S"), "--symbol", "a\nb"], "--symbol"),
            (1, [self.path("damaged.skiff"), "-o", self.path("m.S")], "damaged.skiff"),
            (1, [WEIGHTS, "-o", self.path("no/m.S")], "no/m"),
        ):
            with self.subTest(args=args):
                answer = subprocess.run([SKIFF, "embed", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.assertEqual(answer.returncode, status, answer.stderr)
                self.assertRegex(answer.stderr, r"\Askiff: [^\n]+\n\Z")
                for part in parts:
                    self.assertIn(part, answer.stderr)
        self.assertEqual(os.listdir(self.folder), ["damaged.skiff"])


if __name__ == "__main__":
    SKIFF, TINY, COMPILER = sys.argv[1], sys.argv[2], sys.argv[3:]
    unittest.main(argv=sys.argv[:1])
