"""What can be said of pairs, and of a student of them, beside its losses: the sentences of `tutee fit`, by its rules."""

from dataclasses import dataclass

import numpy as np

from ._c import lib

# Each is the command's: see cli/src/fit of the sources (sensors, condition, diagnosis, signs).
FEWEST, TIMES, GAPS, ONE_IN, ONE_EVENT_IN, MOVING, TIMES_OF_FEW, PAIRS = 16, 3, 7, 10, 200, (9, 5), 1000, 3
ANOTHER_UNIT, NAMED = 100, 8
MOVED, ERRORS = 1.5, 5
UNIFORM, CONDITION, NO_POWER, ROUNDING, BESIDE = 0.01, 1e3, 1e-12, 1e-6, 0.01
BY_CHANCE, SETTLED, LEFT, GROWS, FEW_OUTPUTS, MUCH_HOLDS, LITTLE = 10, 0.9, 0.5, 1.7, 8, 0.5, 0.9
OFFSET, TIMES_IT_TAKES, RISE, SAME = 3, 3, 0.01, 1e-13
UNIFORM_ATTENTION = "attention is uniform: every output averages all tokens"
ENOUGH, MOST_TOKENS, ANSWERS, ROUNDS = 0.05, 128, 4, 100


def check_squares(pairs, prefix: str, standardised: bool, dtype) -> None:
    """Refuses numbers whose squares, of which losses are sums, are no numbers."""
    info = np.finfo(np.float64 if standardised else dtype)
    kind = "float64" if standardised else np.dtype(dtype).name
    x, y = (float(np.abs(numbers).max(initial=0)) for numbers in pairs)

    def too_large(size: float, count: int) -> bool:
        return size > np.sqrt(float(info.max) / (4 * max(count, 1) if standardised else 1))

    def beyond(what: str, size: float) -> str:
        return f"{what} of up to {scientific(size, 1)}: their squares are beyond {kind}; expected them in another unit"

    if too_large(y, pairs[1].size):
        raise ValueError(f"{prefix}y: {beyond('answers', y)}")
    if not standardised and too_large(x, pairs[0].size):
        raise ValueError(f"{prefix}x: {beyond('inputs', x)}, or no rate")
    if 0 < y < np.sqrt(float(info.tiny) / float(info.eps)):
        raise ValueError(f"{prefix}y: answers of at most {scientific(y, 1)}: their squares are lost in {kind}; expected them in another unit")


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
    return f"{share:.4f}" if abs(share) < 1e4 else scientific(share, 3)


def scientific(number: float, digits: int) -> str:
    """As the command prints it: without a sign and zeros of the exponent."""
    mantissa, exponent = f"{number:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def several(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


@dataclass(frozen=True)
class Evidence:
    """What is known beside losses where a student does not hold on pairs that it did not see."""

    #: How many links are listed, and how many of them both halves of the pairs find; None where there are no halves.
    links: tuple | None = None
    #: What of the recordings is likely to be the cause, in words.
    cause: str | None = None

    def agreement(self) -> str | None:
        if self.links is None or self.links[1] * BY_CHANCE <= self.links[0]:
            return None
        return f"though both halves of the pairs find {self.links[1]} of {several(self.links[0], 'listed link')}"

    def advice(self, otherwise: str) -> str:
        return otherwise if self.cause is None else f"the likely cause: {self.cause}"


@dataclass(frozen=True)
class Told:
    """What is known of a student beside its matrices."""

    #: Steps that it has taken.
    steps: int
    #: What is explained of the pairs of training and of those held out; None where nobody knows.
    shares: tuple
    #: What was explained of the pairs of training after half of its steps, or at the last look before.
    half: float | None
    #: Largest over smallest power of the directions that it sees; None where one has none.
    condition: float | None
    #: Tokens, features and outputs where rates come from the data.
    from_data: tuple | None
    #: What may help where the numbers say that.
    advice: str | None


