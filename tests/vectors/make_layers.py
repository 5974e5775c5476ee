#!/usr/bin/env python3
"""Training trajectories of whole attention layers, computed from the definitions in 256-bit arithmetic.

This program shares no code with the Rust crates; it is what they are compared with. Per sample, tokens Z (D x e), queries U
(J x g), answers Y:

    A = scale U B^T Z^T (J x D),  B = W_KQ or W_K^T W_Q (e x g),    S = softmax of each row of A
    V = S Z W_V^T (J x M),        f = act(V)  or  F = the sum of V
    L = 1/2 |Y - f|^2             or  L = log(1 + exp(-y F))

The gradient goes another way than the crates': B is formed, also where W_K and W_Q are separate, whose gradients are
W_Q dB^T and W_K dB; the softmax has its Jacobian written out; V is differentiated as it stands, without H = Z W_V^T.

Before anything is written the program proves every gradient against central differences of the loss (30 digits), for every
matrix of every case at several steps.

Usage, with numpy and gmpy2 installed:

    python3 tests/vectors/make_layers.py            writes layers.json beside this file
    python3 tests/vectors/make_layers.py --check    recomputes it and compares; exit 1 on any difference
"""

import itertools
import math
import random
import sys
from pathlib import Path

import gmpy2
import numpy as np

# A program that only computes leaves nothing behind in the repository.
sys.dont_write_bytecode = True

from make_trajectories import LEAKY, floats, normal_rows, require, written  # noqa: E402
from wide_model import PRECISION, largest, slope, softmax_rows, wide, zeros  # noqa: E402

TARGET = Path(__file__).with_name("layers.json")
STEPS = 500
CHECKPOINTS = (1, 2, 10, 100, STEPS)
PROVED = (1, 10, STEPS)
SAMPLES = 4


# --- codes ---------------------------------------------------------------------------------------------------------

def identity(tokens, width):
    return wide(np.eye(tokens, width))


