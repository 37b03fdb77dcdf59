#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed, as other programs use it: by pkg-config, by CMake, and Skiff as meson's subproject. Every one of them finds what
skiff finds, to the last bit. check_packages.py SKIFF BUILD_FOLDER MESON C_COMPILER...
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import consumer  # noqa: E402

HEADERS = ["engine/skiff.h", "engine/pool/pool.h", "engine/pool/latest.h"]
# What a program may need at run time, beside our own.
SYSTEM = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}

faults = []


def check(what, is_right):
    print(f"{'ok   ' if is_right else 'WRONG'} {what}", flush=True)
    if not is_right:
        faults.append(what)


def run(*command, **more):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {ran.returncode}\n{ran.stdout}")
    return ran.stdout


def find(root, name):
    found = [os.path.join(folder, name) for folder, _, names in os.walk(root) if name in names]
    if len(found) != 1:
        sys.exit(f"{len(found)} files of the name {name} are installed: {found}")
    return found[0]


class Install:
    """Everything that `meson install` puts somewhere, below a folder of ours."""

    def __init__(self, folder, build, meson):
        self.root = os.path.join(folder, "installed")
        run(meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", self.root)
        self.lib = os.path.dirname(find(self.root, "libskiff.a"))
        self.prefix = os.path.dirname(os.path.dirname(find(self.root, "skiff.h")))
        self.environment = dict(os.environ, PKG_CONFIG_LIBDIR=os.path.join(self.lib, "pkgconfig"), PKG_CONFIG_SYSROOT_DIR=self.root,
                                LD_LIBRARY_PATH=self.lib)

    def flags(self, *names):
        return run("pkg-config", "--cflags", "--libs", *names, env=self.environment).split()


def declared(path):
    with open(os.path.join(consumer.ROOT, path), encoding="utf-8") as file:
        return set(re.findall(r"\b(skiff_\w+)\(", "".join(re.findall(r"SKIFF\w*_API[^;]*;", file.read()))))


def needed(path):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", path)))


def check_shared(install):
    names = set().union(*map(declared, HEADERS))
    exported = set()
    for name, own in (("libskiff", set()), ("libskiff_pool", {"libskiff.so.0"})):
        path = os.path.join(install.lib, name + ".so")
        check(f"{name}.so is {name}.so.0", f"[{name}.so.0]" in run("readelf", "-dW", path))
        check(f"{name}.so needs libc and libm alone", needed(path) <= SYSTEM | own)
        symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines()]
        check(f"{name}.so: every symbol has its version", all(s.endswith("@@SKIFF_0") or s == "SKIFF_0" for s in symbols))
        exported |= {symbol.split("@")[0] for symbol in symbols} - {"SKIFF_0"}
    check(f"the {len(names)} functions of the headers are exported, and nothing else", exported == names and len(names) > 20)


class Programs:
    def __init__(self, folder, skiff, environment):
        self.photo = consumer.Photo(folder)
        self.expected = self.photo.expected(skiff)
        self.environment = environment

    def check(self, what, program, is_shared):
        library_path = [f"LD_LIBRARY_PATH={self.environment['LD_LIBRARY_PATH']}"] if is_shared else []
        check(f"{what}: the rows that skiff finds",
              consumer.are_same(self.photo.found(["env", *library_path, program]), self.expected))
        check(f"{what}: {'shares' if is_shared else 'has'} libskiff", ("libskiff.so.0" in needed(program)) == is_shared)


def check_pkg_config(folder, install, programs, compiler):
    for language, flags, is_cpp in (("C", consumer.C_FLAGS, False), ("C++", consumer.CPP_FLAGS, True)):
        for package, define in (("skiff", []), ("skiff_pool", ["-DWITH_POOL"])):
            for is_shared in (True, False):
                program = os.path.join(folder, "program")
                source = [*flags, *define, consumer.SOURCE, *(["-x", "none"] if is_cpp else [])]
                libraries = install.flags(package) if is_shared else install.flags("--static", package)
                run(*compiler, *source, *libraries, *([] if is_shared else ["-static"]), "-o", program)
                programs.check(f"pkg-config {package}, {language}, {'shared' if is_shared else 'static'}", program, is_shared)


def check_cmake(folder, install, programs):
    for name, options in (("shared", []), ("static", ["-Dskiff_USE_STATIC_LIBS=ON"])):
        build = os.path.join(folder, "cmake-" + name)
        run("cmake", "-S", os.path.dirname(consumer.SOURCE), "-B", build, f"-DCMAKE_PREFIX_PATH={install.prefix}", *options)
        run("cmake", "--build", build)
        for target in ("skiff", "pool") if name == "static" else ("skiff", "skiff_static", "pool", "pool_shared"):
            for language in ("c", "cpp") if name == "shared" else ("c",):
                is_shared = name == "shared" and not target.endswith("static")
                programs.check(f"CMake skiff::{target}, {language}, {name}", os.path.join(build, f"{language}_{target}"), is_shared)
    refused = subprocess.run(["cmake", "-S", os.path.dirname(consumer.SOURCE), "-B", os.path.join(folder, "cmake-none"),
                              f"-DCMAKE_PREFIX_PATH={folder}/nowhere"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    check("CMake: what is not installed is not found", refused.returncode != 0)


def check_subproject(folder, programs, meson):
    source, build = os.path.join(folder, "consumer"), os.path.join(folder, "subproject")
    shutil.copytree(os.path.dirname(consumer.SOURCE), source)
    os.mkdir(os.path.join(source, "subprojects"))
    os.symlink(consumer.ROOT, os.path.join(source, "subprojects", "skiff"))
    environment = dict(os.environ, PKG_CONFIG_LIBDIR=os.path.join(folder, "nowhere"))
    run(meson, "setup", build, source, "--wrap-mode=forcefallback", env=environment)
    run("ninja", "-C", build, "c_skiff", "cpp_skiff", "c_pool", env=environment)
    for name in ("c_skiff", "cpp_skiff", "c_pool"):
        programs.check(f"meson subproject, {name}", os.path.join(build, name), False)


def main():
    skiff, build, meson, *compiler = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        install = Install(folder, build, meson)
        check_shared(install)
        programs = Programs(folder, skiff, install.environment)
        check_pkg_config(folder, install, programs, compiler)
        check_cmake(folder, install, programs)
        check_subproject(folder, programs, meson)
        installed = find(install.root, "skiff")
        check("the installed skiff finds its model", consumer.are_same(programs.photo._rows(
            ["env", f"LD_LIBRARY_PATH={install.lib}", installed, "detect", "--format", "rows", programs.photo.ppm]), programs.expected))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