def rounding(y, constant: float) -> float:
    """Of an answer that is as good as the best constant, at a loss of `constant`, what is rounding."""
    last = float(np.finfo(y.dtype).eps) * float(np.abs(y.astype(np.float64)).max(initial=0))
    return ROUNDING + (2 * y.shape[1] * y.shape[2] * last * last / constant if constant > 0 else 0)


def is_worse(share: float | None, allowed: float) -> bool:
    return share is not None and share < -allowed


def _sums(value, bias, attention, x) -> np.ndarray:
    """`W X S + b`, pairs x outputs x filters."""
    hidden = x.astype(np.float64) @ np.asarray(value, np.float64).T
    return np.einsum("ji,nim->njm", np.asarray(attention, np.float64), hidden) + np.asarray(bias, np.float64)


def of_student(learned, activation: tuple, pairs, held_out, steps: int, shares: tuple, advice: str | None) -> tuple:
    """Dead filters, and then attention that is uniform and answers worse than the best constant. `activation` is in C's words, `shares` what is
    explained of the pairs of training and of those held out, None where nobody knows; `advice` says what may help where the numbers do."""
    value, bias, attention = learned
    x, y = pairs
    sums, dead, notes = _sums(value, bias, attention, x), [], []
    if activation[0] == lib.TUTEE_RELU:
        for filter in range(y.shape[2]):
            if (sums[:, :, filter] <= 0).all() and (y[:, :, filter] != 0).any():
                why = "expected a lower rate, or no rate"
                if (y[:, :, filter] <= 0).all():
                    why = (
                        "its answers are never above zero, which ReLU cannot give, and what it misses slows all others down; expected activation"
                        ' "identity", or a fit without it'
                    )
                dead.append(f"filter {filter} is dead: behind ReLU it answers 0 to every pair, and cannot move; {why}")
    tokens = x.shape[1]
    if steps == 0:
        notes.append(
            "no step answered pairs held out better than the start did, which is what is reported: it has learned nothing; more pairs may help,"
            " a shorter lag, or fewer features"
        )
    elif tokens > 1 and np.abs(np.abs(attention) * tokens - 1).max() < UNIFORM:
        fits = advice or (
            "more steps may help, or signed=True where answers are differences of tokens; after a lag that is too long all depend on all"
        )
        notes.append(f"{UNIFORM_ATTENTION}; {fits}")
    training, others = shares
    allowed = rounding(y, constant_loss(y, y))
    if is_worse(training, allowed) or not is_worse(others, allowed):
        told_worse = worse_than_constant(learned, activation, pairs, None, (training, None), (allowed, advice, Evidence()))
        notes = ([told_worse] if told_worse else []) + notes
    if training is not None and training < LITTLE and (offset := far_on_one_side(y, activation)):
        notes = [note for note in notes if not note.startswith(UNIFORM_ATTENTION)] + offset
    return dead, notes


def worse_than_constant(learned, activation: tuple, pairs, held_out, shares: tuple, beside: tuple) -> str | None:
    """What is said of a student that answers worse than the best constant does, and of single filters that do."""
    (training, others), (allowed, advice, evidence) = shares, beside
    x, y = pairs if held_out is None else held_out
    sums, y, mean = _sums(*learned, x), y.astype(np.float64), pairs[1].astype(np.float64).mean(0)
    answers = np.where(sums < 0, activation_slope(activation) * sums, sums)
    left, constant = ((y - answers) ** 2).sum((0, 1)), ((y - mean) ** 2).sum((0, 1))
    rounding = ((SAME * y) ** 2).sum((0, 1))
    explained = {m: 1 - left[m] / constant[m] for m in range(y.shape[2]) if constant[m] > rounding[m]}

    def of_filters(below: float) -> str:
        several = y.shape[2] > 1
        return ", ".join(f"filter {m} ({told(share)})" for m, share in explained.items() if share < below and several)

    hint = advice or {
        lib.TUTEE_RELU: 'ReLU answers nothing below zero: activation "identity" may help, or a fit for each filter',
        lib.TUTEE_LEAKY_RELU: 'answers below zero come through the slope alone: activation "identity" may help, or a fit for each filter',
    }.get(activation[0], "more steps may help, or larger batches")
    by = of_filters(-allowed)
    by = f", by {by}" if by else ""
    if is_worse(training, allowed):
        return f"the student answers the pairs that it was trained on worse than the best constant does: {told(training)} is explained{by}; {hint}"
    if is_worse(others, allowed):
        agreement = evidence.agreement()
        what = "what was learned does not hold" if agreement else "nothing was learned that holds"
        links = f", {agreement}" if agreement else ""
        advice = evidence.advice("more pairs may help, a shorter lag, or fewer features; sensors may have moved since")
        return f"{what} on pairs held out: {told(others)} of them is explained{by}, and the best constant does better{links}; {advice}"
    filters = of_filters(-BESIDE - allowed)
    return f"of the pairs that it was trained on the best constant does better than {filters}; {hint}" if filters and training is not None else None


