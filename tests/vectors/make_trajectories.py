#!/usr/bin/env python3
"""Training trajectories of small students, computed from the definitions in 256-bit arithmetic.

This program shares no code and no closed form with the Rust crates; it is what they are compared with. `wide_model.py`
beside it is the model; here are the cases, the proofs and the file.

Before anything is written the program proves the model's formulas: the kernel h against a quadrature, the population
gradient against a Monte-Carlo sample's (5 standard errors), every gradient against central differences of the loss (30
digits), the logits' trajectory against that of an explicit W_KQ with a random orthonormal P (60 digits), and the
invariants of regular teachers (W one multiple of V*, two values in a row of logits; 60 digits).

Usage, with numpy and gmpy2 installed:

    python3 tests/vectors/make_trajectories.py            writes trajectories.json beside this file
    python3 tests/vectors/make_trajectories.py --check    recomputes it and compares; exit 1 on any difference
"""

import json
import math
import random
import sys
from pathlib import Path

import gmpy2
import numpy as np

# A program that only computes leaves nothing behind in the repository.
sys.dont_write_bytecode = True

from wide_model import (  # noqa: E402
    PRECISION,
    d_population_loss,
    d_sample_loss,
    kernel,
    largest,
    norm,
    population_loss,
    sample_loss,
    slope,
    softmax_rows,
    train,
    train_key_query,
    wide,
)

TARGET = Path(__file__).with_name("trajectories.json")
POPULATION_CHECKPOINTS = (1, 2, 10, 100, 2000)
SAMPLE_CHECKPOINTS = (1, 2, 10, 100, 200)


# --- cases ---------------------------------------------------------------------------------------------------------

def normal_rows(source, rows, cols):
    """Standard normal numbers, to three decimals: exact in a text file, and the same on every platform."""
    def normal():
        radius = math.sqrt(-2 * math.log(1 - source.random()))
        return round(radius * math.cos(2 * math.pi * source.random()), 3)
    return [[normal() for _ in range(cols)] for _ in range(rows)]


def filters(seed, count, features):
    """Filters of norm one, to three decimals."""
    rows = normal_rows(random.Random(seed), count, features)
    return [[round(x / math.hypot(*row), 3) for x in row] for row in rows]


def random_orthonormal(seed, size):
    """Gram-Schmidt on normal columns, in full precision."""
    columns = wide(normal_rows(random.Random(seed), size, size))
    for i in range(size):
        for j in range(i):
            columns[i] = columns[i] - np.dot(columns[i], columns[j]) * columns[j]
        columns[i] = columns[i] / norm(columns[i])
    return columns.T


def averages(tokens, groups):
    """A mixing whose row j averages the tokens in groups[j]."""
    return [[1.0 / len(group) if t in group else 0.0 for t in range(tokens)] for group in groups]


def neighbourhoods(nodes, edges):
    """Each node with its neighbours in an undirected graph."""
    return [[n] + [b if n == a else a for a, b in edges if n in (a, b)] for n in range(nodes)]


def make_case(name, why, activation, value, mixing, rate, attention_rate=None):
    return {
        "name": name,
        "why": why,
        "shape": {
            "filters": len(value),
            "features": len(value[0]),
            "tokens": len(mixing[0]),
            "outputs": len(mixing),
        },
        "activation": activation,
        "value": value,
        "mixing": mixing,
        "rate": rate,
        "attention_rate": rate if attention_rate is None else attention_rate,
        "wide_value": wide(value),
        "wide_mixing": wide(mixing),
    }


BLOCKS_OF_4 = [[0, 1, 2, 3], [4, 5, 6, 7]]
CYCLE_OF_7 = neighbourhoods(7, [(n, (n + 1) % 7) for n in range(7)])
IRREGULAR_GRAPH = neighbourhoods(6, [(0, 1), (0, 2), (0, 3), (2, 3), (4, 5)])
LEAKY = {"leaky_relu": 0.1}

# Trained through an explicit W_KQ, too. Its mixing is not symmetric, so that a transposed W_KQ would show.
KEY_QUERY_CASE = "irregular_relu"

# The mixing of the next two cases is not an average: a student follows it as far as a softmax can.
FREE_MIXING = [[0.25, 0.5, 0.25], [0.125, 0.125, 0.75], [1.0, 0.0, 0.0], [0.375, 0.25, 0.375], [0.0, 0.6875, 0.3125]]
SIGNED_MIXING = [[0.5, -0.25, 0.75, 0.0, 0.125], [-0.5, -0.25, -0.125, 0.25, 0.0], [0.25, 0.25, -1.0, 0.5, 0.25]]


