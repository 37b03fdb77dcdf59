#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes skiff_bindings.dart, Skiff's C interface for dart:ffi, of engine/skiff.h.

usage: tools/bindings/dart/generate.py [-o FILE]        (default: skiff_bindings.dart beside this script)

The header is read as it is written: one declaration after the other, fields one to a line or separated by commas. What is not understood
ends the script with a line that says where. The same header gives the same bytes; a test holds the file beside this script against it.
"""
import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = os.path.join(HERE, "..", "..", "..", "engine", "skiff.h")

# C's types: what memory holds (dart:ffi), what Dart's code sees.
PLAIN = {"int32_t": ("Int32", "int"), "uint32_t": ("Uint32", "int"), "uint64_t": ("Uint64", "int"), "uint8_t": ("Uint8", "int"),
         "size_t": ("IntPtr", "int"), "float": ("Float", "double"), "void": ("Void", "void"), "char": ("Uint8", "int")}

BANNER = """// SPDX-License-Identifier: MIT
//
// Skiff's C interface for dart:ffi. Made by tools/bindings/dart/generate.py from skiff.h, which says what everything means and what may be
// null; edit that and run the script. Needs Dart 3 and no package. Layouts, numbers and signatures are tested against a C compiler's; a
// Dart compiler has not seen it yet.
//
//   final skiff = SkiffBindings(DynamicLibrary.open('libskiff.so'));
//   final config = allocate<SkiffConfig>();            // of sizeOf<SkiffConfig>() bytes, by package:ffi or your own
//   skiff.configDefault(config);
//   config.ref.scoreThreshold = 0.5;
//   ... skiff.memoryRequired, skiff.init, skiff.detectFrame ...
//
// Texts are Pointer<Uint8> to UTF-8 with a zero at the end. Enumerations are ints, named in the classes without fields.
// ignore_for_file: type=lint
import 'dart:ffi';
"""


def fail(what):
    sys.exit(f"generate: {what}")


def camel(name, is_type=False):
    """skiff_box_to_pixels: skiffBoxToPixels, as a type SkiffBoxToPixels."""
    first, *rest = name.lower().split("_")
    return (first.capitalize() if is_type else first) + "".join(word[:1].upper() + word[1:] for word in rest)


class Header:
    """What skiff.h declares, in its order."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        self.constants = [(name, self._value(name, value)) for name, value in
                          re.findall(r"^#define (SKIFF_\w+) ([-(\d].*?)\s*$", text, re.MULTILINE)]
        text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        self.enums, self.structs, self.opaque, self.callbacks, self.functions = [], [], [], [], []
        body = text.split('extern "C" {', 1)[1]
        position = 0
        pattern = re.compile(r"\s*(?:typedef enum (\w+) SKIFF_INT_ENUM \{(.*?)\} \1;|typedef struct (\w+) \{(.*?)\} \3;|"
                             r"typedef struct (\w+) \5;|typedef (\w+[ *]+)\(\*(\w+)\)\((.*?)\);\s|SKIFF_API ([\w ]+?[ *]+)(\w+)\((.*?)\);)",
                             re.DOTALL)
        while body[position:].strip() != "}":
            match = pattern.match(body, position)
            if not match:
                fail(f"skiff.h: not understood: {' '.join(body[position:].split())[:80]}")
            self._take(*match.groups())
            position = match.end()

    def _take(self, enum, values, struct, fields, opaque, back, callback, callback_parameters, result, function, parameters):
        if enum:
            self.enums.append((enum, [self._enumerator(item) for item in values.split(",") if item.strip() and "SKIFF_INT_ENUM_END" not in item]))
        elif struct:
            self.structs.append((struct, [field for line in fields.split(";") if line.strip() for field in self._fields(line)]))
        elif opaque:
            self.opaque.append(opaque)
        elif callback:
            self.callbacks.append((callback, self._result(back), self._parameters(callback_parameters)))
        else:
            self.functions.append((function, self._result(result), self._parameters(parameters)))

    @staticmethod
    def _value(name, text):
        digits = re.sub(r"(?<=[\dA-Fa-f])[uf](?=\W|$)", "", text) if not text.startswith("0x") else text.rstrip("u")
        if not re.fullmatch(r"[-() .\dxA-Fa-f]+", digits):
            fail(f"skiff.h: {name} is no number: {text}")
        return eval(digits)  # digits, signs and brackets alone

    @staticmethod
    def _result(text):
        return text.replace("const ", "").replace(" ", "")

    @staticmethod
    def _enumerator(text):
        name, value = (part.strip() for part in text.split("="))
        return name, int(value)

    @staticmethod
    def _fields(line):
        """[(type with its stars, name, length of an array or 0)] of `const float *a[3], b`."""
        match = re.fullmatch(r"\s*(?:const )?(\w+) (.*)", " ".join(line.split()))
        if not match:
            fail(f"skiff.h: no field: {line.strip()}")
        out = []
        for name in match.group(2).split(","):
            part = re.fullmatch(r"\s*(\**)(\w+)(?:\[(\d+)\])?\s*", name)
            if not part:
                fail(f"skiff.h: no field: {line.strip()}")
            out.append((match.group(1) + part.group(1), part.group(2), int(part.group(3) or 0)))
        return out

    @staticmethod
    def _parameters(text):
        """Types alone. A function among them has no name in Dart."""
        nested = re.sub(r"\w+ \(\*\w+\)\(([^()]*)\)", lambda m: "fn*" + m.group(1).replace(",", ";"), " ".join(text.split()))
        out = []
        for parameter in nested.split(","):
            if parameter.strip().startswith("fn*"):
                out.append(("fn", Header._parameters(parameter.strip()[3:].replace(";", ","))))
                continue
            match = re.fullmatch(r"\s*(?:const )?(\w+) ?(\**) ?\w*\s*", parameter)
            if not match:
                fail(f"skiff.h: no parameter: {parameter.strip()}")
            out.append(match.group(1) + match.group(2))
        return [] if out == ["void"] else out


