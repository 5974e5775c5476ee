#!/usr/bin/env python3
"""Trainings by every step rule on the exact gradient, computed from the definitions in 256-bit arithmetic.

This program shares no code and no closed form with the Rust crates; it is what they are compared with. `wide_model.py`
beside it is the model. What a row a of the logits moves by, with g = dL/da, s = softmax(a) and E the row's part of L:

    gradient_descent    -r g                                       r = attention_rate / tokens
    mirror              -r dL/ds
    normalised          -size g / |g|
    polyak              -size E / |g|^2 g                          with W projected E and |g|^2 are sums over all rows
    adam                -r (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8),     m and v from zero:
                        m = 0.9 m + 0.1 g,  v = 0.999 v + 0.001 g^2

A row whose gradient is zero rests. W descends by rate dL/dW, found before the logits have moved; or it is projected: before
the first step and after every one it is the best multiple of V*. On either side of zero the loss of such a W is a parabola,
which is laid through three of its values.

Before anything is written the program proves of every run: dL/dW, dL/dA and dL/dS after some steps against central differences
of the loss (30 digits); that every parabola meets a fourth value (60 digits); that a projected W is the best of all, also of
those that are no multiples of V*: dL/dW vanishes (60 digits), and of 80 others, near and far, none is better; and that a
start that is off in the 40th digit leads to an end that is off by no more than a hundred times as much, for what is not
stable can be compared with nothing.

Usage, with numpy and gmpy2 installed:

    python3 tests/vectors/make_rules.py            writes rules.json beside this file
    python3 tests/vectors/make_rules.py --check    recomputes it and compares; exit 1 on any difference
"""

import itertools
import random
import sys
from pathlib import Path

import gmpy2
import numpy as np

# A program that only computes leaves nothing behind in the repository.
sys.dont_write_bytecode = True

from make_trajectories import (  # noqa: E402
    IRREGULAR_GRAPH,
    LEAKY,
    averages,
    described,
    filters,
    floats,
    make_case,
    normal_rows,
    prove_differences,
    require,
    written,
)
from wide_model import (  # noqa: E402
    d_population_loss_of_weights,
    d_softmax_rows,
    largest,
    norm,
    population_loss,
    population_loss_of_weights,
    softmax_rows,
    wide,
    zeros,
)

TARGET = Path(__file__).with_name("rules.json")
CHECKPOINTS = (1, 3, 50)
PROVED = 3
RULES = ("gradient_descent", "mirror", "normalised", "polyak", "adam")
VALUE_RULES = ("gradient_descent", "projected")
ACTIVATIONS = ("identity", "relu", LEAKY)
DECAYS = (0.9, 0.999)
BESIDE_ROOT = 1e-8


# --- cases ---------------------------------------------------------------------------------------------------------

# Mostly negative: the best multiple of V* is below zero. No student equals it, and Polyak's rule is for others.
SIGNED_MIXING = [[0.25, -0.75, -0.5, 0.125], [-0.5, -0.25, -0.125, 0.25], [-0.5, 0.25, -0.375, -1.0]]


def teachers():
    """Cases without activation and rules."""
    made = [
        make_case("pooled", "fewer outputs than tokens", None, filters(21, 2, 3),
                  averages(8, [[0, 1], [2, 3], [4, 5], [6, 7]]), 0.25, 1.0),
        make_case("irregular", "neighbourhoods of 4, 3 and 2 nodes; not from zero", None, filters(22, 2, 3),
                  averages(6, IRREGULAR_GRAPH), 0.2, 0.5),
        make_case("signed", "a teacher that no student equals", None, filters(23, 2, 3), SIGNED_MIXING, 0.2, 0.5),
    ]
    source = random.Random(24)
    for teacher in made:
        shape = teacher["shape"]
        sizes = {"value": (shape["filters"], shape["features"]), "logits": (shape["outputs"], shape["tokens"])}
        zero = teacher["name"] != "irregular"
        teacher["start"] = {name: zeros(*size).astype(float).tolist() if zero else normal_rows(source, *size)
                            for name, size in sizes.items()}
    return made


