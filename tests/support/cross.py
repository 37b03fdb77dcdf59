# SPDX-License-Identifier: MIT
"""Programs of a cross build run by the emulator that its machine file names; others, by themselves."""
import os
import shlex


def command(program):
    """The words that start a built program."""
    return [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), program]
