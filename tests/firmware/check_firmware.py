#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Firmware that detects objects: built as somebody would who has a board, run by an emulator, held against the host's rows.
check_firmware.py SKIFF FOLDER [TARGET...]

For each target it builds libskiff.a for one instruction set (-Dtrim) in FOLDER, proves what the library promises, embeds the default model
and a photo, links an image without anything that is not used, and runs it. The rows that come down the serial line must be those of SKIFF
on this machine; flash, RAM and stack must stay below the limits below. Prints them as the rows of the README's table.
"""
import os
import re
import subprocess
import sys

from PIL import Image

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests", "support")]
import check_symbols  # noqa: E402
import check_trim  # noqa: E402
import rows  # noqa: E402

MODEL = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
PHOTO = os.path.join(ROOT, "tests", "photos", "portrait.jpg")  # many weak detections
LIMITS = rows.Thresholds(score=0.01, overlap=0.45, keep=200)  # of main.c and the default model
SECONDS = 100
IMAGE_FLAGS = ["-O2", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I" + ROOT]
LINK_FLAGS = ["-static", "-Wl,--gc-sections,--build-id=none,--no-warn-rwx-segments"]
# Bytes that a target may need: code and constants, all that the engine is given, the deepest call.
MOST_CODE, MOST_MEMORY, MOST_STACK = check_trim.LIMIT_BYTES, 2560 * 1024, 8 * 1024


class Target:
    def __init__(self, what, trim, prefix, flags, sources, link, cross=None, run=()):
        self.what, self.trim, self.prefix, self.flags, self.sources, self.link = what, trim, prefix, flags, sources, link
        self.cross, self.run = cross, run


TARGETS = {
    "virt": Target(
        "arm64 (Cortex-A53, NEON), bare metal", "neon", "aarch64-linux-gnu-", 
        # The last two, as the compiler would make a call of memcpy of memcpy's loop.
        ["-mcpu=cortex-a53", "-fno-pie", "-fno-stack-protector", "-fno-builtin", "-fno-tree-loop-distribute-patterns"],
        ["tests/firmware/virt/start.S", "tests/firmware/virt/board.c", "tests/support/bare_math.c"], ["-nostdlib", "-no-pie", "-lgcc"],
        "aarch64-bare.ini", ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "64"]),
    "mps2": Target(
        "Cortex-M7, portable kernels, bare metal", "ref", "arm-none-eabi-", ["-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"],
        ["tests/firmware/mps2/board.c"], ["-nostartfiles", "-Wl,--no-warn-execstack", "-lm"], "cortex-m7.ini",
        ["qemu-system-arm", "-M", "mps2-an500"]),
    "host": Target(
        "x86-64 (AVX2), Linux", "avx2", "", ["-fno-pie", "-DBOARD_STACK_BYTES=65536", "-DBOARD_FREE_BYTES=4194304"],
        ["tests/firmware/host/board.c"],
        ["-no-pie", "-Wl,--defsym=board_stack_end=board_stack_begin+65536,--defsym=board_free_end=board_free_begin+4194304", "-lm"]),
}
QEMU = ["-nographic", "-nic", "none", "-semihosting-config", "enable=on,target=native", "-kernel"]


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"check_firmware: {' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def build_library(target, folder):
    """libskiff.a for this target alone, as the README tells."""
    library = os.path.join(folder, "engine", "libskiff.a")
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        cross = ["--cross-file", os.path.join(ROOT, "tools", "cross", target.cross)] if target.cross else []
        run("meson", "setup", folder, ROOT, *cross, "-Dtrim=" + target.trim, "--werror", "-Dtools=false", "-Dtests=false", "-Dbench=false")
    run("ninja", "-C", folder, "engine/libskiff.a")
    print(run(sys.executable, os.path.join(ROOT, "tests", "check_symbols.py"), "readelf", library,
              os.path.join(ROOT, "engine", "skiff.h")).strip())
    return library


def make_inputs(skiff, folder):
    """The model as source, and the photo as pixels, for the image and for the host; the photo's size."""
    run(skiff, "embed", MODEL, "-o", os.path.join(folder, "weights.S"))
    photo = Image.open(PHOTO).convert("RGB")
    photo.save(os.path.join(folder, "photo.ppm"))
    with open(os.path.join(folder, "photo.rgb"), "wb") as file:
        file.write(photo.tobytes())
    with open(os.path.join(folder, "photo.S"), "w", encoding="utf-8") as file:
        file.write('.section .rodata.photo, "a", %progbits\n.globl photo\nphoto: .incbin "photo.rgb"\n'
                   '.section .note.GNU-stack, "", %progbits\n')
    return photo.size