def size_of(rule, value_rule):
    """The length of a normalised step, theta of Polyak's: small enough that no row runs ahead out of its last digit."""
    if rule == "polyak":
        return 0.1 if value_rule == "projected" else 0.01
    return 0.05 if rule == "normalised" else None


def cases():
    """Every teacher with every activation and every rule of both matrices that may train on it."""
    for teacher, activation, rule, value_rule in itertools.product(teachers(), ACTIVATIONS, RULES, VALUE_RULES):
        if rule == "polyak" and teacher["name"] == "signed":
            continue
        rules = {"activation": activation, "rule": rule, "value_rule": value_rule, "size": size_of(rule, value_rule)}
        short = activation if isinstance(activation, str) else "leaky"
        name = f"{teacher['name']}_{short}_{rule}_{value_rule}"
        yield teacher | rules | {"name": name, "teacher": teacher["name"]}


# --- the rules -----------------------------------------------------------------------------------------------------

def row_losses(case, value, logits):
    """What each output adds to the loss."""
    return [population_loss(case | {"wide_mixing": [t]}, value, logits[j:j + 1]) for j, t in enumerate(case["wide_mixing"])]


def best_value(case, logits):
    """The best multiple of V*, from values of the loss alone."""
    attention, v = softmax_rows(logits), case["wide_value"]

    def loss(multiple):
        return population_loss_of_weights(case, multiple * v, attention)

    found, at_zero = [], loss(gmpy2.mpfr(0))
    for sign in (1, -1):
        at_one, at_two = loss(gmpy2.mpfr(sign)), loss(gmpy2.mpfr(2 * sign))
        square = (at_two - 2 * at_one + at_zero) / 2
        linear = at_one - at_zero - square
        # The half of the parabola that stands for this sign.
        multiple = sign * max(-linear / (2 * square), gmpy2.mpfr(0))
        found.append((loss(multiple), multiple))
        # At three times V*.
        expected = at_zero + 3 * linear + 9 * square
        require(abs(loss(gmpy2.mpfr(3 * sign)) - expected) < 1e-60 * abs(expected), f"{case['name']}: no parabola")
    return min(found)[1] * v


def resting(numerator, gradient):
    """numerator / |gradient|, and zero where there is no gradient."""
    length = norm(gradient)
    return numerator / length if length > 0 else gmpy2.mpfr(0)


def logit_steps(case, step, value, logits, state):
    """What is taken from the logits; dL/dW. `state` has Adam's moments and is changed."""
    attention = softmax_rows(logits)
    d_value, d_attention = d_population_loss_of_weights(case, value, attention)
    g = d_softmax_rows(attention, d_attention)
    rate = gmpy2.mpfr(case["attention_rate"]) / case["shape"]["tokens"]
    size, rule = gmpy2.mpfr(case["size"] or 0), case["rule"]
    if rule == "gradient_descent":
        steps = rate * g
    elif rule == "mirror":
        steps = rate * d_attention
    elif rule == "normalised":
        steps = np.array([resting(size, row) * row for row in g])
    elif rule == "polyak":
        parts = row_losses(case, value, logits)
        if case["value_rule"] == "projected":
            steps = resting(resting(size * sum(parts), g.ravel()), g.ravel()) * g
        else:
            steps = np.array([resting(resting(size * part, row), row) * row for part, row in zip(parts, g)])
    else:
        moments = []
        for kind, decay, new in zip(("first", "second"), DECAYS, (g, g * g)):
            decay = gmpy2.mpfr(decay)
            state[kind] = decay * state[kind] + (1 - decay) * new
            moments.append(state[kind] / (1 - decay ** step))
        root = np.vectorize(gmpy2.sqrt, otypes=[object])(moments[1])
        steps = rate * moments[0] / (root + gmpy2.mpfr(BESIDE_ROOT))
    return steps, d_value


def train(case, value, logits):
    """Yields (step, W, A) after each step."""
    state = {"first": 0 * logits, "second": 0 * logits}
    projected, rate = case["value_rule"] == "projected", gmpy2.mpfr(case["rate"])
    if projected:
        value = best_value(case, logits)
    for step in range(1, CHECKPOINTS[-1] + 1):
        steps, d_value = logit_steps(case, step, value, logits, state)
        logits = logits - steps
        value = best_value(case, logits) if projected else value - rate * d_value
        yield step, value, logits


