#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes skiff.aar, Skiff as an Android library: classes, native library, and what Android's build tools want beside them.

usage: make_aar.py --so arm64-v8a=libskiff_jni.so [--so ABI=FILE...] [--model FILE.skiff] [-o skiff.aar]

The native library is that of CMakeLists.txt, built by the NDK:
  cmake -S tools/bindings/android -B out -DCMAKE_TOOLCHAIN_FILE=$NDK/build/cmake/android.toolchain.cmake \\
        -DANDROID_ABI=arm64-v8a -DANDROID_PLATFORM=android-21 -DANDROID_STL=none && cmake --build out
One that a phone could not load is refused: for another CPU, with pages of 4 KB only, without the class's functions, or needing a library
that Android has not. Classes are compiled by javac. The same input gives the same bytes.
"""
import argparse
import io
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
JAVA = os.path.join(HERE, "java")
# e_machine and the class of ELF file, by what Android calls the CPU.
ABIS = {"arm64-v8a": (183, 2), "x86_64": (62, 2)}
ANDROID_LIBRARIES = {"libc.so", "libm.so", "libdl.so", "liblog.so"}
MIN_PAGE = 16384
EPOCH = (1980, 1, 1, 0, 0, 0)


def fail(what):
    sys.exit(f"make_aar: {what}")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")


class Elf:
    """What the loader asks of a 64-bit little-endian shared library."""

    def __init__(self, path, abi):
        if abi not in ABIS:
            fail(f"unknown ABI {abi!r}; known: {', '.join(ABIS)}")
        self.path, self.data = path, read(path)
        machine, elf_class = ABIS[abi]
        if self.data[:6] != bytes([0x7F, 0x45, 0x4C, 0x46, elf_class, 1]) or self._at("<HH", 16) != (3, machine):
            fail(f"{path} is no shared library for {abi}")
        offset, (size, count) = self._at("<Q", 32)[0], self._at("<HH", 54)
        self.segments = [self._at("<IIQQQQQQ", offset + i * size) for i in range(count)]

    def _at(self, layout, offset):
        if offset > len(self.data) - struct.calcsize(layout):
            fail(f"{self.path} is damaged: it ends before what it refers to")
        return struct.unpack_from(layout, self.data, offset)

    def page(self):
        return min((segment[7] for segment in self.segments if segment[0] == 1), default=0)

    def _file_offset(self, address):
        for kind, _, offset, start, _, size, _, _ in self.segments:
            if kind == 1 and start <= address < start + size:
                return offset + address - start
        fail(f"{self.path} is damaged: nothing is at address {address:#x}")

    def needed(self):
        """Names of the libraries that it needs."""
        entries = []
        for kind, _, offset, _, _, size, _, _ in self.segments:
            if kind == 2:
                entries = [self._at("<QQ", offset + i) for i in range(0, size - 15, 16)]
        strings = next((value for tag, value in entries if tag == 5), None)
        names = [value for tag, value in entries if tag == 1]
        return [self._text(self._file_offset(strings) + name) for name in names] if strings is not None else []

    def _text(self, offset):
        return self.data[offset:self.data.find(b"\0", offset)].decode("ascii", "replace")


def checked_library(path, abi):
    """Bytes of a native library that a phone can load."""
    elf = Elf(path, abi)
    if elf.page() < MIN_PAGE:
        fail(f"{path} is laid out for pages of {elf.page()} bytes, newer phones have {MIN_PAGE}: link with -Wl,-z,max-page-size={MIN_PAGE}")
    foreign = [name for name in elf.needed() if name not in ANDROID_LIBRARIES]
    if foreign:
        fail(f"{path} needs {', '.join(foreign)}, which Android has not: build it with the NDK and -DANDROID_STL=none")
    if b"\0Java_org_skiff_Detector_create\0" not in elf.data:
        fail(f"{path} has no functions for org.skiff.Detector: it is not libskiff_jni.so")
    return elf.data


def zipped(files):
    """A zip of {name: bytes}. What is already packed, and what is used in place, is stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o100644 << 16
            is_stored = name.endswith((".jar", ".so", ".skiff"))
            archive.writestr(entry, data, zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def compiled_classes():
    sources = sorted(os.path.join(folder, name) for folder, _, names in os.walk(JAVA) for name in names if name.endswith(".java"))
    with tempfile.TemporaryDirectory() as out:
        try:
            subprocess.run(["javac", "--release", "8", "-Xlint:-options", "-g:source,lines", "-d", out, *sources], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            fail(f"cannot compile the classes: {error}")
        files = {os.path.relpath(os.path.join(folder, name), out): read(os.path.join(folder, name))
                 for folder, _, names in os.walk(out) for name in names}
    return zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n", **files})


def main():
    parser = argparse.ArgumentParser(description="Makes skiff.aar, Skiff as an Android library.")
    parser.add_argument("--so", metavar="ABI=FILE", action="append", required=True, help="libskiff_jni.so for a CPU, e.g. arm64-v8a")
    parser.add_argument("--model", metavar="FILE", help="weights file for the assets")
    parser.add_argument("-o", metavar="FILE", default="skiff.aar", help="what is written (default: skiff.aar)")
    options = parser.parse_args()
    files = {"AndroidManifest.xml": read(os.path.join(HERE, "AndroidManifest.xml")), "R.txt": b"",
             "proguard.txt": read(os.path.join(HERE, "proguard.txt"))}
    for given in options.so:
        abi, _, path = given.partition("=")
        files[f"jni/{abi}/libskiff_jni.so"] = checked_library(path, abi)
    if options.model:
        if not options.model.endswith(".skiff"):
            fail(f"{options.model} is no weights file: its name ends in .skiff")
        files[f"assets/{os.path.basename(options.model)}"] = read(options.model)
    files["classes.jar"] = compiled_classes()
    try:
        with open(options.o + ".part", "wb") as file:
            file.write(zipped(files))
        os.replace(options.o + ".part", options.o)
    except OSError as error:
        fail(f"cannot write {options.o}: {error.strerror}")


if __name__ == "__main__":
    main()