class Dart:
    """Text of the bindings."""

    def __init__(self, header):
        self.header = header
        self.enums = {name for name, _ in header.enums}
        self.types = {name for name, _ in header.structs} | set(header.opaque)
        self.callbacks = {name for name, _, _ in header.callbacks}

    def native(self, kind):
        """What memory holds."""
        if isinstance(kind, tuple):
            return f"Pointer<NativeFunction<Void Function({', '.join(self.native(p) for p in kind[1])})>>"
        if kind.endswith("*"):
            return f"Pointer<{self.native(kind[:-1])}>"
        if kind in self.enums:
            return "Int32"
        if kind in self.callbacks:
            return f"Pointer<NativeFunction<{camel(kind, True)}>>"
        if kind in self.types:
            return camel(kind, True)
        if kind not in PLAIN:
            fail(f"skiff.h: unknown type {kind}")
        return PLAIN[kind][0]

    def seen(self, kind):
        """What Dart's code sees."""
        if kind in self.enums:
            return "int"
        return PLAIN[kind][1] if kind in PLAIN else self.native(kind)

    def function(self, result, parameters, see):
        return f"{see(result)} Function({', '.join(see(p) for p in parameters)})"

    def field(self, kind, name, length):
        if length:
            return f"  @Array({length})\n  external Array<{self.native(kind)}> {camel(name)};\n"
        annotation = f"  @{self.native(kind)}()\n" if kind in PLAIN or kind in self.enums else ""
        return f"{annotation}  external {self.seen(kind)} {camel(name)};\n"

    def enum(self, name, values):
        prefix = os.path.commonprefix([value for value, _ in values])
        prefix = prefix[:prefix.rindex("_") + 1]
        lines = "".join(f"  static const int {camel(value[len(prefix):])} = {number};\n" for value, number in values)
        return f"abstract class {camel(name, True)} {{\n{lines}}}\n"

    def struct(self, name, fields):
        return f"final class {camel(name, True)} extends Struct {{\n" + "\n".join(self.field(*field) for field in fields) + "}\n"

    def bindings(self):
        made, fields = [], []
        for name, result, parameters in self.header.functions:
            member = camel(name[len("skiff_"):])
            native, seen = (self.function(result, parameters, see) for see in (self.native, self.seen))
            made.append(f"        {member} = library.lookupFunction<\n            {native},\n            {seen}>('{name}')")
            fields.append(f"  final {seen} {member};\n")
        return ("class SkiffBindings {\n  SkiffBindings(DynamicLibrary library)\n      : " + ",\n".join(made).lstrip() + ";\n\n" +
                "\n".join(fields) + "}\n")

    def text(self):
        parts = [BANNER, "".join(f"const {type(value).__name__.replace('float', 'double')} {camel(name)} = {value};\n"
                                 for name, value in self.header.constants)]
        parts += [self.enum(*enum) for enum in self.header.enums]
        parts += [f"final class {camel(name, True)} extends Opaque {{}}\n" for name in self.header.opaque]
        parts += [f"typedef {camel(name, True)} = {self.function(result, parameters, self.native)};\n"
                  for name, result, parameters in self.header.callbacks]
        parts += [self.struct(*struct) for struct in self.header.structs]
        return "\n".join([*parts, self.bindings()])


def generate(header_path=HEADER):
    with open(header_path, encoding="utf-8") as file:
        return Dart(Header(file.read())).text()


def main():
    parser = argparse.ArgumentParser(description="Makes skiff_bindings.dart of engine/skiff.h.")
    parser.add_argument("-o", metavar="FILE", default=os.path.join(HERE, "skiff_bindings.dart"), help="what is written")
    path = parser.parse_args().o
    text = generate()
    try:
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".part", path)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")


if __name__ == "__main__":
    main()