def build_image(target, name, library, inputs, size, folder):
    compiler, objects = target.prefix + "gcc", []
    sources = [*(os.path.join(ROOT, s) for s in target.sources), os.path.join(ROOT, "tests/firmware/main.c"),
               os.path.join(inputs, "weights.S"), os.path.join(inputs, "photo.S")]
    for source in sources:
        objects.append(os.path.splitext(os.path.basename(source))[0] + ".o")
        photo = [f"-DPHOTO_WIDTH={size[0]}", f"-DPHOTO_HEIGHT={size[1]}"]
        run(compiler, *IMAGE_FLAGS, *target.flags, *photo, "-I" + inputs, "-Wa,-I" + inputs, "-c", source, "-o", objects[-1], cwd=folder)
    link = target.flags + LINK_FLAGS
    script = os.path.join(ROOT, "tests", "firmware", name, "link.ld")
    if os.path.exists(script):
        run(compiler, "-E", "-P", "-x", "c", "-I" + ROOT, script, "-o", "link.ld", cwd=folder)
        link += ["-T", "link.ld"]
    image = os.path.join(folder, "firmware.elf")
    run(compiler, *link, *objects, library, *target.link, "-o", image, cwd=folder)
    return image


def start(target, image):
    command = [*target.run, *QEMU, image] if target.run else [image]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        sys.exit(f"check_firmware: {' '.join(command)}: not done after {SECONDS} s")
    if done.returncode != 0 or not done.stdout.endswith("done\n"):
        sys.exit(f"check_firmware: {' '.join(command)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


def code_bytes(image):
    """Code and constants of an image, without the model and the photo."""
    text = run("readelf", "-SW", image)
    return sum(size for _, section, size in check_symbols.read_sections(text) if section in (".text", ".rodata", ".data", ".ARM.exidx"))


def report(target, image, library, said):
    """The target's row of the README's table; faults where it needs too much."""
    facts = dict(re.findall(r"^([a-z_]+) (\S+)$", said, re.MULTILINE))
    memory, activations = int(facts["memory"]), int(facts["activations"])
    stack = max(int(facts["stack_init"]), int(facts["stack_detect"]))
    # The host's image has a C library in it: what counts there is Skiff alone.
    code = code_bytes(image if target.run else check_trim.link(library, ["gcc"], os.path.dirname(image)))
    model = os.path.getsize(MODEL)
    kilobytes = [f"{bytes_ / 1024:.0f} KB" for bytes_ in (code, model, memory, activations)]
    print(f"| {target.what} | {kilobytes[0]} + {kilobytes[1]} | {kilobytes[2]}, of it {kilobytes[3]} activations "
          f"| {facts['stack_init']} bytes in init, {facts['stack_detect']} in detect |")
    limits = (("code", code, MOST_CODE), ("memory", memory, MOST_MEMORY), ("stack", stack, MOST_STACK))
    faults = [f"{what}: {found} bytes, at most {most}" for what, found, most in limits if not found <= most]
    if facts["isa"] != target.trim:
        faults.append(f"kernels of {facts['isa']}, not of {target.trim}")
    return faults


def check(name, skiff, folder):
    target, inputs, build = TARGETS[name], os.path.join(folder, "inputs"), os.path.join(folder, name)
    os.makedirs(inputs, exist_ok=True)
    os.makedirs(build, exist_ok=True)
    library = build_library(target, os.path.join(folder, "lib-" + name))
    image = build_image(target, name, library, inputs, make_inputs(skiff, inputs), build)
    said = start(target, image)
    photo = os.path.join(inputs, "photo.ppm")
    expected = rows.detect(skiff, MODEL, [photo], "--score", str(LIMITS.score))[photo]
    found = rows.parse("\n".join(line[4:] for line in said.splitlines() if line.startswith("row ")), photo)[photo]
    comparison = rows.Report(LIMITS)
    comparison.add(name, expected, found)
    is_right = comparison.verdict()
    faults = report(target, image, library, said)
    for fault in faults:
        print(f"FAULT {name}: {fault}")
    return is_right and not faults


def main():
    skiff, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    wanted = sys.argv[3:] or list(TARGETS)
    return 0 if all([check(name, skiff, folder) for name in wanted]) else 1


if __name__ == "__main__":
    sys.exit(main())
