#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes skiff.cpp and skiff.h: the engine and its kernels as one source, for programs that do not want a build system.

usage: tools/amalgamate.py [-o FOLDER]        writes FOLDER/skiff.cpp and FOLDER/skiff.h (default: the current folder)

Sources are taken by folder, and the same sources give the same bytes. What files could come to mean to each other inside one is met as
follows; what is not met ends the script with a line that says what to do.
- Headers stand once, before what needs them; those of the system at the top, outside all namespaces.
- Each file of an instruction set lies in a namespace of its own with copies of its own of what it includes, as they use the same words
  for vectors of different widths.
- Macros of a source end with it.
- A name in the unnamed namespace of an engine or portable kernel source that an earlier source or any header has too gets the source's
  name behind it.
"""
import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ISA_FOLDERS = ["kernels/x86", "kernels/arm"]
PLAIN_FOLDERS = ["kernels", "kernels/ref", "engine"]

# The set that a file's name ends with, and what compilers define where the compile line enables it.
ISA_CONDITIONS = {
    "avx2": "defined(__AVX2__) && defined(__FMA__)",
    "avx512": "defined(__AVX2__) && defined(__FMA__) && defined(__AVX512F__)",
    "neon": "defined(__aarch64__) && defined(__ARM_NEON)",
}

INCLUDE = re.compile(r'#include (?:"(.+)"|<(.+)>)')
UNNAMED = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
C_DECLARATIONS = re.compile(r'^extern "C" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
# Declarations begin in the first column, as .clang-format has them.
DECLARATION = re.compile(r"^(?!template|namespace|using namespace|extern|static_assert|typedef)[A-Za-z_][^;{]*[;{]", re.MULTILINE)
TYPE = re.compile(r"(?:struct|enum class|enum|using) (\w+)")
FUNCTION = re.compile(r"[^=(]*?\b(\w+)\(")
VALUE = re.compile(r"\b(\w+)(?:\[[^\]]*\])* =")

BANNER = """// Skiff {version}: engine and kernels in one source. Made by tools/amalgamate.py; edit what it was made from.
//
//   c++ -O2 -std=c++17 -c skiff.cpp                 portable kernels, on arm64 those for NEON too
//   c++ -O2 -std=c++17 -mavx2 -mfma -c skiff.cpp    those for AVX2 too; with -mavx512f those for AVX-512
//
// The interface is skiff.h, for C and C++. Link with -lm.
//
{license}
// The same floats from every compiler: nothing is fused to a multiply-add but where a kernel says so.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

"""
# Types of skiff.h are of this file too: it is included under its visibility. gcc 12 takes the undefined upper parts in its own AVX-512 header for our mistake.
PRIVATE = """
// Only skiff.h's functions leave this file. What headers say for several sources is not all used here, and vectors are passed between
// functions of this file only.
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#endif

