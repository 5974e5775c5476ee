"""What can be said of pairs, and of a student of them, beside its losses: the sentences of `tutee fit`, by its rules."""

import numpy as np

from ._c import lib

# Each is the command's: see cli/src/fit of the sources (sensors, condition, diagnosis, signs).
FEWEST, FAR, ANOTHER_UNIT, NAMED = 16, 10, 100, 8
UNIFORM, CONDITION, NO_POWER, ROUNDING, BESIDE = 0.01, 1e3, 1e-12, 1e-6, 0.01
ENOUGH, MOST_TOKENS, ANSWERS, ROUNDS = 0.05, 128, 4, 100


def check_squares(pairs, prefix: str, standardised: bool, dtype) -> None:
    """Refuses numbers whose squares, of which losses are sums, are no numbers."""
    info = np.finfo(np.float64 if standardised else dtype)
    kind = "float64" if standardised else np.dtype(dtype).name
    x, y = (float(np.abs(numbers).max(initial=0)) for numbers in pairs)

    def too_large(size: float, count: int) -> bool:
        return size > np.sqrt(float(info.max) / (4 * max(count, 1) if standardised else 1))

    def beyond(what: str, size: float) -> str:
        return f"{what} of up to {size:.1e}: their squares are beyond {kind}; expected them in another unit"

    if too_large(y, pairs[1].size):
        raise ValueError(f"{prefix}y: {beyond('answers', y)}")
    if not standardised and too_large(x, pairs[0].size):
        raise ValueError(f"{prefix}x: {beyond('inputs', x)}, or no rate")
    if 0 < y < np.sqrt(float(info.tiny) / float(info.eps)):
        raise ValueError(f"{prefix}y: answers of at most {y:.1e}: their squares are lost in {kind}; expected them in another unit")


def constant_loss(own_y, y) -> float:
    """Loss of the best constant of the first answers, over the second."""
    return float(((y.astype(np.float64) - own_y.astype(np.float64).mean(0)) ** 2).sum() / 2 / len(y))


def position_free_loss(own, others) -> float:
    """Loss of the best affine function of the mean of all tokens, of the first pairs, over the second."""
    (own_x, own_y), (x, y) = [(x.astype(np.float64).mean(1), y.astype(np.float64)) for x, y in (own, others)]
    centre, answers = own_x.mean(0), own_y.mean(0)
    unit = np.abs(own_x - centre).max(0)
    unit[unit == 0] = np.inf
    own_x, x = (own_x - centre) / unit, (x - centre) / unit
    outputs = own_y.shape[1]
    weights = np.linalg.lstsq(own_x, (own_y - answers).sum(1) / outputs, rcond=1e-5)[0]
    return float(((y - answers - (x @ weights)[:, None]) ** 2).sum() / 2 / len(y))


def told(share: float) -> str:
    return f"{share:.4f}" if abs(share) < 1e4 else f"{share:.3e}"


def _sums(value, bias, attention, x) -> np.ndarray:
    """`W X S + b`, pairs x outputs x filters."""
    hidden = x.astype(np.float64) @ np.asarray(value, np.float64).T
    return np.einsum("ji,nim->njm", np.asarray(attention, np.float64), hidden) + np.asarray(bias, np.float64)


def of_student(learned, activation: tuple, pairs, held_out, steps: int, shares: tuple) -> list:
    """Dead filters, attention that is uniform, and answers worse than the best constant. `activation` is in C's words, `shares` what is
    explained of the pairs of training and of those held out, None where nobody knows."""
    value, bias, attention = learned
    x, y = pairs
    sums, notes = _sums(value, bias, attention, x), []
    if activation[0] == lib.TUTEE_RELU:
        for filter in range(y.shape[2]):
            if (sums[:, :, filter] <= 0).all() and (y[:, :, filter] != 0).any():
                why = "expected a lower rate, or no rate"
                if (y[:, :, filter] <= 0).all():
                    why = (
                        "its answers are never above zero, which ReLU cannot give, and what it misses slows all others down; expected activation"
                        ' "identity", or a fit without it'
                    )
                notes.append(f"filter {filter} is dead: behind ReLU it answers 0 to every pair, and cannot move; {why}")
    tokens = x.shape[1]
    if steps == 0:
        notes.append(
            "no step answered pairs held out better than the start did, which is what is reported: it has learned nothing; more pairs may help,"
            " a shorter lag, or fewer features"
        )
    elif tokens > 1 and np.abs(np.abs(attention) * tokens - 1).max() < UNIFORM:
        notes.append(
            "attention is uniform: every output averages all tokens; more steps may help, or signed=True where answers are"
            " differences of tokens; after a lag that is too long all depend on all"
        )
    told_worse = _worse_than_constant(learned, activation, pairs, held_out, shares)
    return notes + ([told_worse] if told_worse else [])


