#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A library built for one instruction set (-Dtrim) links one kernel for each slot and nothing that chooses among them.
check_trim.py READELF LIBRARY.a TRIM COMPILER...

Links a C program that calls the whole interface, with no C library, so that what is in it is Skiff; prints how large it is.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import check_symbols  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT_BYTES = 200 * 1024
# Strongest first: a set takes what it lacks from the next.
LADDER = {"ref": ["ref"], "avx2": ["avx2", "ref"], "avx512": ["avx512", "avx2", "ref"], "neon": ["neon", "ref"]}
PROGRAM = """
#include "engine/skiff.h"
void *const whole_interface[] = {%s};
int main(int argc, char **argv) { return whole_interface[argc] == (void *)argv; }
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def expected_kernels(trim):
    """The kernel of each slot, by what the headers of the instruction sets declare."""
    slots = re.findall(r"SKIFF_KERNEL\((\w+), ", read(os.path.join(ROOT, "kernels", "kernel_list.inc")))
    headers = "".join(read(path) for path in glob.glob(os.path.join(ROOT, "kernels", "*", "*.h")))
    return {next(f"skiff_{slot}_{isa}" for isa in LADDER[trim] if f"skiff_{slot}_{isa}(" in headers) for slot in slots}


def link(library, compiler, folder):
    source, program = os.path.join(folder, "main.c"), os.path.join(folder, "program")
    functions = re.findall(r"SKIFF_API [^;(]*?(skiff_\w+)\(", read(os.path.join(ROOT, "engine", "skiff.h")))
    with open(source, "w", encoding="utf-8") as file:
        file.write(PROGRAM % ", ".join(f"(void *){name}" for name in functions))
    subprocess.run([*compiler, "-I", ROOT, source, library, "-o", program, "-nostdlib", "-static", "-no-pie", "-fno-pie",
                    "-Wl,-e,main,--gc-sections,--unresolved-symbols=ignore-all,--build-id=none"], check=True)
    return program


def main():
    readelf, library, trim, compiler = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    with tempfile.TemporaryDirectory() as folder:
        program = link(library, compiler, folder)
        answers = [subprocess.run([readelf, option, program], check=True, stdout=subprocess.PIPE, text=True).stdout
                   for option in ("-sW", "-SW")]
    kernels = set(re.findall(r" FUNC .* (skiff_\w+_(?:ref|avx2|avx512|neon))$", answers[0], re.MULTILINE))
    wanted = expected_kernels(trim)
    sizes = {section: size for _, section, size in check_symbols.read_sections(answers[1])}
    total = sum(size for section, size in sizes.items() if section in (".text", ".rodata", ".data.rel.ro"))
    faults = [f"not linked: {name}" for name in sorted(wanted - kernels)] + [f"linked in vain: {name}" for name in sorted(kernels - wanted)]
    if not 0 < sizes.get(".text", 0) <= total <= LIMIT_BYTES:
        faults.append(f"{total} bytes; at most {LIMIT_BYTES}")
    for fault in faults:
        print(fault)
    print(f"trim={trim}: {len(kernels)} kernels, {total} bytes of code and constants, {sizes.get('.text', 0)} of them code")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
