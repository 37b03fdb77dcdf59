#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""skiff.cpp and skiff.h as tools/amalgamate.py makes them: one compiler line, no warning, the same rows as skiff finds.
check_amalgam.py SKIFF

By gcc and clang, for plain x86-64, AVX2 and AVX-512, for arm64 and for 32-bit ARM; what this CPU cannot run is compiled alone. With the
portable kernels every build for x86-64 gives the same bits. Last come sources that the script must refuse.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import check_readme  # noqa: E402
import consumer  # noqa: E402
from check_symbols import ALLOWED  # noqa: E402

SCRIPT = os.path.join(consumer.ROOT, "tools", "amalgamate.py")
AVX2, AVX512 = ["-mavx2", "-mfma"], ["-mavx2", "-mfma", "-mavx512f"]
ARM32 = ["-mfpu=neon-vfpv4"]

# What compiles: C++ compiler, C compiler, flags, what of /proc/cpuinfo it needs to run.
X86 = [([cpp], [c], flags, needs) for cpp, c in (("g++", "gcc"), ("clang++", "clang"))
       for flags, needs in (([], set()), (AVX2, {"avx2", "fma"}), (AVX512, {"avx2", "fma", "avx512f"}))]
# The same for other CPUs, and what runs them.
CROSS = [(["aarch64-linux-gnu-g++"], ["aarch64-linux-gnu-gcc"], [], ["qemu-aarch64-static", "-cpu", "cortex-a53"]),
         (["clang++", "--target=aarch64-linux-gnu"], ["aarch64-linux-gnu-gcc"], [], ["qemu-aarch64-static", "-cpu", "cortex-a53"]),
         (["arm-linux-gnueabihf-g++"], ["arm-linux-gnueabihf-gcc"], ARM32, ["qemu-arm-static", "-cpu", "cortex-a15"])]
# Helpers of compilers, for what a CPU has no instruction for.
RUNTIME = ("__aarch64_", "__aeabi_")


def run(*command, **more):
    return subprocess.run(command, check=True, **more)


class Checks:
    def __init__(self, folder, skiff):
        self.folder, self.skiff = folder, skiff
        self.photo = consumer.Photo(folder)
        self.strongest = self.photo.expected(skiff)
        self.portable = None  # rows of the portable kernels, from the first build
        self.faults, self.missing = [], []

    def check(self, what, is_right):
        print(f"{'ok   ' if is_right else 'WRONG'} {what}")
        if not is_right:
            self.faults.append(what)

    def tools_there(self, name, *tools):
        absent = [tool for tool in tools if not shutil.which(tool)]
        if absent:
            print(f"skipped: {name} (no {', '.join(absent)})")
            self.missing += absent
        return not absent

    def compile(self, compiler, flags):
        """The one line."""
        target = os.path.join(self.folder, "skiff.o")
        run(*compiler, "-O2", "-std=c++17", *flags, "-Wall", "-Wextra", "-pedantic", "-Werror", "-c",
            os.path.join(self.folder, "skiff.cpp"), "-o", target)
        return target

    def link(self, compiler, flags, library):
        program = os.path.join(self.folder, "rows")
        run(*compiler, *consumer.C_FLAGS, *flags, "-I", self.folder, consumer.SOURCE, library, "-lm", "-o", program)
        return program

    def check_needs(self, name, library):
        text = run("nm", "-u", library, stdout=subprocess.PIPE, text=True).stdout
        extra = {word for word in text.split() if word != "U"} - ALLOWED
        self.check(f"{name}: needs nothing but libc's memory and libm ({len(extra)} more)",
                   not {symbol for symbol in extra if not symbol.startswith(RUNTIME)})

    def x86(self, cpp, c, flags, needs, features):
        name = " ".join([*cpp, *flags])
        library = self.compile(cpp, flags)
        self.check_needs(name, library)
        if not needs <= features:
            print(f"ok    {name}: compiles; this CPU has no {', '.join(sorted(needs - features))} to run it")
            return
        program = self.link(c, [], library)
        found, portable = self.photo.found([program]), self.photo.found([program], cpu_mask=0)
        self.check(f"{name}: the rows that skiff finds", consumer.are_same(found, self.strongest, 1e-4))
        if self.portable is None:
            self.portable = portable
            self.check(f"{name}: the README's example", check_readme.run_example(self.folder, library, c, self.folder))
        self.check(f"{name}: the same bits from portable kernels", consumer.are_same(portable, self.portable))

    def cross(self, cpp, c, flags, emulator):
        name = " ".join([*cpp, *flags])
        if not self.tools_there(name, cpp[0], c[0], emulator[0]):
            return
        library = self.compile(cpp, flags)
        self.check_needs(name, library)
        program = self.link(c, [*flags, "-static"], library)
        self.check(f"{name}: the rows that skiff finds", consumer.are_same(self.photo.found([*emulator, program]), self.strongest, 1e-4))


def cpu_features():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        return set(next((line for line in file if line.startswith("flags")), "").split())


def refuses(checks, what, said, edit):
    """The script on a copy of the sources that `edit` has spoilt: it must fail and say so."""
    copy = tempfile.mkdtemp(dir=checks.folder)
    for name in ("engine", "kernels", "tools/amalgamate.py", "meson.build", "LICENSE"):
        source, target = os.path.join(consumer.ROOT, name), os.path.join(copy, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, target)
    edit(copy)
    ran = subprocess.run([sys.executable, os.path.join(copy, "tools", "amalgamate.py"), "-o", copy], stderr=subprocess.PIPE, text=True)
    is_right = ran.returncode == 1 and all(word in ran.stderr for word in said) and not os.path.exists(os.path.join(copy, "skiff.cpp"))
    checks.check(f"refuses {what}" if is_right else f"refuses {what}: status {ran.returncode}, {ran.stderr!r}", is_right)


def writes(name, text):
    def edit(copy):
        with open(os.path.join(copy, name), "a", encoding="utf-8") as file:
            file.write(text)
    return edit


def check_refusals(checks):
    unnamed = "\nnamespace {\n\nint %s(int x) {\n  return x;\n}\n\n}  // namespace\n"
    refuses(checks, "a name that two headers have", ["engine/nms.h", "engine/decode.h", "clip_unit"],
            writes("engine/nms.h", "\nnamespace skiff {\n\ninline int clip_unit(int x) { return x; }\n\n}  // namespace skiff\n"))
    refuses(checks, "a header with an unnamed namespace", ["engine/nms.h"], writes("engine/nms.h", unnamed % "mine"))
    refuses(checks, "an instruction set that it does not know", ["pw_amx", "ISA_CONDITIONS"],
            writes("kernels/x86/pw_amx.cpp", '#include "kernels/x86/avx2.h"\n'))


def main():
    with tempfile.TemporaryDirectory() as folder:
        run(SCRIPT, "-o", folder)
        with open(os.path.join(folder, "skiff.cpp"), "rb") as file:
            first = file.read()
        checks = Checks(folder, sys.argv[1])
        run(SCRIPT, "-o", folder)
        with open(os.path.join(folder, "skiff.cpp"), "rb") as file:
            checks.check(f"the same {len(first)} bytes again", file.read() == first)
        for build in X86:
            if checks.tools_there(" ".join(build[0]), build[0][0], build[1][0]):
                checks.x86(*build, cpu_features())
        for build in CROSS:
            checks.cross(*build)
        check_refusals(checks)
    sys.exit(1 if checks.faults else 77 if checks.missing else 0)


if __name__ == "__main__":
    main()