def _worse_than_constant(learned, activation: tuple, pairs, held_out, shares: tuple) -> str | None:
    training, others = shares
    worse_there = training is not None and training >= -ROUNDING and others is not None and others < -ROUNDING
    x, y = held_out if worse_there and held_out is not None else pairs
    sums, y, mean = _sums(*learned, x), y.astype(np.float64), pairs[1].astype(np.float64).mean(0)
    answers = np.where(sums < 0, activation_slope(activation) * sums, sums)
    left, constant = ((y - answers) ** 2).sum((0, 1)), ((y - mean) ** 2).sum((0, 1))
    explained = {m: 1 - left[m] / constant[m] for m in range(y.shape[2]) if constant[m] > 0}

    def of_filters(below: float) -> str:
        several = y.shape[2] > 1
        return ", ".join(f"filter {m} ({told(share)})" for m, share in explained.items() if share < below and several)

    hint = {
        lib.TUTEE_RELU: 'ReLU answers nothing below zero: activation "identity" may help, or a fit for each filter',
        lib.TUTEE_LEAKY_RELU: 'answers below zero come through the slope alone: activation "identity" may help, or a fit for each filter',
    }.get(activation[0], "more steps may help, or larger batches")
    by = of_filters(-ROUNDING)
    by = f", by {by}" if by else ""
    if training is not None and training < -ROUNDING:
        return f"the student answers the pairs that it was trained on worse than the best constant does: {told(training)} is explained{by}; {hint}"
    if others is not None and others < -ROUNDING:
        return (
            f"nothing was learned that holds on pairs held out: {told(others)} of them is explained{by}, and the best constant does better; more"
            " pairs may help, a shorter lag, or fewer features; sensors may have moved since"
        )
    filters = of_filters(-BESIDE)
    return f"of the pairs that it was trained on the best constant does better than {filters}; {hint}" if filters and training is not None else None


def activation_slope(activation: tuple) -> float:
    """What is left of numbers below zero."""
    return {lib.TUTEE_IDENTITY: 1.0, lib.TUTEE_RELU: 0.0}.get(activation[0], activation[1])


def places_say_nothing(name: str, loss: float, best: float, nothing: float) -> list:
    """What is said where the mean of all tokens does as well."""
    if not (loss >= best and nothing > 0):
        return []
    return [
        f"of {name} {1 - loss / nothing:.4f} is explained, and the mean of all tokens does as well ({1 - best / nothing:.4f}): links are no better"
        " than chance; after a lag that is too long all depend on all, and few pairs show little"
    ]


def of_halves(held: np.ndarray) -> list:
    """What students of either half of the pairs say by the losses, rows (theirs, of the mean of all tokens, of the best constant), in the
    other half."""
    loss, best, nothing = held.sum(0)
    if not (nothing > 0 and np.isfinite(loss)):
        return []
    if loss >= nothing:
        return [
            f"nothing was learned that holds on pairs it did not see: a student of either half of the pairs explains {told(1 - loss / nothing)} of the"
            " other, and links are no better than chance; more pairs may help, or a shorter lag (after one that is too long all depend on all), or"
            " fewer features"
        ]
    return places_say_nothing("either half of the pairs, answered by a student of the other,", loss, best, nothing)


def of_condition(seen: np.ndarray, whitened: bool) -> list:
    """What is said where features of tokens, rows of `seen`, depend on one another."""
    seen = seen[:, (seen != 0).any(0)]
    if whitened or seen.shape[1] == 0:
        return []
    powers = np.linalg.eigvalsh(seen.T @ seen)
    if powers[0] <= NO_POWER * powers[-1]:
        return [
            "features depend on one another: some are sums of others, as far as can be told, and which of them W takes is chance; expected each said"
            " once, or whiten=True, which leaves out what is said twice"
        ]
    condition = powers[-1] / powers[0]
    if condition <= CONDITION:
        return []
    return [
        f"features depend on one another: the condition of what the student sees is {condition:.1e}, and what is learned along the least of its"
        " directions takes that many times the steps of the largest; whiten=True may help"
    ]


