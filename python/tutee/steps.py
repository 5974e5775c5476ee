"""Settings of a step, and which pairs each step takes."""


def descent_of(precision, rate, attention_rate):
    descent = precision.new("descent")
    precision.call("descent_default", "rate", rate, descent)
    if attention_rate is not None:
        descent.attention_rate = attention_rate
    return descent


def check_batch(batch, pairs: int) -> None:
    if batch is not None and not 0 < batch <= pairs:
        raise ValueError(f"batch: {batch}; expected 1 to {pairs}, the number of pairs")


def in_halves(pairs: int) -> tuple:
    early, late = slice(0, pairs // 2), slice(pairs // 2, pairs)
    return (early, late), (late, early)


def batches(steps: int, pairs: int, batch, first: int = 0):
    """Slices of the arrays for each step, from pair `first` on: more than one where a batch lies across their end."""
    # Half of the pairs may be fewer than a batch of all: then all of them are one.
    size = pairs if batch is None else min(batch, pairs)
    for _ in range(steps):
        left, parts = size, []
        while left > 0:
            count = min(left, pairs - first)
            parts.append(slice(first, first + count))
            left, first = left - count, (first + count) % pairs
        yield parts