def far_on_one_side(y, activation: tuple) -> list:
    """What is said of answers behind ReLU, or a leaky one, that are far from zero on one side, of which no mean is taken away."""
    if activation[0] == lib.TUTEE_IDENTITY:
        return []
    for filter in range(y.shape[2]):
        answers = y[:, :, filter].astype(np.float64)
        unit = np.abs(answers).max()
        above, below = (answers > 0).all(), (answers < 0).all() and activation[0] != lib.TUTEE_RELU
        if not (above or below):
            continue
        mean, deviation = abs((answers / unit).mean()), (answers / unit).std()
        if mean > OFFSET * deviation:
            size = f"{mean / deviation:.1f}" if deviation > 0 else "inf"
            return [
                f"answers of filter {filter} are all {'above' if above else 'below'} zero, and {size} standard deviations from it: the activation bends"
                ' none of them, no mean is taken away, and that is learned first; activation "identity" takes it away, or answers without it'
            ]
    return []


def at_a_rate(pairs, rate: float, steps: int) -> str | None:
    """What may help a student at a rate that was given, on numbers as they are, by what these are."""
    x, y = (numbers.astype(np.float64) for numbers in pairs)
    square, (_, tokens, features), outputs = float((x**2).mean()), x.shape, y.shape[1] * y.shape[2]
    power = square * features
    if power > 0 and steps * rate * outputs * power / tokens < TIMES_IT_TAKES:
        return (
            f"inputs are of about {scientific(square**0.5, 1)}, and at rate={_number(rate)} W hardly moves in {several(steps, 'step')}: no rate"
            " may help, for rates from the data"
        )
    if (y.mean(0) ** 2).mean() > 0.5 * (y**2).mean():
        return "answers have an offset, which nothing takes away at a given rate: no rate may help, for rates from the data"
    return None


def _number(number: float) -> str:
    """As the command prints it."""
    text = repr(float(number))
    return text.replace("e-0", "e-").replace("e+", "e")


def on_its_way(share, half, best: float, allowed: float, steps: int, from_data: tuple) -> str | None:
    """What is said of a student that has hardly left its start. `from_data` has tokens, features and outputs; rates come from the data."""
    if share is None or not best > 1e-6 or share >= LEFT:
        return None
    grows = half is not None and half > 1e-6 and share > GROWS * half
    if not (share < SETTLED * best - allowed or grows):
        return None
    tokens, features, outputs = from_data
    rate = 0.3 / features / max(0.25 * outputs, 1)
    few = f", or the command with --standardise --rate {rate:.2f} --attention-rate 100, as few outputs of many tokens bear higher rates"
    rates = few if tokens > FEW_OUTPUTS * outputs else ""
    return (
        f"the student has hardly left its start after {several(steps, 'step')}: of the pairs that it was trained on {told(share)} is explained, the"
        f" mean of all tokens, where it begins, explains {told(best)}, and links say nothing yet; more steps may help (steps={5 * steps}){rates}"
    )


def activation_slope(activation: tuple) -> float:
    """What is left of numbers below zero."""
    return {lib.TUTEE_IDENTITY: 1.0, lib.TUTEE_RELU: 0.0}.get(activation[0], activation[1])