def of_sensors(x, y) -> list:
    """A reading far from all others of its sensor, a sensor in another unit than its kin, answers that never vary."""
    notes = []
    still = np.argwhere((y == y[:1]).all(0))
    if len(still):
        named = "; ".join(f"output {output}, filter {filter}" for output, filter in still[:NAMED])
        more = f"; and of {len(still) - NAMED} more" if len(still) > NAMED else ""
        notes.append(f"answers of {named}{more} never vary: they tell of no link")
    for what, numbers, row, column in ("reading", x, "token", "feature"), ("answer", y, "output", "filter"):
        farthest, distance, deviation = _sensors(numbers.astype(np.float64))
        far = (distance > FAR) & (len(numbers) >= FEWEST)
        if far.any():
            at = np.unravel_index(int(np.argmax(np.where(far, distance, 0))), far.shape)
            count, most = int(far.sum()) - 1, distance[at]
            others = f" (so have {count} more sensor{'s' * (count > 1)})" if count else ""
            size = f"{most:.1f}" if most < 1e4 else f"{most:.2e}"
            notes.append(
                f"the {what} of pair {farthest[at]}, {row} {at[0]}, {column} {at[1]} lies {size} standard deviations of all others from their"
                f" mean{others}: it weighs more than they do in what is learned; where it is a fault, leave its pair out"
            )
        for at in range(numbers.shape[2]):
            rows = [place for place in np.argsort(deviation[:, at], kind="stable") if deviation[place, at] > 0]
            if not rows:
                continue
            median = deviation[rows[(len(rows) - 1) // 2], at]
            for place in rows[-1], rows[0]:
                times = deviation[place, at] / median
                if times > ANOTHER_UNIT or times < 1 / ANOTHER_UNIT:
                    much = "more than 100 times" if times > 1 else "less than a hundredth"
                    notes.append(
                        f"{what}s of {row} {place}, {column} {at} vary {much} as much as those of the median {row}: every {row} of a"
                        f" {column} has one scale{' and one W' * (row == 'token')}; where its unit is another, expected one unit for a {column}"
                    )
                    break
    return notes


def _sensors(numbers: np.ndarray) -> tuple:
    """Of each sensor of `numbers` `[n, rows, columns]` the pair whose reading lies farthest from the mean, how far that is from the mean of
    the others in their standard deviation, and that deviation."""
    # Readings of 1e160 have squares beyond any number.
    unit = np.abs(numbers).max(0)
    unit[unit == 0] = 1
    scaled, left = numbers / unit, max(len(numbers) - 1, 1)
    farthest = np.abs(scaled - scaled.mean(0)).argmax(0)
    others = np.arange(len(numbers))[:, None, None] != farthest
    mean = np.where(others, scaled, 0).sum(0) / left
    beside = np.where(others, scaled - mean, 0)
    largest = np.abs(beside).max(0)
    safe = np.where(largest > 0, largest, 1)
    deviation = largest * np.sqrt(((beside / safe) ** 2).sum(0) / left)
    most = np.abs(np.take_along_axis(scaled, farthest[None], 0)[0] - mean)
    distance = np.where(deviation > 0, most / np.where(deviation > 0, deviation, 1), 0)
    return farthest, distance, unit * deviation


def signs_lacking(value, mean, pairs, held: np.ndarray) -> list:
    """What is said where weights of either sign explain much that weights that are never negative leave: by least squares, of either half of the
    pairs, tried on the other. `held` has the losses of `of_halves`."""
    x, y = (numbers.astype(np.float64) for numbers in pairs)
    (count, tokens, _), filters = x.shape, y.shape[2]
    left, nothing = held[:, 0].mean(), held[:, 2].mean()
    if not (left > ENOUGH * nothing and count // 2 * filters >= ANSWERS * (tokens + 1) and 2 <= tokens <= MOST_TOKENS):
        return []
    # n x filters x tokens, and n x filters x outputs.
    hidden, y = ((x - mean) @ np.asarray(value, np.float64).T).transpose(0, 2, 1), y.transpose(0, 2, 1)
    early, late = slice(0, count // 2), slice(count // 2, count)
    losses = []
    for own, others in (early, late), (late, early):
        centre, answers = hidden[own].mean(0), y[own].mean(0)
        seen, wanted = (hidden[own] - centre).reshape(-1, tokens), (y[own] - answers).reshape(-1, y.shape[2])
        normal, right = seen.T @ seen, seen.T @ wanted
        free = np.linalg.lstsq(seen, wanted, rcond=1e-5)[0]
        positive = np.maximum(free, 0)
        for _ in range(ROUNDS):
            for at in np.flatnonzero(np.diag(normal) > 0):
                positive[at] = np.maximum(positive[at] - (normal[at] @ positive - right[at]) / normal[at, at], 0)
        seen, wanted = hidden[others] - centre, y[others] - answers
        losses.append([((wanted - seen @ weights) ** 2).sum() / 2 / len(seen) for weights in (free, positive)])
    free, positive = np.mean(losses, axis=0)
    if not (free < 0.5 * left and free < 0.5 * positive):
        return []
    return [
        f"weights of either sign explain {1 - free / nothing:.4f} of the half of the pairs that they do not see, and weights that are never negative"
        f" {1 - positive / nothing:.4f} (by least squares): signed=True may find links that are missing here"
    ]
