# SPDX-License-Identifier: MIT
"""Proves on the archive what libskiff.a promises: nothing but a few libc functions is needed, nothing foreign is exported, no code
runs before main, no global can be changed, no thread has variables of its own, nothing is there for exceptions or types at run
time, and no code compiled for one CPU can replace code meant for all.

usage: check_symbols.py READELF LIBRARY.a SKIFF.h             exit status 0 where every rule is kept
       check_symbols.py READELF LIBRARY.a SKIFF.h --planted   exit status 0 where every rule is broken at least once
"""
import collections
import re
import subprocess
import sys

RULES = {
    "undefined": "needs a function that is not on the allowed list",
    "exported": "exports a name that does not begin with skiff_",
    "header": "exports something else than what skiff.h declares",
    "foreign": "defines a global name outside namespace skiff",
    "weak": "has a weak symbol in an object of one instruction set",
    "mutable": "has a global that can be changed",
    "start-up": "has code that runs before main",
    "thread": "has a variable of each thread",
    "unwinding": "has tables for exceptions or unwinding",
    "rtti": "has or needs types at run time",
}
# sqrt is an instruction, and a call only where nothing is optimised.
ALLOWED = {"memcpy", "memset", "memmove", "memcmp", "expf", "sin", "sqrt", "_GLOBAL_OFFSET_TABLE_"}
# Division of 32-bit numbers, which older ARM CPUs have no instruction for and every compiler for them has a function.
COMPILERS_OWN = re.compile(r"__aeabi_u?idiv(mod)?$")
FORBIDDEN_SECTIONS = {"start-up": re.compile(r"\.(preinit_array|init|fini|ctors|dtors)"), "thread": re.compile(r"\.(tdata|tbss)"),
                      "unwinding": re.compile(r"\.(eh_frame|gcc_except_table|ARM\.ex)")}
RTTI = re.compile(r"_ZT[ISV]")  # typeinfo, its name, virtual functions
# What the planted library needs, each of which must be refused: memory, files, threads, exceptions.
PLANTED = {"malloc", "remove", "pthread_create", "__cxa_throw"}
MUTABLE_SECTIONS = re.compile(r"\.(data|bss)(\.(?!rel\.ro)|$)")  # .data.rel.ro is constant after relocation
ISA_OBJECT = re.compile(r"(^|_)(x86|arm)_")

MEMBER = re.compile(r"File: .*[(\[](?:.*/)?(.*)[)\]]$")  # brackets in a thin archive

Symbol = collections.namedtuple("Symbol", "object name binding visibility is_defined")


def read_symbols(text):
    """Global and weak symbols of `readelf -sW` on an archive."""
    symbols, member = [], ""
    for line in text.splitlines():
        file_line = MEMBER.match(line)
        if file_line:
            member = file_line.group(1)
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[4] != "LOCAL":
            symbols.append(Symbol(member, fields[7], fields[4], fields[5], fields[6] != "UND"))
    return symbols


def read_sections(text):
    """(object, section, bytes) of `readelf -SW` on an archive."""
    sections, member = [], ""
    for line in text.splitlines():
        file_line = MEMBER.match(line)
        if file_line:
            member = file_line.group(1)
        section = re.match(r"\s*\[ *\d+\] (\.\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", line)
        if section:
            sections.append((member, section.group(1), int(section.group(2), 16)))
    return sections


def is_ours(name):
    return name.startswith("skiff_") or re.match(r"_Z(N|NK)?K?5skiff", name) is not None


def find_faults(symbols, sections, declared):
    """(rule, object, what) for everything that breaks a rule."""
    faults = []
    defined = {s.name for s in symbols if s.is_defined}
    exported = {s.name for s in symbols if s.is_defined and s.visibility in ("DEFAULT", "PROTECTED")}
    for s in symbols:
        if not s.is_defined and s.name not in defined and s.name not in ALLOWED and not COMPILERS_OWN.match(s.name):
            faults.append(("undefined", s.object, s.name))
        if RTTI.match(s.name):
            faults.append(("rtti", s.object, s.name))
        if s.is_defined and s.name in exported and not s.name.startswith("skiff_"):
            faults.append(("exported", s.object, s.name))
        if s.is_defined and not is_ours(s.name):
            faults.append(("foreign", s.object, s.name))
        if s.is_defined and s.binding != "GLOBAL" and ISA_OBJECT.search(s.object):
            faults.append(("weak", s.object, s.name))
    faults += [("header", "skiff.h", name) for name in sorted(exported ^ declared)]
    for member, section, size in sections:
        faults += [(rule, member, section) for rule, name in FORBIDDEN_SECTIONS.items() if name.match(section)]
        if MUTABLE_SECTIONS.match(section) and size > 0:
            faults.append(("mutable", member, f"{size} bytes of {section}"))
    return faults


def main():
    readelf, library, header = sys.argv[1:4]

    def run(option):
        return subprocess.run([readelf, option, library], check=True, capture_output=True, text=True).stdout

    symbols, sections = read_symbols(run("-sW")), read_sections(run("-SW"))
    with open(header, encoding="utf-8") as file:
        declared = set(re.findall(r"\b(skiff_\w+)\(", "".join(re.findall(r"SKIFF_API[^;]*;", file.read()))))
    if len(symbols) < 10 or len(sections) < 10 or (len(declared) < 10):
        sys.exit(f"check_symbols: could not read {library} or {header}")
    faults = find_faults(symbols, sections, declared)
    for rule, member, what in faults:
        print(f"{member}: {RULES[rule]}: {what}")
    if sys.argv[4:] == ["--planted"]:
        missed = RULES.keys() - {rule for rule, _, _ in faults} | PLANTED - {what for rule, _, what in faults if rule == "undefined"}
        sys.exit(f"check_symbols: does not notice: {', '.join(sorted(missed))}" if missed else 0)
    print(f"{library}: {len(symbols)} symbols, {len(declared)} functions in skiff.h, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