def sinusoidal(tokens, width):
    """sin and cos of position / 10000^(2n / width), positions from 0."""
    codes = zeros(tokens, width)
    for i in range(tokens):
        for k in range(width):
            angle = gmpy2.mpfr(i) / gmpy2.mpfr(10000) ** (gmpy2.mpfr(2 * (k // 2)) / width)
            codes[i, k] = gmpy2.cos(angle) if k % 2 else gmpy2.sin(angle)
    return codes


def sine(tokens, width):
    """sin(pi j k / (D + 1)), both counted from 1."""
    codes = zeros(tokens, width)
    for j in range(tokens):
        for k in range(width):
            codes[j, k] = gmpy2.sin(gmpy2.const_pi() * (j + 1) * (k + 1) / (tokens + 1))
    return codes


def normal_codes(seed, tokens, width, deviation=0.5):
    return wide([[round(deviation * x, 4) for x in row] for row in normal_rows(random.Random(seed), tokens, width)])


def signs(source, tokens, width):
    """Of 4 or 16 entries: multiples of 1/4, so that the file has the numbers themselves."""
    amplitude = 1 / math.sqrt(width)
    return [[source.choice((-amplitude, amplitude)) for _ in range(width)] for _ in range(tokens)]


def reflected(tokens, width):
    """Orthonormal without being unit vectors: the first rows of I - 2 v v^T / |v|^2 with v = (1, ..., 1). The core draws others."""
    half = gmpy2.mpfr(2) / width
    codes = zeros(tokens, width)
    for i in range(tokens):
        for k in range(width):
            codes[i, k] = (1 if i == k else 0) - half
    return codes


CODES = {"identity": identity, "orthonormal": reflected, "sinusoidal": sinusoidal, "sine": sine}


# --- cases ---------------------------------------------------------------------------------------------------------

def case(name, why, seed, *, checkpoints=CHECKPOINTS, filters=2, features=3, tokens=4, outputs=None, embedding="concatenated",
         encoding="identity", width=None, keys=None, queries="tokens", query_width=None, activation="identity",
         loss="squared", scale=None, rate=0.1, train=None):
    if width is None:
        width = {"content": 0, "concatenated": tokens, "added": features}[embedding]
    source = random.Random(seed)
    outputs = tokens if outputs is None else outputs
    made = {
        "name": name, "why": why,
        "shape": {"filters": filters, "features": features, "tokens": tokens, "outputs": outputs},
        "embedding": embedding, "encoding": encoding if width else "none", "code_width": width,
        "keys": keys, "queries": queries, "query_width": query_width or 0, "activation": activation, "loss": loss,
        "scale": 1 / math.sqrt(tokens) if scale is None else scale, "rate": rate, "train": train,
        "checkpoints": checkpoints,
    }
    token = features + width if embedding == "concatenated" else features
    asked = {"tokens": token, "sets": width, "vectors": query_width}[queries]
    start = {"value": zeros(filters, token)}
    if keys is None:
        start["w_kq"] = zeros(token, asked)
    else:
        for matrix, columns in (("w_k", token), ("w_q", asked)):
            start[matrix] = wide([[round(0.3 * x, 4) for x in row] for row in normal_rows(source, keys, columns)])
    if encoding == "learned":
        start["codes"] = normal_codes(seed, tokens, width)
    made["fixed_codes"] = CODES[encoding](tokens, width) if width and encoding in CODES else None
    made["start"] = start
    count = SAMPLES if len(checkpoints) > 1 else 3
    made["samples"] = [sample(made, source) for _ in range(count)]
    return made


def sample(made, source):
    shape = made["shape"]
    made_sample = {"input": normal_rows(source, shape["tokens"], shape["features"])}
    if made["queries"] == "sets":
        made_sample["sets"] = [source.sample(range(shape["tokens"]), 2) for _ in range(shape["outputs"])]
    if made["queries"] == "vectors":
        made_sample["queries"] = normal_rows(source, shape["outputs"], made["query_width"])
    if made["encoding"] == "signs":
        made_sample["codes"] = signs(source, shape["tokens"], made["code_width"])
    if made["loss"] == "logistic":
        made_sample["output"] = [[source.choice((-1.0, 1.0))]]
    else:
        made_sample["output"] = normal_rows(source, shape["outputs"], shape["filters"])
    return made_sample


def cases():
    return [
        case("concatenated_identity", "the default: one matrix, codes after the content", 1, rate=0.03),
        case("concatenated_separate", "W_K and W_Q", 2, keys=3, scale=1 / math.sqrt(3), activation=LEAKY, rate=0.05),
        case("content_only", "attention on content alone", 3, embedding="content", activation=LEAKY,
             rate=0.02),
        case("added_sinusoidal", "the article's codes, added", 4, features=4, embedding="added", encoding="sinusoidal",
             tokens=5, rate=0.01),
        case("added_learned", "learned codes, in keys, queries and values", 5, embedding="added", encoding="learned",
             keys=2, scale=1.0, rate=0.02),
        case("concatenated_learned", "learned codes after the content", 6, encoding="learned", width=3, rate=0.02),
        case("logistic_sine", "a label and the summed readout", 7, filters=1, encoding="sine", loss="logistic",
             scale=1.0),
        case("sets_identity", "a set of positions for each output asks", 8, outputs=3, queries="sets", scale=1.0,
             tokens=5),
        case("sets_learned", "sets whose codes are learned, keys of content and codes, separate", 9, outputs=2,
             queries="sets", encoding="learned", width=2, keys=2, scale=1.0, rate=0.05),
        case("content_sets_learned", "codes that only ask", 10, outputs=2, embedding="content", queries="sets",
             encoding="learned", width=2, rate=0.1),
        case("vectors", "vectors of another width ask", 11, outputs=2, queries="vectors", query_width=2,
             embedding="content"),
        case("fresh_signs", "other codes with every sample", 12, encoding="signs", width=16, tokens=3, scale=1.0),
        case("position_only", "two blocks train", 13, train=["value-content", "position-position"], rate=0.25),
        case("two_blocks_separate", "two blocks of separate matrices", 14, keys=3, scale=1.0,
             train=["value-content", "value-position", "position-position"], rate=0.05),
    ] + combinations()


def combinations():
    """Every embedding with every encoding, one matrix and two, either loss, and the queries and activations in turn."""
    found, activations = [], itertools.cycle(("identity", "relu", LEAKY))
    for loss, keys, (embedding, encoding) in itertools.product(
        ("squared", "logistic"), (None, 2),
        [("content", "none")] + list(itertools.product(("concatenated", "added"), (*CODES, "learned", "signs"))),
    ):
        seed = 701 + len(found)
        # Added codes are as wide as content; unit vectors of that width are as many as there are tokens.
        features = 4 if embedding == "added" and encoding == "signs" else 3
        width = {"content": 0, "concatenated": 4 if encoding == "signs" else 3, "added": features}[embedding]
        kinds = ("tokens", "vectors") if embedding == "content" else ("tokens", "sets", "vectors")
        queries = kinds[seed % len(kinds)]
        found.append(case(
            f"{loss}_{'separate' if keys else 'merged'}_{embedding}_{encoding}", "one of all combinations", seed,
            filters=1 if loss == "logistic" else 2, features=features, tokens=3, outputs=3 if queries == "tokens" else 2,
            embedding=embedding, encoding=encoding, width=width, keys=keys, queries=queries,
            query_width=2 if queries == "vectors" else None, loss=loss, scale=1.0, rate=0.02 if loss == "squared" else 0.1,
            activation=next(activations) if loss == "squared" else "identity", checkpoints=(STEPS,),
        ))
    return found


# --- the model -----------------------------------------------------------------------------------------------------

def prepared(made, sample):
    """A sample in wide numbers: X, what asks (or None), codes of its own (or None), Y."""
    own = wide(sample["codes"]) if "codes" in sample else None
    asking = wide(sample["queries"]) if "queries" in sample else None
    members = None
    if "sets" in sample:
        members = zeros(made["shape"]["outputs"], made["shape"]["tokens"])
        for j, chosen in enumerate(sample["sets"]):
            for token in chosen:
                members[j, token] = gmpy2.mpfr(1)
    return wide(sample["input"]), asking, members, own, wide(sample["output"])


def embed(made, parameters, sample):
    """Z, U and the codes P."""
    x, asking, members, own, _ = sample
    codes = own if own is not None else parameters.get("codes", made["fixed_codes"])
    if made["embedding"] == "content":
        tokens = x
    elif made["embedding"] == "added":
        tokens = x + codes
    else:
        tokens = np.concatenate([x, codes], axis=1)
    queries = tokens if made["queries"] == "tokens" else members @ codes if made["queries"] == "sets" else asking
    return tokens, queries


def key_query(parameters):
    return parameters["w_kq"] if "w_kq" in parameters else parameters["w_k"].T @ parameters["w_q"]


def readout(made, v, y):
    """The loss and dL/dV."""
    if made["loss"] == "logistic":
        label, logit = y[0, 0], v.sum()
        odds = gmpy2.exp(-label * logit)
        return gmpy2.log(1 + odds), 0 * v - label * odds / (1 + odds)
    k = gmpy2.mpfr(slope(made["activation"]))
    error = np.where(v >= 0, v, k * v) - y
    return (error * error).sum() / 2, error * np.where(v >= 0, gmpy2.mpfr(1), k)


def loss(made, parameters, samples):
    total = gmpy2.mpfr(0)
    for sample in samples:
        z, u = embed(made, parameters, sample)
        s = softmax_rows(gmpy2.mpfr(made["scale"]) * (u @ key_query(parameters).T @ z.T))
        total += readout(made, s @ z @ parameters["value"].T, sample[4])[0]
    return total / len(samples)


def d_loss(made, parameters, samples):
    """The gradient of every matrix, and the smallest |V|, the distance from the kink of the activation."""
    gradient = {name: 0 * matrix for name, matrix in parameters.items()}
    scale, distance = gmpy2.mpfr(made["scale"]), gmpy2.inf()
    b, value = key_query(parameters), parameters["value"]
    for sample in samples:
        z, u = embed(made, parameters, sample)
        s = softmax_rows(scale * (u @ b.T @ z.T))
        v = s @ z @ value.T
        distance = min(distance, smallest(v))
        g = readout(made, v, sample[4])[1]
        gradient["value"] += g.T @ (s @ z)
        d_z = s.T @ (g @ value)
        d_u, d_b = 0 * u, 0 * b
        for j in range(len(u)):
            jacobian = np.diag(s[j]) - np.outer(s[j], s[j])
            d_a = jacobian @ (z @ (value.T @ g[j]))
            d_b += scale * np.outer(z.T @ d_a, u[j])
            d_z += scale * np.outer(d_a, b @ u[j])
            d_u[j] += scale * (b.T @ (z.T @ d_a))
        if "w_kq" in gradient:
            gradient["w_kq"] += d_b
        else:
            gradient["w_k"] += parameters["w_q"] @ d_b.T
            gradient["w_q"] += parameters["w_k"] @ d_b
        if "codes" in gradient:
            features = made["shape"]["features"]
            if made["queries"] == "tokens":
                d_z = d_z + d_u
            if made["queries"] == "sets":
                gradient["codes"] += sample[2].T @ d_u
            if made["embedding"] == "concatenated":
                gradient["codes"] += d_z[:, features:]
            if made["embedding"] == "added":
                gradient["codes"] += d_z
    return {name: matrix / len(samples) for name, matrix in gradient.items()}, distance


def smallest(v):
    """The smallest magnitude."""
    return min(abs(e) for e in v.ravel())


def frozen(made, gradient):
    """Zero in what does not train."""
    if made["train"] is None:
        return gradient
    d, train = made["shape"]["features"], made["train"]
    content, position = slice(None, d), slice(d, None)
    kept = {name: 0 * matrix for name, matrix in gradient.items()}
    for block, columns in (("value-content", content), ("value-position", position)):
        if block in train:
            kept["value"][:, columns] = gradient["value"][:, columns]
    for key, key_part in (("content", content), ("position", position)):
        for query, query_part in (("content", content), ("position", position)):
            if f"{key}-{query}" not in train:
                continue
            if "w_kq" in gradient:
                kept["w_kq"][key_part, query_part] = gradient["w_kq"][key_part, query_part]
            else:
                kept["w_k"][:, key_part] = gradient["w_k"][:, key_part]
                kept["w_q"][:, query_part] = gradient["w_q"][:, query_part]
    return kept


# --- proofs --------------------------------------------------------------------------------------------------------

def prove_differences(made, parameters, samples):
    """Central differences at twice the precision: error of order step^2 ~ 1e-48."""
    gradient, _ = d_loss(made, parameters, samples)
    scale = max(largest(matrix) for matrix in gradient.values())
    step = gmpy2.exp2(-80)
    with gmpy2.context(gmpy2.get_context(), precision=2 * PRECISION):
        for name, matrix in parameters.items():
            for index in np.ndindex(*matrix.shape):
                moved = []
                for sign in (1, -1):
                    other = dict(parameters)
                    other[name] = matrix.copy()
                    other[name][index] += sign * step
                    moved.append(loss(made, other, samples))
                difference = (moved[0] - moved[1]) / (2 * step)
                require(abs(difference - gradient[name][index]) <= 1e-30 * scale, f"{made['name']}: d_{name}{index}")


# --- the file ------------------------------------------------------------------------------------------------------

def run(made):
    samples = [prepared(made, sample) for sample in made["samples"]]
    parameters, rate = dict(made["start"]), gmpy2.mpfr(made["rate"])
    record = {key: made[key] for key in made if key not in ("fixed_codes", "start", "checkpoints")}
    record["start"] = {name: floats(matrix) for name, matrix in parameters.items()}
    record["fixed_codes"] = None if made["fixed_codes"] is None else floats(made["fixed_codes"])
    record |= {"steps": STEPS, "checkpoints": []}
    for step in range(1, STEPS + 1):
        gradient, distance = d_loss(made, parameters, samples)
        # Nearer to the kink than this, f64 could take the other branch and be right to do so.
        kinked = made["loss"] == "squared" and made["activation"] != "identity"
        require(not kinked or step == 1 or distance > 1e-9, f"{made['name']}: step {step} is at a kink")
        gradient = frozen(made, gradient)
        parameters = {name: matrix - rate * gradient[name] for name, matrix in parameters.items()}
        if step in PROVED and (step in made["checkpoints"] or len(made["checkpoints"]) > 1):
            prove_differences(made, parameters, samples)
        if step in made["checkpoints"]:
            state = {name: floats(matrix) for name, matrix in parameters.items()}
            record["checkpoints"].append({"step": step, "loss": float(loss(made, parameters, samples))} | state)
    first, last = float(loss(made, made["start"], samples)), record["checkpoints"][-1]["loss"]
    require(last < 0.95 * first, f"{made['name']}: the loss goes from {first} to {last}")
    return record


COMMENT = [
    "Written by make_layers.py beside this file; do not edit. README.md says how to make it again.",
    "Whole-batch gradient descent, every matrix at `rate`, from `start`; `train` lists the blocks that do (null: all).",
    "A checkpoint holds the state after `step` updates, and the mean loss. Every number is the f64 nearest to a 256-bit",
    "  computation. value: filters x token width; w_kq: token width x query width, keys by queries; w_k: keys x token width;",
    "  w_q: keys x query width; codes and fixed_codes: tokens x code width, a row for each token.",
    "samples: input: tokens x features; output: outputs x filters, or one label; sets: outputs x 2 token numbers;",
    "  queries: outputs x query width; codes: tokens x code width, of this sample alone.",
]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    text = written({"_comment": COMMENT, "runs": [run(made) for made in cases()]}) + "\n"
    if sys.argv[1:] == ["--check"]:
        require(TARGET.read_text() == text, f"{TARGET.name} is not what this program writes")
        print(f"{TARGET.name} is what this program writes")
    else:
        TARGET.write_text(text)
        print(f"wrote {TARGET.name}, {len(text)} bytes")


if __name__ == "__main__":
    main()
