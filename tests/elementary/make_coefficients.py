#!/usr/bin/env python3
"""The constants of core/src/elementary, computed from the definitions of the functions.

Each polynomial is the best one of its degree for a weighted error on its interval (Remez's exchange algorithm, in
200-bit arithmetic), under the condition that its coefficients are numbers of the type: the lowest coefficient, which
weighs most, is rounded first, and the others are fitted again around it, until all are rounded. The error that is
printed beside a polynomial is that of the rounded coefficients in exact arithmetic, relative to the function's value.

Usage, with mpmath installed:

    python3 tests/elementary/make_coefficients.py            writes core/src/elementary/coefficients.rs
    python3 tests/elementary/make_coefficients.py --check    recomputes it and compares; exit 1 on any difference
"""

import struct
import sys
from pathlib import Path

from mpmath import asin, atanh, cos, exp, floor, linspace, log, lu_solve, matrix, mp, mpf, pi, sin, sqrt

# A program that only computes leaves nothing behind in the repository.
sys.dont_write_bytecode = True

mp.prec = 200
TARGET = Path(__file__).parents[2] / "core/src/elementary/coefficients.rs"

# name of the Rust type: digits of its significand, format of `struct`
TYPES = {"f32": (24, "f"), "f64": (53, "d")}


# --- numbers of the type -------------------------------------------------------------------------------------------

def to_bits(x, bits):
    """The nearest number with that many significant bits, ties away from zero. No constant here is subnormal."""
    if x == 0:
        return mpf(0)
    exponent = floor(log(abs(x), 2))
    unit = mpf(2) ** (exponent - bits + 1)
    return (1 if x > 0 else -1) * floor(abs(x) / unit + mpf(1) / 2) * unit


def literal(x, kind):
    """The shortest decimal that reads back as the number."""
    _, code = TYPES[kind]
    value = float(x)
    assert struct.unpack(code, struct.pack(code, value))[0] == value == x
    for digits in range(1, 18):
        text = f"{value:.{digits}g}"
        if struct.unpack(code, struct.pack(code, float(text)))[0] == value:
            break
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text if "." in text else text + ".0"


# --- the best polynomial -------------------------------------------------------------------------------------------

def remez(target, weight, low, high, powers):
    """Coefficients of `powers` whose error `weight * (target - polynomial)` has the smallest maximum on [low, high].

    With x^p taken out of all powers, what must alternate is the error divided by x^p; left of zero an odd p turns signs.
    """
    count = len(powers)

    def sign(x):
        return -1 if x < 0 and powers[0] % 2 else 1
    grid = linspace(low, high, 40 * count + 1)
    # Chebyshev's points lie where the extremes of the error will lie, nearly.
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * count + 2)) for i in range(count + 1)]
    for _ in range(30):
        rows = matrix(count + 1, count + 1)
        right = matrix(count + 1, 1)
        for i, x in enumerate(nodes):
            for j, power in enumerate(powers):
                rows[i, j] = weight(x) * x ** power
            rows[i, count] = (-1) ** i * sign(x)
            right[i] = weight(x) * target(x)
        solution = lu_solve(rows, right)
        coefficients = [solution[j] for j in range(count)]
        level = abs(solution[count])

        def error(x):
            return sign(x) * weight(x) * (target(x) - sum(c * x ** p for c, p in zip(coefficients, powers)))

        extremes = exchange(error, sorted(set(grid) | set(nodes)), count + 1)
        largest = max(abs(error(x)) for x in extremes)
        if largest <= level * (1 + mpf(2) ** -10):
            return coefficients
        nodes = extremes
    raise SystemExit("the exchange does not converge")


def exchange(error, points, count):
    """One point of largest error from each interval of one sign, refined; the `count` neighbours with the largest."""
    stretches = []
    for x in points:
        e = error(x)
        if e == 0:
            continue
        if stretches and (stretches[-1][1] > 0) == (e > 0):
            if abs(e) > abs(stretches[-1][1]):
                stretches[-1] = (x, e)
        else:
            stretches.append((x, e))
    while len(stretches) > count:
        ends = (0, len(stretches) - 1)
        lowest = min(range(len(stretches)), key=lambda i: abs(stretches[i][1]))
        if lowest in ends or len(stretches) == count + 1:
            stretches.pop(min(ends, key=lambda i: abs(stretches[i][1])))
        else:
            # Its two neighbours have one sign: they become one interval.
            neighbours = max(stretches[lowest - 1], stretches[lowest + 1], key=lambda point: abs(point[1]))
            stretches[lowest - 1:lowest + 2] = [neighbours]
    assert len(stretches) == count, "the error alternates too seldom"
    step = (points[-1] - points[0]) / (len(points) - 1)
    return [refine(error, x, step, points[0], points[-1]) for x, _ in stretches]