def places_say_nothing(name: str, loss: float, best: float, nothing: float, evidence: Evidence) -> list:
    """What is said where the mean of all tokens does as well."""
    if not (loss >= best and nothing > 0):
        return []
    agreement = evidence.agreement()
    links = f", {agreement}" if agreement else ": links are no better than chance"
    advice = evidence.advice("after a lag that is too long all depend on all, and few pairs show little")
    return [
        f"of {name} {told(1 - loss / nothing)} is explained, and the mean of all tokens does as well ({told(1 - best / nothing)}){links}; {advice}"
    ]


def of_halves(held: np.ndarray, evidence: Evidence) -> list:
    """What students of either half of the pairs say by the losses, rows (theirs, of the mean of all tokens, of the best constant), in the
    other half."""
    loss, best, nothing = held.sum(0)
    if not (nothing > 0 and np.isfinite(loss)):
        return []
    if loss >= nothing:
        agreement = evidence.agreement()
        what = "what was learned does not hold" if agreement else "nothing was learned that holds"
        links = f", {agreement}" if agreement else ", and links are no better than chance"
        advice = evidence.advice(
            "more pairs may help, or a shorter lag (after one that is too long all depend on all), or fewer features"
        )
        return [
            f"{what} on pairs it did not see: a student of either half of the pairs explains {told(1 - loss / nothing)} of the other{links}; {advice}"
        ]
    return places_say_nothing("either half of the pairs, answered by a student of the other,", loss, best, nothing, evidence)


def moved(one, other, between: str) -> str | None:
    """What moved most from pairs to others, in words."""
    found = []
    kinds = ("readings", "token", "feature"), ("answers", "output", "filter")
    for (what, row, column), own, others in zip(kinds, one, other, strict=True):
        own, others = (numbers.astype(np.float64) for numbers in (own, others))
        n, m = len(own), len(others)
        if n + m < FEWEST or not n or not m:
            continue
        unit = np.maximum(np.abs(own).max(0), np.abs(others).max(0))
        unit[unit == 0] = 1
        own, others = own / unit, others / unit
        means = own.mean(0), others.mean(0)
        deviation = np.sqrt((((own - means[0]) ** 2).sum(0) + ((others - means[1]) ** 2).sum(0)) / (n + m))
        apart = np.abs(means[0] - means[1])
        least = max(MOVED, ERRORS * np.sqrt(1 / n + 1 / m))
        far = (deviation > 1e-9 * np.abs(means[0])) & (apart > least * deviation)
        found += [(apart[at] / deviation[at], f"{what} of {row} {at[0]}, {column} {at[1]}") for at in map(tuple, np.argwhere(far))]
    if not found:
        return None
    # The first of equal ones.
    most, place = max(found, key=lambda sensor: sensor[0])
    others = f" (so did {several(len(found) - 1, 'more sensor')})" if len(found) > 1 else ""
    return f"{place} moved by {most:.1f} of their standard deviations {between}{others}"


def has_risen(reported: tuple, least: tuple) -> list:
    """What is said where pairs held out were answered better on the way, rows (steps, loss)."""
    (steps, now), (step, loss) = reported, least
    if not now > loss * (1 + RISE):
        return []
    return [
        f"the loss of pairs held out was least after {several(step, 'step')}, {scientific(loss, 3)}, and is {scientific(now, 3)} after"
        f" {several(steps, 'step')}: what was learned since is of the pairs of training alone; best=True reports the student that had the least,"
        " stop_rising ends there"
    ]