def population_cases():
    conv = averages(8, [BLOCKS_OF_4[j // 4] for j in range(8)])
    selection = averages(8, [[1, 2, 6]] * 8)
    irregular = averages(6, IRREGULAR_GRAPH)
    return [
        make_case("convolution_relu", "blocks of 4", "relu", filters(1, 2, 3), conv, 0.5),
        make_case("convolution_leaky", "blocks of 4", LEAKY, filters(2, 2, 3), conv, 0.5),
        make_case("cycle_identity", "odd sizes", "identity", filters(3, 3, 5), averages(7, CYCLE_OF_7), 3 / 7),
        make_case("cycle_two_rates", "W_KQ learns faster than W", "relu", filters(4, 3, 5), averages(7, CYCLE_OF_7),
                  0.25, 1.5),
        make_case("irregular_relu", "neighbourhoods of 4, 3 and 2 nodes", "relu", filters(5, 4, 2), irregular,
                  0.25),
        make_case("irregular_leaky", "neighbourhoods of 4, 3 and 2 nodes", LEAKY, filters(6, 4, 2), irregular,
                  0.25),
        make_case("selection_identity", "the same 3 tokens for every output", "identity", filters(7, 2, 4), selection,
                  3 / 8),
        make_case("selection_one_output", "one output, 9 features and tokens", "relu", filters(8, 2, 9),
                  averages(9, [[0, 3, 4, 8]]), 1.0),
        make_case("pooled_relu", "fewer outputs than tokens: D / K", "relu", filters(9, 3, 3), averages(8, BLOCKS_OF_4),
                  1.0),
        make_case("free_leaky", "more outputs than tokens, unequal shares", LEAKY, filters(10, 3, 4), FREE_MIXING,
                  0.25),
        make_case("signed_relu", "negative shares: angles above a right one", "relu", filters(11, 3, 4), SIGNED_MIXING,
                  0.25),
        make_case("group_sparse", "one filter, one token", "identity", filters(12, 1, 4), averages(7, [[2]] * 7),
                  1 / 7),
        make_case("one_feature", "one feature, two tokens", LEAKY, [[0.75], [-1.25]], averages(2, [[0], [1]]), 0.25),
        make_case("one_of_everything", "every size 1: only W learns", "relu", [[1.5]], [[1.0]], 0.005),
        make_case("zero_filter", "a filter and an output that answer zero", "relu", [[0.6, -0.8], [0.0, 0.0]],
                  [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]], 0.25),
    ]


def sample_cases():
    """Population cases' teachers, trained from a few fixed batches that are used in turn."""
    conv = averages(8, [BLOCKS_OF_4[j // 4] for j in range(8)])
    chosen = [
        ("samples_convolution_relu", "relu", filters(1, 2, 3), conv, 0.25),
        ("samples_pooled_leaky", LEAKY, filters(9, 3, 3), averages(8, BLOCKS_OF_4), 0.25),
        ("samples_irregular_identity", "identity", filters(5, 4, 2), averages(6, IRREGULAR_GRAPH), 0.125),
    ]
    cases = []
    for seed, (name, activation, value, mixing, rate) in enumerate(chosen, start=101):
        case = make_case(name, "three batches of 4, 1 and 3 samples, in turn; noisy labels", activation, value, mixing,
                         rate, attention_rate=2 * rate)
        case["batches"] = [make_batch(case, random.Random(seed * 10 + size), size) for size in (4, 1, 3)]
        case["wide_batches"] = [[(wide(s["input"]), wide(s["output"])) for s in batch] for batch in case["batches"]]
        cases.append(case)
    return cases


def make_batch(case, source, size):
    """Normal inputs with the teacher's answers and noise of standard deviation 0.1, labels to three decimals."""
    shape, k = case["shape"], slope(case["activation"])
    batch = []
    for _ in range(size):
        x = normal_rows(source, shape["tokens"], shape["features"])
        noise = normal_rows(source, shape["outputs"], shape["filters"])
        u = np.array(case["mixing"]) @ np.array(x) @ np.array(case["value"]).T
        y = np.where(u >= 0, u, k * u) + 0.1 * np.array(noise)
        batch.append({"input": x, "output": [[round(float(e), 3) for e in row] for row in y]})
    return batch


# --- proofs --------------------------------------------------------------------------------------------------------

def require(condition, what):
    if not condition:
        sys.exit(f"make_trajectories: check failed: {what}")


def prove_kernel():
    """E act(u*) act(u) in polar coordinates is (1/pi) times the integral of act(cos t) act(cos(t - theta))."""
    t = np.arange(1_000_000) * (2 * math.pi / 1_000_000)
    for k in (0.0, 0.1, 1.0):
        for theta in (0.0, 0.01, 1.0, 2.0, math.pi):
            x, y = np.cos(t), np.cos(t - theta)
            integral = 2 * np.mean(np.where(x >= 0, x, k * x) * np.where(y >= 0, y, k * y))
            rho = gmpy2.cos(gmpy2.mpfr(theta))
            formula = k * rho + (1 - k) ** 2 * kernel(rho)[0]
            require(abs(integral - formula) < 1e-10, f"kernel at slope {k}, angle {theta}")


def prove_differences(name, loss, value, logits, d_value, d_logits):
    """Central differences at twice the precision: error of order step^2 ~ 1e-48."""
    def at(value, logits):
        with gmpy2.context(gmpy2.get_context(), precision=2 * PRECISION):
            return loss(value, logits)

    step = gmpy2.exp2(-80)
    for what, point, gradient in (("value", value, d_value), ("logits", logits, d_logits)):
        for index in np.ndindex(*point.shape):
            moved = []
            for sign in (1, -1):
                other = point.copy()
                other[index] += sign * step
                moved.append(at(other, logits) if what == "value" else at(value, other))
            with gmpy2.context(gmpy2.get_context(), precision=2 * PRECISION):
                difference = (moved[0] - moved[1]) / (2 * step)
            scale = max(largest(d_value), largest(d_logits))
            require(abs(difference - gradient[index]) <= 1e-30 * scale, f"{name}: d_{what}{index}")


def prove_monte_carlo(case, value, logits, samples=100_000):
    """The population gradient lies within 5 standard errors of the mean of sample gradients, entry by entry."""
    source = np.random.RandomState(20)
    k = slope(case["activation"])
    w, s = np.array(value, dtype=float), np.array(softmax_rows(logits), dtype=float)
    x = source.standard_normal((samples, case["shape"]["tokens"], case["shape"]["features"]))
    target = np.einsum("jt,ntf,mf->njm", np.array(case["mixing"]), x, np.array(case["value"]), optimize=True)
    u = np.einsum("jt,ntf,mf->njm", s, x, w, optimize=True)
    g = np.where(u >= 0, u, k * u) - np.where(target >= 0, target, k * target)
    g = np.where(u >= 0, g, k * g)
    d_value = np.einsum("njm,jt,ntf->nmf", g, s, x, optimize=True)
    d_attention = np.einsum("njm,mf,ntf->njt", g, w, x, optimize=True)
    d_logits = s * (d_attention - (s * d_attention).sum(axis=2, keepdims=True))
    exact = d_population_loss(case, value, logits)
    for what, sample, formula in (("value", d_value, exact[0]), ("logits", d_logits, exact[1])):
        error = sample.std(axis=0) / math.sqrt(samples)
        distance = np.abs(sample.mean(axis=0) - np.array(formula, dtype=float))
        require((distance <= 5 * error + 1e-15).all(), f"{case['name']}: Monte Carlo, d_{what}")


def prove_invariants(case, value, logits):
    """From zero, W stays one multiple of V*, and a row of logits takes one value on the teacher's tokens, one off."""
    at = np.unravel_index(np.argmax(np.abs(np.array(case["value"]))), value.shape)
    multiple = value[at] / case["wide_value"][at]
    require(largest(value - multiple * case["wide_value"]) < 1e-60, f"{case['name']}: W is not a multiple of V*")
    for row, mixing in zip(logits, case["mixing"]):
        for inside in (True, False):
            group = [x for x, share in zip(row, mixing) if (share > 0) == inside]
            require(max(group) - min(group) < 1e-60, f"{case['name']}: the logits of a row take more than two values")


# --- the file ------------------------------------------------------------------------------------------------------

def floats(x):
    """Nearest f64 of each number; what should be zero, but for the rounding of the 77th digit, is zero."""
    return np.vectorize(lambda e: float(e) if abs(e) > 1e-60 else 0.0, otypes=[float])(x).tolist()


def described(case):
    return {key: case[key] for key in case if not key.startswith("wide_")}


def run_population(case, key_query):
    """Trains on the exact gradient; with `key_query` a W_KQ beside the logits, compared at every step."""
    steps = POPULATION_CHECKPOINTS[-1]
    record = described(case) | {"steps": steps, "checkpoints": []}
    runs = train(case, lambda _, value, logits: d_population_loss(case, value, logits), steps)
    if key_query:
        position = random_orthonormal(77, case["shape"]["tokens"])
        record["position"] = floats(position)
        explicit = train_key_query(case, position, steps)
    regular = case["name"].startswith(("convolution", "cycle", "selection_identity", "group_sparse"))
    for step, value, logits in runs:
        if key_query:
            _, other_value, other_logits, matrix = next(explicit)
            require(largest(value - other_value) < 1e-60, f"{case['name']}: W of the explicit W_KQ at step {step}")
            require(largest(logits - other_logits) < 1e-60, f"{case['name']}: logits of W_KQ at step {step}")
        if step not in POPULATION_CHECKPOINTS:
            continue
        if regular:
            prove_invariants(case, value, logits)
        if step in (2, steps):
            prove_differences(case["name"], lambda v, a: population_loss(case, v, a), value, logits,
                              *d_population_loss(case, value, logits))
        if step in (1, 100):
            prove_monte_carlo(case, value, logits)
        checkpoint = {"step": step, "excess_loss": float(population_loss(case, value, logits)),
                      "value": floats(value), "logits": floats(logits)}
        if key_query:
            checkpoint["key_query"] = floats(matrix)
        record["checkpoints"].append(checkpoint)
    prove_monte_carlo(case, 0 * value, 0 * logits)
    return record


def run_samples(case):
    steps = SAMPLE_CHECKPOINTS[-1]
    record = described(case) | {"steps": steps, "checkpoints": []}
    every_sample = [sample for batch in case["wide_batches"] for sample in batch]

    def gradient(step, value, logits):
        batch = case["wide_batches"][(step - 1) % len(case["wide_batches"])]
        d_value, d_logits, distance = d_sample_loss(case, value, logits, batch)
        # Nearer to the kink than this, f64 could take the other branch and be right to do so.
        require(step == 1 or distance > 1e-9, f"{case['name']}: step {step} is {float(distance)} from a kink")
        return d_value, d_logits

    for step, value, logits in train(case, gradient, steps):
        if step not in SAMPLE_CHECKPOINTS:
            continue
        prove_differences(case["name"], lambda v, a: sample_loss(case, v, a, every_sample), value, logits,
                          *d_sample_loss(case, value, logits, every_sample)[:2])
        record["checkpoints"].append({"step": step, "loss": float(sample_loss(case, value, logits, every_sample)),
                                      "value": floats(value), "logits": floats(logits)})
    return record


COMMENT = [
    "Written by make_trajectories.py beside this file; do not edit. README.md says how to make it again.",
    "Gradient descent from zero on W (value: filters x features) and on the logits A (outputs x tokens):",
    "  W -= rate * dL/dW, A -= (attention_rate / tokens) * dL/dA.   mixing: outputs x tokens.",
    "A checkpoint holds the state after `step` updates. Every number is the f64 nearest to a 256-bit computation.",
    "population: L is the excess loss for independent standard normal tokens; excess_loss is L at the checkpoint.",
    "  position (tokens x tokens, a column encodes a position) and key_query, where given: the same trajectory of an",
    "  explicit W_KQ trained at attention_rate; A transposed = P^T W_KQ P / sqrt(tokens).",
    "samples: step t descends the mean over batch (t - 1) mod (number of batches) of 1/2 |output - f(input)|^2;",
    "  input: tokens x features, output: outputs x filters; loss is the mean over all samples at the checkpoint.",
]


def written(data, indent=0):
    """JSON with a row of numbers on one line, and each number the shortest text that reads back as the same f64."""
    pad = "  " * indent
    if isinstance(data, dict) and data:
        items = [f"{pad}  {json.dumps(key)}: {written(item, indent + 1)}" for key, item in data.items()]
        flat = "{" + ", ".join(item.strip() for item in items) + "}"
        return flat if len(flat) < 100 and "\n" not in flat else "{\n" + ",\n".join(items) + f"\n{pad}}}"
    if isinstance(data, list) and any(isinstance(item, (list, dict, str)) for item in data):
        return "[\n" + ",\n".join(f"{pad}  {written(item, indent + 1)}" for item in data) + f"\n{pad}]"
    return json.dumps(data)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    prove_kernel()
    data = {
        "_comment": COMMENT,
        "population": [run_population(case, case["name"] == KEY_QUERY_CASE) for case in population_cases()],
        "samples": [run_samples(case) for case in sample_cases()],
    }
    text = written(data) + "\n"
    if sys.argv[1:] == ["--check"]:
        require(TARGET.read_text() == text, f"{TARGET.name} is not what this program writes")
        print(f"{TARGET.name} is what this program writes")
    else:
        TARGET.write_text(text)
        print(f"wrote {TARGET.name}, {len(text)} bytes")


if __name__ == "__main__":
    main()
