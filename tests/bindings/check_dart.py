#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""skiff_bindings.dart, and the structures of skiff.py, say of skiff.h what C and C++ compilers say of it. check_dart.py LIBSKIFF.so

What Dart would make of its file is worked out here from the file alone; compilers for 64 and 32 bits judge it.
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINDINGS = os.path.join(ROOT, "tools", "bindings")
sys.path[:0] = [os.path.join(BINDINGS, "dart"), os.path.join(BINDINGS, "python")]
import generate  # noqa: E402
import skiff  # noqa: E402

LIBRARY = ""
DART = os.path.join(BINDINGS, "dart", "skiff_bindings.dart")
# Compilers and the size of their pointers.
COMPILERS = (("g++", 8), ("clang++", 8), ("aarch64-linux-gnu-g++", 8), ("arm-linux-gnueabihf-g++", 4))
SIZES = {"Int32": 4, "Uint32": 4, "Float": 4, "Uint8": 1, "Uint64": 8}
C_TYPES = {"Int32": "int32_t", "Uint32": "uint32_t", "Float": "float", "Uint64": "uint64_t", "IntPtr": "size_t", "Void": "void"}

PROGRAM = """
#include <stddef.h>
#include <type_traits>
#include "skiff.h"
/* Whether a caller passes both alike. */
template <class A, class B> struct Alike {
  static constexpr bool value = sizeof(A) == sizeof(B) && std::is_pointer<A>::value == std::is_pointer<B>::value &&
      std::is_floating_point<A>::value == std::is_floating_point<B>::value && std::is_class<A>::value == std::is_class<B>::value;
};
template <> struct Alike<void, void> { static constexpr bool value = true; };
template <class F, class G> struct Same { static constexpr bool value = false; };
template <class R, class S> struct Same<R (*)(), S (*)()> { static constexpr bool value = Alike<R, S>::value; };
template <class R, class A, class... As, class S, class B, class... Bs> struct Same<R (*)(A, As...), S (*)(B, Bs...)> {
  static constexpr bool value = Alike<A, B>::value && Same<R (*)(As...), S (*)(Bs...)>::value;
};
"""


def read_dart():
    with open(DART, encoding="utf-8") as file:
        return file.read()


def c_name(name):
    """SkiffPixelBox: skiff_pixel_box."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def structures(text):
    """{class: [(type, field, length of an array or 0)]} of the file."""
    out = {}
    for name, body in re.findall(r"^final class (\w+) extends Struct \{\n(.*?)^\}$", text, re.MULTILINE | re.DOTALL):
        out[name] = []
        for annotation, length, kind, field in re.findall(r"^  (?:@(\w+)\((\d*)\)\n  )?external (\S+) (\w+);$", body, re.MULTILINE):
            if annotation == "Array":
                out[name].append((re.fullmatch(r"Array<(.*)>", kind).group(1), field, int(length)))
            else:
                assert (annotation != "") == (kind in ("int", "double")), field
                assert (annotation == "Float") == (kind == "double"), field
                out[name].append((annotation or kind, field, 0))
        assert body.count("external") == len(out[name]), name
    return out


def layout(name, all_structures, pointer):
    """([(field, offset, size)], size, alignment) as dart:ffi has it: that of C."""
    fields, end, alignment = [], 0, 1
    for kind, field, length in all_structures[name]:
        if kind in all_structures:
            _, size, align = layout(kind, all_structures, pointer)
        else:
            size = align = pointer if kind.startswith("Pointer<") else SIZES[kind]
        end = (end + align - 1) // align * align
        fields.append((field, end, size * max(length, 1)))
        end += size * max(length, 1)
        alignment = max(alignment, align)
    return fields, (end + alignment - 1) // alignment * alignment, alignment


def asserts_of(struct, fields, size):
    lines = [f'static_assert(sizeof({struct}) == {size}, "{struct}");']
    for field, offset, field_bytes in fields:
        lines.append(f"static_assert(offsetof({struct}, {field}) == {offset} && sizeof({struct}::{field}) == {field_bytes}, "
                     f'"{struct}.{field}");')
    return lines


def compile_all(asserts_for):
    """Compiles asserts_for(size of a pointer) by every compiler; what the first that disagrees says, or None."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "asserts.cpp")
        for compiler, pointer in COMPILERS:
            if shutil.which(compiler) is None:
                print(f"not tried: {compiler} is not installed", file=sys.stderr)
                continue
            with open(source, "w", encoding="utf-8") as file:
                file.write(PROGRAM + "\n".join(asserts_for(pointer)) + "\n")
            done = subprocess.run([compiler, "-std=c++17", "-fsyntax-only", "-I", os.path.join(ROOT, "engine"), source],
                                  stderr=subprocess.PIPE, text=True)
            if done.returncode != 0:
                return f"{compiler}: {done.stderr}"
    return None


def c_type(native):
    if native.startswith("Pointer<"):
        return "void *"
    return C_TYPES.get(native) or c_name(native)


def pieces(text):
    """Parameters: what commas outside brackets part."""
    out, depth, start = [], 0, 0
    for i, letter in enumerate(text + ","):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            out.append(text[start:i].strip())
            start = i + 1
    return [piece for piece in out if piece]


def pointer_to(result, parameter_text):
    return f"{c_type(result)} (*)({', '.join(c_type(piece) for piece in pieces(parameter_text))})"