#include "skiff.h"
"""
END = """
#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
"""


def fail(what):
    sys.exit(f"amalgamate: {what}")


def read(path):
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")


def sources_in(folder):
    return [f"{folder}/{name}" for name in sorted(os.listdir(os.path.join(ROOT, folder))) if name.endswith(".cpp")]


def bare(text):
    """A source without what has no place in the middle of a file."""
    return text.replace("// SPDX-License-Identifier: MIT\n", "").replace("#pragma once\n", "")


def titled(path, text):
    return f"\n// ---- {path} ----\n{text.strip()}\n"


def stem_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def is_table(path):
    """Whether a header is the table of an instruction set: one for all, but only where there is that set."""
    return os.path.dirname(path) in ISA_FOLDERS and stem_of(path).startswith("table_")


def condition_of(path):
    """When there is a file of an instruction set."""
    condition = ISA_CONDITIONS.get(stem_of(path).rsplit("_", 1)[-1])
    if condition is None:
        fail(f"{path}: no instruction set of this name; say in ISA_CONDITIONS of tools/amalgamate.py when compilers enable it")
    return condition


def macros_ended(path, text):
    """What ends the macros that a source leaves defined."""
    left = sorted(set(re.findall(r"^\s*#define (\w+)", text, re.MULTILINE)) - set(re.findall(r"^\s*#undef (\w+)", text, re.MULTILINE)))
    return "".join(f"#undef {name}\n" for name in left)


def names_of(declaration):
    for kind in (TYPE, FUNCTION):
        match = kind.match(declaration)
        if match:
            return {match.group(1)}
    return set(VALUE.findall(declaration))


def names_in(text):
    return set().union(*(names_of(declaration) for declaration in DECLARATION.findall(text)))


class Amalgam:
    def __init__(self):
        self.system = {}  # header: the conditions under which it is included
        self.done = set()  # headers that stand already
        self.owners = {}  # names of headers: the file
        self.taken = set()  # names of unnamed namespaces so far
        self.out = []

    def claim(self, path, text):
        for name in names_in(text):
            owner = self.owners.setdefault(name, path)
            if owner != path:
                fail(f"{path} and {owner} both declare {name}, which in one file would be one name: rename one")

    def renamed(self, path, text):
        """The text of a source whose own names are nobody else's."""
        own = names_in("\n".join(UNNAMED.findall(text)))
        stem = stem_of(path)
        for name in sorted(own & (self.taken | self.owners.keys())):
            text = re.sub(rf"(?<![\w.:\"])(?<!->){name}(?!\w)", f"{name}_{stem}", text)
        self.taken |= own
        return text

    def expand(self, path, condition="", is_isa=False):
        """The text of a source with the project's headers taken out of it (those not yet there go before it) and its .inc files put in.
        In a file of an instruction set headers of that set are put in too, of its table what it says of the kernels. `condition` is what its system headers depend on."""
        lines, depth = [], []
        for line in bare(read(path)).splitlines():
            if re.match(r"#if", line):
                depth.append(line)
            elif re.match(r"#el", line):
                depth[-1] = line
            elif re.match(r"#endif", line):
                depth.pop()
            include = INCLUDE.match(line)
            if not include:
                lines.append(line)
            elif include.group(2):
                self.add_system(path, include.group(2), condition, depth)
            elif is_isa and is_table(include.group(1)):
                lines += C_DECLARATIONS.findall(read(include.group(1)))
            elif include.group(1).endswith(".inc") or is_isa and os.path.dirname(include.group(1)) in ISA_FOLDERS:
                lines.append(self.expand(include.group(1), condition, is_isa))
            else:
                self.add_header(include.group(1))
        return "\n".join(lines) + "\n"

    def add_system(self, path, header, condition, depth):
        if depth and not (len(depth) == 1 and depth[0].startswith("#if ")):
            fail(f"{path} includes <{header}> under {' and '.join(depth)}: only one plain #if is understood")
        self.system.setdefault(header, set()).add(condition or (depth[0][4:] if depth else ""))

    def add_header(self, path):
        if path == "engine/skiff.h" or path in self.done:
            return
        self.done.add(path)
        text = self.expand(path)
        if UNNAMED.search(text):
            fail(f"{path} has an unnamed namespace, and stands once for all: make what is in it inline in namespace skiff")
        self.claim(path, text)
        self.out.append(titled(path, f"#if {condition_of(path)}\n{text}#endif\n" if is_table(path) else text))

    def add_plain(self, path, text):
        text = self.renamed(path, text)
        self.out.append(titled(path, text) + macros_ended(path, text))

    def add_isa(self, path):
        """A kernel, in a namespace of its own."""
        stem, condition = stem_of(path), condition_of(path)
        text = self.expand(path, condition, is_isa=True)
        text = f"namespace skiff_only_{stem} {{\n\n{text.strip()}\n\n}}  // namespace skiff_only_{stem}\n" + macros_ended(path, text)
        self.out.append(titled(path, f"#if {condition}\n{text}#endif\n"))

    def system_includes(self):
        lines = []
        for header, conditions in sorted(self.system.items(), key=lambda item: ("" not in item[1], item[0])):
            line = f"#include <{header}>\n"
            if "" not in conditions:
                line = f"#if {' || '.join(f'({c})' for c in sorted(conditions))}\n{line}#endif\n"
            lines.append(line)
        return "".join(lines)

    def text(self):
        version = re.search(r"version: '([\d.]+)'", read("meson.build")).group(1)
        license = "".join(f"// {line}".rstrip() + "\n" for line in read("LICENSE").splitlines())
        have = "".join(f"#if {condition}\n#define SKIFF_HAVE_{isa.upper()} 1\n#endif\n" for isa, condition in ISA_CONDITIONS.items())
        return (BANNER.format(version=version, license=license) + self.system_includes() + "\n" + have + PRIVATE +
                "".join(self.out) + END)


def amalgamate():
    amalgam = Amalgam()
    plain = [path for folder in PLAIN_FOLDERS for path in sources_in(folder)]
    texts = [amalgam.expand(path) for path in plain]  # brings all headers
    for path, text in zip(plain, texts):
        amalgam.add_plain(path, text)
    for folder in ISA_FOLDERS:
        for path in sources_in(folder):
            amalgam.add_isa(path)
    return amalgam.text()


def main():
    parser = argparse.ArgumentParser(description="Makes skiff.cpp and skiff.h: engine and kernels as one source.")
    parser.add_argument("-o", metavar="FOLDER", default=".", help="where they are written (default: the current folder)")
    folder = parser.parse_args().o
    texts = {"skiff.cpp": amalgamate(), "skiff.h": read("engine/skiff.h")}
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in texts.items():
            part = os.path.join(folder, name + ".part")
            with open(part, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(part, os.path.join(folder, name))
    except OSError as error:
        fail(f"cannot write to {folder}: {error.strerror}")


if __name__ == "__main__":
    main()