def refine(error, x, step, low, high):
    """The top of the parabola through three points, twice."""
    for _ in range(2):
        left, right = x - step, x + step
        if left < low or right > high:
            return x
        a, b, c = abs(error(left)), abs(error(x)), abs(error(right))
        curvature = a - 2 * b + c
        if curvature >= 0:
            return x
        top = x + step * (a - c) / (2 * curvature)
        if abs(error(top)) > b:
            x = top
        step /= 16
    return x


def fit(kind, target, weight, low, high, degree):
    """The rounded coefficients, lowest first, and their largest weighted error."""
    bits, _ = TYPES[kind]
    low, high = mpf(low), mpf(high)
    fixed = []
    while len(fixed) <= degree:
        def rest(x):
            return target(x) - sum(c * x ** p for p, c in enumerate(fixed))
        free = remez(rest, weight, low, high, list(range(len(fixed), degree + 1)))
        fixed.append(to_bits(free[0], bits))
    error = max(abs(weight(x) * (target(x) - sum(c * x ** p for p, c in enumerate(fixed))))
                for x in linspace(low, high, 1001))
    return fixed, error


# --- the functions -------------------------------------------------------------------------------------------------
# Each polynomial is fitted on an interval that starts a little off zero where the formula for it divides zero by zero;
# there its weight vanishes anyway.

TINY = mpf(2) ** -20


def exp_polynomial(kind, degree):
    """e^r = 1 + r + r^2 q(r)"""
    # The nearest multiple of ln 2 is found from a rounded quotient, so r may lie a little beyond half of ln 2.
    half = log(2) / 2 * (1 + mpf(2) ** -14)

    def target(r):
        return (exp(r) - 1 - r) / r ** 2 if abs(r) > TINY else mpf(1) / 2 + r / 6 + r ** 2 / 24 + r ** 3 / 120
    return fit(kind, target, lambda r: r ** 2 / exp(r), -half, half, degree)


