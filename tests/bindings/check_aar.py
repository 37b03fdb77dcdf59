#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CMakeLists.txt, the Android library and the camera sample, as far as a machine without Android can tell.
check_aar.py SKIFF LIBSKIFF.so TINY

CMake builds for this machine, where the class must find what skiff finds, and by a cross compiler for arm64. There is no NDK here: what the
cross compiler makes needs glibc, which make_aar.py must refuse; its objects linked without any library take the place of an NDK's.
"""
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_jni  # noqa: E402
from check_jni import ANDROID, JAVA, JAVAC, ROOT  # noqa: E402

sys.path.insert(0, ANDROID)
import make_aar  # noqa: E402

COMMAND = LIBRARY = TINY = ""
CROSS = "aarch64-linux-gnu-g++"
SHARED = ["-shared", "-nostdlib", "-Wl,-z,max-page-size=16384"]
FOLDER = tempfile.TemporaryDirectory()
FUZZ_ROUNDS = 500


def path(*parts):
    return os.path.join(FOLDER.name, *parts)


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def cmake(out, *options):
    include = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("javac")))), "include")
    run("cmake", "-S", ANDROID, "-B", out, f"-DSKIFF_JNI_INCLUDE={include};{include}/linux", "-DCMAKE_CXX_FLAGS=-Werror", *options)
    run("cmake", "--build", out, "--parallel", "2")
    return os.path.join(out, "libskiff_jni.so")


def cross_objects():
    """What CMake and the cross compiler make, once."""
    if not os.path.exists(path("arm64")):
        cmake(path("arm64"), "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DCMAKE_CXX_COMPILER={CROSS}")
    return sorted(glob.glob(path("arm64", "CMakeFiles", "**", "*.o"), recursive=True))


def link(name, *flags):
    run(CROSS, *flags, *cross_objects(), "-o", path(name))
    return path(name)


def make(*options, out="skiff.aar"):
    return subprocess.run([sys.executable, os.path.join(ANDROID, "make_aar.py"), *options, "-o", path(out)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


class Aar(unittest.TestCase):
    def make(self, out="skiff.aar"):
        so = link("libskiff_jni.so", *SHARED)
        os.makedirs(path("model"), exist_ok=True)
        with open(TINY, "rb") as file, open(path("model", "tiny.skiff"), "wb") as copy:
            copy.write(file.read())
        done = make("--so", f"arm64-v8a={so}", "--model", path("model", "tiny.skiff"), out=out)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return path(out)

    def test_cmake_for_this_machine(self):
        classes = path("classes")
        os.makedirs(classes)
        check_jni.compile_java(classes)
        library = cmake(path("host"))
        self.assertTrue(check_jni.check_rows(classes, COMMAND, LIBRARY, library, tolerance=0.05))  # other kernels than skiff's

    def test_layout(self):
        aar = self.make()
        with zipfile.ZipFile(aar) as archive:
            self.assertEqual(archive.namelist(), ["AndroidManifest.xml", "R.txt", "assets/tiny.skiff", "classes.jar",
                                                  "jni/arm64-v8a/libskiff_jni.so", "proguard.txt"])
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.getinfo("assets/tiny.skiff").compress_type, zipfile.ZIP_STORED)
            manifest = xml.etree.ElementTree.fromstring(archive.read("AndroidManifest.xml"))
            self.assertEqual((manifest.tag, manifest.get("package")), ("manifest", "org.skiff"))
            archive.extract("classes.jar", FOLDER.name)
            proguard = archive.read("proguard.txt").decode()
        with zipfile.ZipFile(path("classes.jar")) as jar:
            names = jar.namelist()
            self.assertEqual(names, ["META-INF/MANIFEST.MF"] + [f"org/skiff/{n}.class" for n in
                                                                 ("Detector", "Options", "PowerMode", "SkiffException")])
            self.assertTrue(all(jar.read(name)[:8] == b"\xca\xfe\xba\xbe\0\0\0\x34" for name in names[1:]), "Java 8")
        for name in ("org.skiff.Detector", "org.skiff.SkiffException"):
            self.assertIn(f"class {name} ", proguard)

    def test_the_same_bytes_again(self):
        with open(self.make("one.aar"), "rb") as one, open(self.make("two.aar"), "rb") as two:
            self.assertEqual(one.read(), two.read())

    def test_camera_sample(self):
        self.make()
        with zipfile.ZipFile(path("skiff.aar")) as archive:
            archive.extract("classes.jar", FOLDER.name)
        stubs = glob.glob(os.path.join(ROOT, "tests", "bindings", "stubs", "**", "*.java"), recursive=True)
        out = path("sample")
        os.makedirs(out)
        run(*JAVAC, "-cp", path("classes.jar"), "-d", out, *stubs, os.path.join(ANDROID, "sample", "CameraAnalyzer.java"),
            os.path.join(ROOT, "tests", "bindings", "CameraAnalyzerTest.java"))
        library = cmake(path("host"))
        said = run(*JAVA, f"-Djava.library.path={os.path.dirname(library)}", "-cp", os.pathsep.join([path("classes.jar"), out]),
                   "CameraAnalyzerTest", path("model"), "tiny.skiff")
        self.assertEqual(said, "1 told, 2 closed\n")

    def test_refused(self):
        good = link("good.so", *SHARED)
        cross_objects()
        with open(path("empty.c"), "w", encoding="ascii") as file:
            file.write("int nothing;\n")
        run(CROSS, *SHARED, "-x", "c", path("empty.c"), "-o", path("empty.so"))
        small_pages = link("small.so", "-shared", "-nostdlib", "-Wl,-z,max-page-size=4096")
        for options, part in (
                (["--so", "arm64-v8a=" + path("arm64", "libskiff_jni.so")], "libc.so.6"), (["--so", f"x86_64={good}"], "for x86_64"),
                (["--so", f"mips={good}"], "'mips'"), (["--so", good], "unknown ABI"), (["--so", f"arm64-v8a={small_pages}"], "4096"),
                (["--so", "arm64-v8a=" + path("empty.so")], "org.skiff.Detector"), (["--so", f"arm64-v8a={TINY}"], "no shared library"),
                (["--so", "arm64-v8a=" + path("absent.so")], "absent.so"), (["--so", f"arm64-v8a={good}", "--model", good], ".skiff"),
                (["--so", f"arm64-v8a={good}", "--model", path("absent.skiff")], "absent.skiff")):
            with self.subTest(part=part):
                done = make(*options, out="refused.aar")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"\Amake_aar: [^\n]+\n\Z")
                self.assertIn(part, done.stderr)
        self.assertFalse(os.path.exists(path("refused.aar")))

    def test_damaged_libraries(self):
        with open(link("whole.so", *SHARED), "rb") as file:
            good = file.read()
        rng = random.Random(1)
        refused = 0
        for i in range(FUZZ_ROUNDS):
            bad = bytearray(good[:rng.randrange(len(good))] if i % 2 else good)
            for _ in range(4 if i % 2 == 0 else 0):
                bad[rng.randrange(1024)] = rng.randrange(256)
            with open(path("bad.so"), "wb") as file:
                file.write(bad)
            try:
                make_aar.checked_library(path("bad.so"), "arm64-v8a")
            except SystemExit as error:
                refused += 1
                self.assertIn("bad.so", str(error.code))
        self.assertGreater(refused, FUZZ_ROUNDS // 4)


if __name__ == "__main__":
    COMMAND, LIBRARY, TINY = sys.argv[1:]
    with FOLDER:
        unittest.main(argv=sys.argv[:1])
