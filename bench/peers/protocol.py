"""What every peer answers on standard input and output; see README.md beside this file."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    kind: str  # "online" or "exact"
    scalar: str  # "f32" or "f64"
    filters: int
    features: int
    tokens: int
    group: int
    batch: int
    value_rate: float
    logits_rate: float
    seed: int
    value: tuple  # V*, row by row

    @staticmethod
    def parse(words):
        kind, scalar, *rest = words
        filters, features, tokens, group, batch = map(int, rest[:5])
        value = tuple(map(float, rest[8:]))
        return Task(kind, scalar, filters, features, tokens, group, batch, float(rest[5]), float(rest[6]), int(rest[7]), value)


def serve(name, version, begin):
    """Answers until the input ends. `begin` takes a task and gives a training, with `steps(n)`, which returns when they
    are done, and `student()`, which gives W and A; or None when the peer has nothing to set against that kind of step.
    """

    def say(line):
        print(line, flush=True)

    say(f"{name}\t{version}")
    training = None
    for line in sys.stdin:
        verb, *words = line.split()
        if verb == "start":
            training = begin(Task.parse(words))
            say("none" if training is None else "ready")
        elif verb == "steps":
            training.steps(int(words[0]))
            say("done")
        elif verb == "student":
            say(" ".join(repr(float(x)) for matrix in training.student() for x in matrix.reshape(-1)))
        else:
            raise SystemExit(f"no such request: {line!r}")