def ln_polynomial(kind, degree):
    """ln((1 + s) / (1 - s)) = 2 s + s z l(z), z = s^2"""
    largest = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2

    def target(z):
        return (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z
    return fit(kind, target, lambda z: z * sqrt(z) / (2 * atanh(sqrt(z))), TINY, largest, degree)


def sin_polynomial(kind, degree):
    """sin(2 pi w) = TAU w + w s(y), y = w^2, with TAU rounded to the type"""
    tau = to_bits(2 * pi, TYPES[kind][0])

    def target(y):
        return sin(2 * pi * sqrt(y)) / sqrt(y) - tau
    return fit(kind, target, lambda y: sqrt(y) / sin(2 * pi * sqrt(y)), TINY, mpf(1) / 64, degree)


def cos_polynomial(kind, degree):
    """cos(2 pi w) = 1 + y c(y), y = w^2"""
    def target(y):
        return (cos(2 * pi * sqrt(y)) - 1) / y
    return fit(kind, target, lambda y: y / cos(2 * pi * sqrt(y)), TINY, mpf(1) / 64, degree)


def angle_polynomial(kind, degree):
    """theta = s + s w p(w), s = sqrt(2 w), for the versine w of an angle up to a right one"""
    def ratio(w):
        return 2 * asin(sqrt(w / 2)) / sqrt(2 * w)
    return fit(kind, lambda w: (ratio(w) - 1) / w, lambda w: w / ratio(w), TINY, 1, degree)


def kink_polynomial(kind, degree):
    """(sin(theta) - theta cos(theta)) / pi = theta^3 t(x), x = theta^2, for theta up to pi"""
    def target(x):
        theta = sqrt(x)
        return (sin(theta) - theta * cos(theta)) / (pi * theta * x)

    def weight(x):
        theta = sqrt(x)
        return theta * x / (1 - cos(theta) - theta * x * target(x))
    return fit(kind, target, weight, TINY, pi ** 2 * (1 + mpf(2) ** -20), degree)


def root_start(kind):
    """The whole number c for which the number of bits c - bits(m) / 2 is nearest to 1 / sqrt(m), over [1/2, 2)."""
    bits, _ = TYPES[kind]
    bias = {"f32": 127, "f64": 1023}[kind]

    # Bit patterns as exponent and fraction in one real number, on which they are piecewise linear.
    def pattern(m):
        exponent = floor(log(m, 2))
        return bias + exponent + m / mpf(2) ** exponent - 1

    def number(pattern):
        exponent = floor(pattern)
        return mpf(2) ** (exponent - bias) * (1 + pattern - exponent)

    def worst(c):
        return max(abs(number(c - pattern(m) / 2) * sqrt(m) - 1) for m in linspace(mpf(1) / 2, 2, 301)[:-1])

    low, high = mpf(3 * bias) / 2 - mpf(1) / 4, mpf(3 * bias) / 2
    for _ in range(60):
        third = (high - low) / 3
        if worst(low + third) < worst(high - third):
            high -= third
        else:
            low += third
    return int(floor(low * 2 ** (bits - 1))), worst(low)


def constants(kind):
    """Names, values and comments of everything in the module of one type."""
    bits, _ = TYPES[kind]
    # k ln(2) is exact with the high part, for every k that the exponent can hold.
    room = {"f32": 9, "f64": 12}[kind]
    ln2_high = to_bits(log(2), bits - room)
    tau = to_bits(2 * pi, bits)
    yield "LOG2_E", to_bits(1 / log(2), bits), "`1 / ln 2`"
    yield "LN_2_HIGH", ln2_high, f"`ln 2` to {bits - room} bits: its product with an exponent is exact"
    yield "LN_2_LOW", to_bits(log(2) - ln2_high, bits), "`ln 2 - LN_2_HIGH`"
    yield "TAU", tau, "`2 pi`"
    yield "PI_LOW", to_bits(pi - tau / 2, bits), "`pi` less its nearest number"
    start, error = root_start(kind)
    yield "ROOT_START", start, f"`c - bits(m) / 2` are the bits of `1 / sqrt(m)`; error 2^{float(log(error, 2)):.1f}"
    for name, polynomial, degrees in [
        ("EXP", exp_polynomial, (4, 9)),
        ("LN", ln_polynomial, (2, 6)),
        ("SIN", sin_polynomial, (3, 6)),
        ("COS", cos_polynomial, (3, 6)),
        ("ANGLE", angle_polynomial, (7, 18)),
        ("KINK", kink_polynomial, (6, 11)),
    ]:
        values, error = polynomial(kind, degrees[list(TYPES).index(kind)])
        yield name, values, f"`{polynomial.__doc__}`; error 2^{float(log(error, 2)):.1f}"


# --- the file ------------------------------------------------------------------------------------------------------

def rust():
    lines = [
        "//! The constants of the elementary functions, lowest coefficient first. Written by",
        "//! `tests/elementary/make_coefficients.py`, which says how each is found; never edited.",
        "//!",
        "//! The error beside a polynomial is its own, in exact arithmetic, relative to the value of the function.",
        "",
        "// A constant that happens to lie near one of the standard library's is still what the program computed.",
        "#![allow(clippy::approx_constant)]",
    ]
    for kind in TYPES:
        lines += ["", f"/// For the functions of `{kind}`.", f"pub mod {kind} {{"]
        for name, value, comment in constants(kind):
            lines.append(f"    /// {comment}")
            if isinstance(value, list):
                lines.append(f"    pub const {name}: [{kind}; {len(value)}] = [")
                lines += [f"        {literal(c, kind)}," for c in value]
                lines.append("    ];")
            elif isinstance(value, int):
                lines.append(f"    pub const {name}: u{kind[1:]} = 0x{value:X};")
            else:
                lines.append(f"    pub const {name}: {kind} = {literal(value, kind)};")
        lines.append("}")
    return "\n".join(lines) + "\n"


def main():
    text = rust()
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() != text:
            raise SystemExit(f"{TARGET} is not what this program computes")
        print(f"{TARGET.name}: {text.count('pub const')} constants are what this program computes")
    else:
        TARGET.write_text(text)
        print(f"written: {TARGET}")


main()