def start(case):
    return wide(case["start"]["value"]), wide(case["start"]["logits"])


# --- proofs --------------------------------------------------------------------------------------------------------

def prove_gradients(case, value, logits):
    attention = softmax_rows(logits)
    d_value, d_attention = d_population_loss_of_weights(case, value, attention)
    prove_differences(case["name"], lambda w, a: population_loss(case, w, a), value, logits,
                      d_value, d_softmax_rows(attention, d_attention))
    prove_differences(f"{case['name']}, of the weights", lambda w, s: population_loss_of_weights(case, w, s), value,
                      attention, d_value, d_attention)
    parts = sum(row_losses(case, value, logits))
    require(abs(parts - population_loss(case, value, logits)) < 1e-60 * parts, f"{case['name']}: parts of the loss")


def prove_best(case, value, logits):
    """That a projected W is the best of all, also of those that are no multiples of V*."""
    attention, source = softmax_rows(logits), random.Random(25)
    d_value, _ = d_population_loss_of_weights(case, value, attention)
    require(largest(d_value) < 1e-60, f"{case['name']}: W is not the best one: {float(largest(d_value))}")
    least = population_loss_of_weights(case, value, attention)
    for _ in range(20):
        change = wide(normal_rows(source, *value.shape))
        for other in (value + gmpy2.mpfr(0.01) * change, value + change, change, -value + gmpy2.mpfr(0.1) * change):
            require(population_loss_of_weights(case, other, attention) > least, f"{case['name']}: a better W")


def prove_stable(case, ends):
    """From a start off by 1e-40, the checkpoints again."""
    value, logits = start(case)
    logits = logits + gmpy2.mpfr(1e-40) * wide(normal_rows(random.Random(26), *logits.shape))
    for step, value, logits in train(case, value, logits):
        if step in ends:
            off = max(largest(value - ends[step][0]), largest(logits - ends[step][1]))
            require(off < 1e-38, f"{case['name']}: at step {step} 1e-40 has become {float(off)}")


# --- the file ------------------------------------------------------------------------------------------------------

def run(case):
    record = {key: case[key] for key in ("name", "teacher", "activation", "rule", "value_rule", "size")}
    record |= {"steps": CHECKPOINTS[-1], "checkpoints": []}
    value, logits = start(case)
    first, ends = population_loss(case, value, logits), {}
    for step, value, logits in train(case, value, logits):
        if step == PROVED:
            prove_gradients(case, value, logits)
            if case["value_rule"] == "projected":
                prove_best(case, value, logits)
        if step in CHECKPOINTS:
            ends[step] = (value, logits)
            record["checkpoints"].append({"step": step, "excess_loss": float(population_loss(case, value, logits)),
                                          "value": floats(value), "logits": floats(logits)})
    prove_stable(case, ends)
    last = record["checkpoints"][-1]["excess_loss"]
    require(last < 0.8 * first, f"{case['name']}: the loss goes from {float(first)} to {last}")
    return record


COMMENT = [
    "Written by make_rules.py beside this file; do not edit. README.md says how to make it again.",
    "Training on the excess loss for independent standard normal tokens, W by `value_rule` and the logits A (outputs x",
    "  tokens) by `rule`, whose formulas are in make_rules.py; `size` is the length of a normalised step, theta of Polyak's.",
    "From `start`, of the teacher's entry. A checkpoint holds the state after `step` updates and the excess loss there. Every",
    "  number is the f64 nearest to a 256-bit computation. value: filters x features; mixing: outputs x tokens.",
]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    taught = [{key: teacher[key] for key in described(teacher) if key != "activation"} for teacher in teachers()]
    text = written({"_comment": COMMENT, "teachers": taught, "runs": [run(case) for case in cases()]}) + "\n"
    if sys.argv[1:] == ["--check"]:
        require(TARGET.read_text() == text, f"{TARGET.name} is not what this program writes")
        print(f"{TARGET.name} is what this program writes")
    else:
        TARGET.write_text(text)
        print(f"wrote {TARGET.name}, {len(text)} bytes")


if __name__ == "__main__":
    main()
