#!/usr/bin/env python3
"""Values of the elementary functions to 106 bits, for the double-double arithmetic that the tests compare with.

Usage, with mpmath installed:

    python3 tests/elementary/make_vectors.py            writes vectors.txt beside this file
    python3 tests/elementary/make_vectors.py --check    recomputes it and compares; exit 1 on any difference

A line is a function, the bits of its argument, and the bits of two f64 whose sum is the value.
"""

import random
import struct
import sys
from pathlib import Path

from mpmath import asin, cos, exp, log, mp, mpf, pi, sin, sqrt

sys.dont_write_bytecode = True

mp.prec = 400
TARGET = Path(__file__).with_name("vectors.txt")


def angle(v):
    return 2 * asin(sqrt(v / 2))


def kink_loss(v):
    return v + (angle(v) * (1 - v) - sqrt(v * (2 - v))) / pi


FUNCTIONS = {
    "exp": exp,
    "ln": log,
    "sin": lambda w: sin(2 * pi * w),
    "cos": lambda w: cos(2 * pi * w),
    "angle": angle,
    "kink_loss": kink_loss,
}


def arguments(name, source):
    if name == "exp":
        return [source.uniform(-600, 709) for _ in range(60)] + [s * 2.0 ** -e for e in range(0, 60, 3) for s in (1, -1)]
    if name == "ln":
        near_one = [1 + s * 2.0 ** -e for e in range(2, 52, 2) for s in (1, -1)]
        return near_one + [source.uniform(0.5, 2) * 2.0 ** source.randint(-1000, 1000) for _ in range(60)]
    if name in ("sin", "cos"):
        return [0.125, -0.125] + [source.uniform(-0.125, 0.125) for _ in range(60)] + [2.0 ** -e for e in range(4, 60, 3)]
    return ([source.uniform(0, 2) for _ in range(60)] + [2.0 ** -e for e in range(0, 90, 3)]
            + [2 - 2.0 ** -e for e in range(0, 52, 3)])


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def main():
    source = random.Random(1)
    lines = []
    for name, function in FUNCTIONS.items():
        for x in arguments(name, source):
            value = function(mpf(x))
            high = float(value)
            lines.append(f"{name} {bits(x):016x} {bits(high):016x} {bits(float(value - high)):016x}")
    text = "\n".join(lines) + "\n"
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() != text:
            raise SystemExit(f"{TARGET} is not what this program computes")
        print(f"{TARGET.name}: {len(lines)} values are what this program computes")
    else:
        TARGET.write_text(text)
        print(f"written: {TARGET}")


main()