class Dart(unittest.TestCase):
    def test_the_file_is_what_the_script_makes(self):
        self.assertEqual(read_dart(), generate.generate(), "run tools/bindings/dart/generate.py")

    def layouts(self, pointer, spoilt=None):
        everything = structures(read_dart())
        self.assertEqual(len(everything), 8)
        if spoilt:
            everything[spoilt].insert(1, ("Int32", "structSize", 0))
        lines = []
        for name in everything:
            fields, size, _ = layout(name, everything, pointer)
            lines += asserts_of(c_name(name), [(re.sub(r"([A-Z])", r"_\1", field).lower(), *rest) for field, *rest in fields], size)
        return lines

    def test_layouts(self):
        self.assertIsNone(compile_all(self.layouts))
        self.assertIn("skiff_config", compile_all(lambda pointer: self.layouts(pointer, "SkiffConfig")))

    def signatures(self, text):
        found = re.findall(r"lookupFunction<\s+(\S+) Function\((.*?)\),\n\s+(\S+) Function\((.*?)\)>\('(\w+)'\)", text)
        lines = []
        for native, native_parameters, seen, seen_parameters, name in found:
            as_seen = re.sub(r"\b(Int32|IntPtr)\b(?![^<]*>)", "int", native_parameters)
            self.assertEqual(seen_parameters, as_seen, name)
            self.assertEqual(seen, {"Int32": "int", "Void": "void"}.get(native, native), name)
            lines.append(f'static_assert(Same<decltype(&{name}), {pointer_to(native, native_parameters)}>::value, "{name}");')
        for name, native, native_parameters in re.findall(r"^typedef (\w+) = (\w+) Function\((.*)\);$", text, re.MULTILINE):
            lines.append(f'static_assert(Same<{c_name(name)}, {pointer_to(native, native_parameters)}>::value, "{name}");')
        return [name for *_, name in found], lines

    def test_signatures(self):
        text = read_dart()
        names, lines = self.signatures(text)
        exported = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, stdout=subprocess.PIPE, text=True).stdout
        exported = re.findall(r" T (skiff_(?!pool_|latest_)\w+)", exported)
        self.assertEqual(sorted(names), sorted(exported))
        self.assertEqual(len(lines), len(names) + text.count("\ntypedef "))
        self.assertIsNone(compile_all(lambda pointer: lines))
        spoilt = [line.replace("int32_t)>", "float)>") for line in lines if '"skiff_label"' in line]
        self.assertIn("skiff_label", compile_all(lambda pointer: spoilt))
        spoilt = [line.replace(", int32_t)>", ")>") for line in lines if '"skiff_label"' in line]
        self.assertIn("skiff_label", compile_all(lambda pointer: spoilt))

    def test_numbers(self):
        with open(generate.HEADER, encoding="utf-8") as file:
            header = file.read()
        wanted = re.findall(r"^#define (SKIFF_\w+) [-(\d]", header, re.MULTILINE)
        wanted += re.findall(r"^ +(SKIFF_\w+) =\s+\d", header, re.MULTILINE)
        found = re.findall(r"^ *(?:static )?const (?:int|double) (\w+) = (.*);$", read_dart(), re.MULTILINE)
        self.assertEqual(len(found), len(wanted))
        self.assertGreater(len(found), 30)
        for name, (dart, _) in zip(wanted, found):
            self.assertTrue(name.replace("_", "").lower().endswith(dart.lower()), (name, dart))
        lines = [f'static_assert({name} == {value}, "{name}");' for name, (_, value) in zip(wanted, found)]
        self.assertIsNone(compile_all(lambda pointer: lines))

    def test_what_is_not_understood(self):
        with open(generate.HEADER, encoding="utf-8") as file:
            header = file.read()
        for good, bad, part in (("int32_t class_id;", "long class_id;", "unknown type long"), ("float score;", "float[2];", "no field"),
                                ("float score;", "float (*score)(void);", "no field"),
                                ("SKIFF_API const char *skiff_label", "extern const char *skiff_label", "not understood: extern"),
                                ("#define SKIFF_CPU_AVX2 1u", "#define SKIFF_CPU_AVX2 (1u << x)", "SKIFF_CPU_AVX2"),
                                ("typedef struct skiff_box {", "typedef union skiff_box {", "not understood: typedef union")):
            self.assertIn(good, header)
            with tempfile.NamedTemporaryFile("w", suffix=".h", encoding="utf-8") as file:
                file.write(header.replace(good, bad))
                file.flush()
                with self.assertRaises(SystemExit) as caught:
                    generate.generate(file.name)
            self.assertIn(part, str(caught.exception))


class Python(unittest.TestCase):
    def test_layouts(self):
        lines = []
        for kind in (skiff.WeightsError, skiff.Recipe, skiff.Config, skiff.Frame, skiff.Info):
            fields = [(name, getattr(kind, name).offset, getattr(kind, name).size) for name, _ in kind._fields_]
            lines += asserts_of(kind.__doc__.rstrip("."), fields, ctypes.sizeof(kind))
        for name, field in (("class_id", "class_id"), ("score", "score"), ("x_min", "corners")):
            lines.append(f'static_assert(offsetof(skiff_box, {name}) == {skiff.BOX.fields[field][1]}, "skiff_box.{name}");')
        lines.append(f'static_assert(sizeof(skiff_box) == {skiff.BOX.itemsize}, "skiff_box");')
        self.assertIsNone(compile_all(lambda pointer: lines if pointer == 8 else []))


if __name__ == "__main__":
    LIBRARY = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