def what_holds(notes: list, learned, activation: tuple, pairs, held_out, test_loss, told_of: Told, held: np.ndarray, linked: tuple | None) -> list:
    """These notes, and what is said of whether what was learned holds on pairs that the student has not seen: those held out where there are any,
    else those of the other half."""
    x, y = pairs
    constant, (share, others) = constant_loss(y, y), told_of.shares
    allowed, count = rounding(y, constant), len(x)
    early, late = (x[: count // 2], y[: count // 2]), (x[count // 2 :], y[count // 2 :])

    def moved_halves() -> str | None:
        return moved(early, late, "between the halves of the pairs")

    cause = moved_halves() if held_out is None else moved(pairs, held_out, "between the pairs of training and those held out")
    cause = told_of.advice or cause or farthest(x, y)
    evidence = Evidence(linked, cause)
    first = []
    if is_worse(others, allowed) and not is_worse(share, allowed):
        worse = worse_than_constant(learned, activation, pairs, held_out, (None, others), (allowed, None, evidence))
        first += [worse] if worse else []
    if x.shape[1] < 2 or is_worse(share, allowed):
        return first + notes
    unseen = others
    if held_out is None and len(held):
        loss, _, nothing = held.sum(0)
        unseen = 1 - loss / nothing if nothing > 0 and np.isfinite(loss) else None
    # What does not hold elsewhere is chance that is learned, and no start that is left.
    small = (unseen is None or unseen > 0) and (told_of.condition is None or told_of.condition < CONDITION)
    if constant > 0 and activation[0] == lib.TUTEE_IDENTITY and told_of.from_data is not None and small and told_of.steps > 0:
        half = told_of.half if cause is None else None
        best = 1 - position_free_loss(pairs, pairs) / constant
        way = on_its_way(share, half, best, allowed, told_of.steps, told_of.from_data)
        if way:
            return [way] + first + [note for note in notes if not note.startswith(UNIFORM_ATTENTION)]
    said = []
    if held_out is not None:
        nothing = constant_loss(y, held_out[1])
        if test_loss is not None and not (is_worse(others, allowed) and evidence.agreement()):
            said = places_say_nothing("pairs held out", test_loss, position_free_loss(pairs, held_out), nothing, evidence)
    elif len(held):
        said = of_halves(held, evidence)
        loss, _, nothing = held.sum(0)
        if not said and nothing > 0 and np.isfinite(loss) and 1 - loss / nothing < MUCH_HOLDS:
            cause = moved_halves()
            said = [f"{cause}: what moved is no link"] if cause else []
    return first + notes + said


def condition_of(seen: np.ndarray) -> float | None:
    """Largest over smallest power of the directions that tokens, rows of `seen`, fill; None where one has none."""
    powers = np.linalg.eigvalsh(seen.T @ seen)
    return powers[-1] / powers[0] if powers[0] > NO_POWER * powers[-1] else None


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
        f"features depend on one another: the condition of what the student sees is {scientific(condition, 1)}, and what is learned along the least of its"
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
        far, deviation = _sensors(numbers.astype(np.float64))
        if far:
            at, most = _most_far(far)
            more = len(far) - 1
            others = f" (so have {more} more sensor{'s' * (more > 1)})" if more else ""
            size = f"{most.distance:.1f}" if most.distance < 1e4 else scientific(most.distance, 2)
            place, count = f"{row} {at[0]}, {column} {at[1]}", len(most.pairs)
            named = ", ".join(map(str, most.pairs[:PAIRS])) + (f" and {count - PAIRS} more" if count > PAIRS else "")
            if count == 1:
                notes.append(
                    f"the {what} of pair {most.pairs[0]}, {place} lies {size} standard deviations of all others from their"
                    f" mean{others}: it weighs more than they do in what is learned; where it is a fault, leave its pair out"
                )
            elif most.recurs:
                notes.append(
                    f"the {what} of {place} is {_shown(most.value)} in {count} of {len(numbers)} pairs ({named}), {size} standard deviations of all"
                    f" others from their mean{others}: where that stands for one that is missing, leave these pairs out"
                )
            else:
                notes.append(
                    f"the {what}s of {count} pairs ({named}), {place} lie {size} standard deviations of all others from their mean, or"
                    f" more{others}: they weigh more than those do in what is learned; where they are faults, leave these pairs out"
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


def farthest(x, y) -> str | None:
    """What is far from all others, in words, for whoever asks why a student does not hold."""
    for what, numbers, row, column in ("reading", x, "token", "feature"), ("answer", y, "output", "filter"):
        far, _ = _sensors(numbers.astype(np.float64))
        if far:
            at, most = _most_far(far)
            pairs = f"pair {most.pairs[0]}" if len(most.pairs) == 1 else several(len(most.pairs), "pair")
            return f"the {what} of {pairs}, {row} {at[0]}, {column} {at[1]}, far from all others"
    return None


@dataclass(frozen=True)
class _Far:
    """Readings of a sensor that are far from all others: their pairs, a value, whether that recurs, and how far it is."""

    pairs: list
    value: float
    recurs: bool
    distance: float


def _most_far(far: dict) -> tuple:
    # The first of equal ones.
    return max(far.items(), key=lambda sensor: sensor[1].distance)


def _shown(value: float) -> str:
    return f"{value:.0f}" if value == np.floor(value) and abs(value) < 1e9 else scientific(value, 3)


def _sensors(numbers: np.ndarray) -> tuple:
    """Of each sensor of `numbers` `[n, rows, columns]` that has readings far from all others these, and of each the standard deviation of the
    others; of all but the farthest where none is far."""
    far, deviations = {}, np.zeros(numbers.shape[1:])
    for at in np.ndindex(numbers.shape[1:]):
        readings = numbers[(slice(None), *at)]
        # Readings of 1e160 have squares beyond any number.
        unit = np.abs(readings).max() or 1.0
        readings = readings / unit
        beside = np.abs(readings - np.sort(readings)[(len(readings) - 1) // 2])
        order = np.argsort(-beside, kind="stable")
        count = _far_ones(beside[order])
        mean, deviation = _moments(readings[order[max(count, 1) :]])
        deviations[at] = unit * deviation
        found = _far_of(order[:count], readings, mean, deviation, unit) if count else None
        if found:
            far[at] = found
    return far, deviations


def _far_ones(beside: np.ndarray) -> int:
    """How many of the first of these distances from the median, in order, are far from all others."""
    if len(beside) < FEWEST:
        return 0
    moving = beside[beside > 0]
    logs = np.log(moving)
    sums = np.concatenate([[0], np.cumsum(logs)])
    different = 1 + np.concatenate([np.cumsum((moving[1:] != moving[:-1])[::-1])[::-1], [0]])
    for count in range(max(len(beside) // ONE_IN, 1), 0, -1):
        rest = len(moving) - count
        if rest < 2:
            continue
        gap = logs[count - 1] - logs[count]
        if rest < MOVING[0] or different[count] < MOVING[1]:
            if gap > np.log(TIMES_OF_FEW):
                return count
            continue
        near = min(max(rest // 16, 8), 64)
        spacing = (sums[count + near] - sums[count]) / near - logs[count + near]
        if gap > np.log(TIMES) and gap > GAPS * spacing:
            return count
    return 0


def _far_of(pairs, readings, mean: float, deviation: float, unit: float) -> _Far | None:
    """None where these are another state of the sensor."""
    values = readings[pairs]
    times = (values[:, None] == values).sum(0)
    common, most = values[times.argmax()], times.max()
    recurs = len(values) > 1 and 2 * most >= max(len(values), 4)
    if not recurs and len(values) > max(len(readings) // ONE_EVENT_IN, 2):
        return None
    if len(values) > 1 and not recurs and _moments(values)[1] < 3 * deviation:
        return None
    value = common if recurs else values[-1]
    pairs = sorted(int(pair) for pair in pairs if not recurs or readings[pair] == common)
    return _Far(pairs, float(unit * value), bool(recurs), float(abs(value - mean) / deviation))


def _moments(readings: np.ndarray) -> tuple:
    if not len(readings):
        return 0.0, 0.0
    mean = readings.mean()
    largest = np.abs(readings - mean).max()
    return mean, largest * np.sqrt((((readings - mean) / largest) ** 2).mean()) if largest > 0 else 0.0


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
