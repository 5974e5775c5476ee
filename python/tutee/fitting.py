"""Training from pairs of one's own: at a given rate on the numbers as they are, or at rates and in units from the data."""

import math
from dataclasses import dataclass

import numpy as np

from . import noticing
from ._c import Error, Precision, c_activation, c_shape, ffi, lib
from .model import Student
from .observer import Link, Observer, judge, links
from .steps import batches, check_batch, descent_of, in_halves
from .stopping import Kept, Stop
from .whitening import Whitening, whitening

__all__ = ["Fit", "fit"]

# Of fewer pairs a half shows nothing.
FEWEST_TO_HALVE = 4
# Where none are said, and at most so many times as many at rates from the data.
STEPS, MOST_TIMES = 2000, 8


@dataclass(frozen=True)
class Fit:
    """What a training from pairs of one's own came to: a model `y_j = act(W sum_i S_ji x_i + b_j)` of the pairs as they come."""

    #: The student after the last step, or the best one where that was asked for; None where the rates came from the data.
    student: Student | None
    #: Rows (step, training loss of the batch before that step's change).
    curve: np.ndarray
    #: W, filters x features.
    value: np.ndarray
    #: b, outputs x filters; zeros where a rate was given.
    bias: np.ndarray
    #: S, outputs x tokens: with signs negative where the negated token weighs more, and of rows that add up to less than one by
    #: what the spare token has.
    attention: np.ndarray
    #: Rates of W and of W_KQ: those given, or those that the last step took from the data (of standardised readings).
    rates: tuple
    #: Share of the answers' variance that is explained, over all pairs: 1 - the loss over that of the best answer that is the same
    #: for all; None where a rate was given.
    explained: float | None
    #: What was noticed, a sentence each: a filter that is dead, a student worse than a constant, or one of which nothing holds on other pairs,
    #: attention that is uniform, features that never vary or that depend on one another, a reading far from all others, signs that are lacking.
    notes: tuple
    #: What the course of the loss means, one word (asymptotic, transient, plateau, oscillating, stuck, floor, diverged, scale), and why.
    verdict: str
    reason: str
    #: The links that stand out, the strongest first, each with in how many of two more students, each of one half of the pairs, it
    #: stands out, too; in how many of none where a student was given, or of less than four pairs.
    links: tuple[Link, ...]
    #: The student where the rates came from the data, which can take further steps, be saved and loaded; else None. Of whitened
    #: readings it wants inputs as `whitened.apply` makes them.
    observer: Observer | None
    #: Mean loss of the student over pairs that training does not see; None without such pairs.
    test_loss: float | None = None
    #: What ended it: "steps", "test_loss", "test_loss_rises", or "diverged" where the best student is from before that.
    stopped: str = "steps"
    #: What made the readings' features uncorrelated before they were learned from, where that was asked for; else None.
    whitened: Whitening | None = None
    #: Steps that the student has taken, of which the curve may have more where the best one was asked for; None where it was not.
    reported_step: int | None = None
    #: Share of the variance that is explained of the pairs that training does not see: 1 - its loss over that of the best constant of those
    #: that it sees; None without such pairs.
    explained_test: float | None = None
    #: That share over either half of the pairs, answered by the student of the other half; None of fewer than four pairs, where a student was given,
    #: and where a half diverged.
    explained_halves: float | None = None


def fit(
    x,
    y,
    *,
    steps: int | None = None,
    rate: float | None = None,
    attention_rate: float | None = None,
    activation="identity",
    batch: int | None = None,
    spare: bool = False,
    signed: bool = False,
    whiten: bool = False,
    test_x=None,
    test_y=None,
    stop_loss: float | None = None,
    stop_relative: float | None = None,
    stop_rising: float | None = None,
    stop_every: int | None = None,
    best: bool = False,
    student: Student | None = None,
    dtype=None,
) -> Fit:
    """Trains a student on pairs of one's own: inputs `x` `[n, tokens, features]`, answers `y` `[n, outputs, filters]`.

    Without a `rate` the pairs may be readings as they are recorded, in any unit and with any offset, as for `tutee fit --together`: they are
    centred and scaled, and every step takes its rates from the data. `spare` adds a token that is always zero (weights of an
    output may add up to less than one), `signed` each token negated (weights of either sign). With a `rate` it is plain gradient
    descent on the numbers as they are, `attention_rate`, the rate of W_KQ, being `rate` unless given.

    `whiten` makes the features of every token uncorrelated and of variance one before they are learned from, with one matrix for all
    tokens, as `--whiten` does: for features that say nearly the same, and whose difference matters. `value` and `bias` still
    answer readings as they come; `whitened` of the fit has what was done. It is computed here, by sums in the command's order, for
    some `features` squared passes over the pairs.

    Without a number of `steps` there are 2,000, at rates from the data D / (8 J) times as many where that is above one, at most 16,000. Each of
    these further steps takes the mean gradient over `batch` pairs, in the order of the arrays and from their beginning
    again after the end; over all pairs unless `batch` is said. `dtype` is that of `x` if it is float32, and else float64. A
    `student` that is given, which needs a `rate`, goes on, in place.

    With pairs `test_x`, `test_y` that training does not see it may end before its last step: at a loss of theirs of `stop_loss`, at `stop_relative` of
    their loss before the first step, or where it is by a part `stop_rising` above the least that was seen, looked at every `stop_every` steps
    (100), as the command's options of these names do. `stopped` of the fit says what ended it. With `best` all of the fit but its curve is of the
    student whose loss of theirs was the least at any of these looks, not of the last one; `reported_step` says how many steps it has taken. Where a
    training diverges after that it is reported all the same, with `stopped` and `verdict` `"diverged"` and a `RuntimeWarning`.

    Two more students, each of one half of the pairs, are trained beside, unless a `student` was given: what both find is no accident of a
    few pairs (`links`). They stop by the same rule, on the pairs that they do not see.

    Raises `Error` with status `Error.DIVERGED` when a step is refused and no best student is there to report, with the loss at which it was: a student that was given
    then stands after the last good step.
    """
    if rate is None:
        for name, given in ("attention_rate", attention_rate is not None), ("student", student is not None):
            if given:
                raise ValueError(f"{name}: without a rate, rates come from the data, for a student of its own; expected a rate with it")
    else:
        for name, given in ("spare", spare), ("signed", signed), ("whiten", whiten):
            if given:
                raise ValueError(f"{name}: with a rate the numbers are taken as they are; expected no rate with it")
    if steps is not None and steps < 1:
        raise ValueError(f"steps: {steps}; expected a number from 1")
    stop = Stop.of(test_x is not None or test_y is not None, stop_loss, stop_relative, stop_rising, stop_every, best)
    if (test_x is None) != (test_y is None):
        raise ValueError(f"{'test_x' if test_x is None else 'test_y'}: missing; expected test_x and test_y, or neither")
    if student is not None:
        dtype = student.dtype
    elif dtype is None:
        dtype = np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 3 or y.ndim != 3 or len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x has shape {x.shape} and y {y.shape}, expected n x tokens x features and n x outputs x filters")
    if steps is None:
        steps = STEPS if rate is not None else min(max(STEPS * x.shape[1] // (noticing.FEW_OUTPUTS * max(y.shape[1], 1)), STEPS), MOST_TIMES * STEPS)
    held_out = None if test_x is None else (np.asarray(test_x), np.asarray(test_y))
    if rate is None:
        return _fit_readings(x, y, held_out, stop, steps, activation, batch, spare, signed, whiten, Precision(dtype))
    fresh = student is None
    if fresh:
        student = Student(y.shape[2], x.shape[2], x.shape[1], y.shape[1], dtype)
    precision, shape = student._precision, student._shape
    x = precision.array("x", x, (None, shape.tokens, shape.features))
    y = precision.array("y", y, (len(x), shape.outputs, shape.filters))
    check_batch(batch, len(x))
    descent = descent_of(precision, rate, attention_rate)
    held_out = _held_out(held_out, precision, shape)
    noticing.check_squares((x, y), "", False, precision.dtype)
    if held_out:
        noticing.check_squares(held_out, "test_", False, precision.dtype)
    curve, looks, stopped, test_loss, seen_losses = _descend(student, x, y, held_out, stop, steps, batch, activation, descent)
    reported = student.steps if best else None
    halves, held = [], []
    # A student that went on has no two others that began where it did.
    if fresh and len(x) >= FEWEST_TO_HALVE:
        for part, other in in_halves(len(x)):
            half = Student(shape.filters, shape.features, shape.tokens, shape.outputs, dtype)
            try:
                *_, loss, _ = _descend(half, x[part], y[part], (x[other], y[other]), stop, steps, batch, activation, descent, look=False)
            except Error:
                halves, held = [], []
                break
            halves.append(half.attention)
            held.append(_held((x[part], y[part]), (x[other], y[other]), loss))
    verdict = _judge(looks, precision, batch, len(x), stopped)
    rates = float(rate), float(rate if attention_rate is None else attention_rate)
    bias = np.zeros((shape.outputs, shape.filters), precision.dtype)
    learned = student.value, bias, student.attention
    seen = x.reshape(-1, shape.features).astype(np.float64)
    constant = noticing.constant_loss(y, y)
    known = shares_of(looks, constant, student.steps)
    shares = known[0] if reported is None or student.steps == looks[-1][0] else None, _explained(y, held_out, test_loss)
    found = tuple(links(learned[2], halves))
    advice = noticing.at_a_rate((x, y), float(rate), student.steps)
    losses = seen_losses, test_loss
    told = noticing.Told(student.steps, shares, known[1], None, None, advice)
    notes = _notes(learned, c_activation(activation), (x, y), held_out, losses, told, (seen, False), np.array(held), found)
    halves_explained = _explained_halves(held)
    return Fit(
        student, np.array(curve), *learned, rates, None, tuple(notes), *verdict, found, None, test_loss, stopped, None, reported, shares[1], halves_explained
    )


def _descend(student: Student, x, y, held_out, stop, steps: int, batch, activation, descent, look: bool = True) -> tuple:
    """Takes steps at given rates; rows (step, loss of the batch before it), rows (steps, loss of all pairs) at log-spaced steps, what ended it,
    loss of the pairs held out."""
    precision = student._precision
    # The object is in the memory, which has to live as long.
    memory, sampler = precision.object("sampler", "sampler", student._shape, wide=True)
    count, loss = ffi.new("uint64_t *"), ffi.new(f"{precision.number} *")

    def begin() -> None:
        precision.call("samples_begin", "activation", student._object, sampler, *c_activation(activation))

    def accumulate(some_x, some_y) -> None:
        arrays = *precision.pointer(some_x), *precision.pointer(some_y)
        precision.call("samples_accumulate", "pairs", student._object, sampler, len(some_x), *arrays)
        precision.call("samples_loss", "loss", sampler, count, loss)

    def look_at_all() -> None:
        begin()
        accumulate(x, y)
        looks.append((student.steps, loss[0]))
        begin()
        if held_out:
            losses.append((student.steps, loss_of_others()))

    def loss_of_others() -> float:
        total = 0.0
        for one_x, one_y in zip(*held_out, strict=True):
            begin()
            accumulate(one_x[None], one_y[None])
            total += loss[0]
        begin()
        return total / len(held_out[0])

    curve, looks, losses, first = [], [], [], student.steps
    begin()
    kept = Kept(student.save, first)
    ends = stop.watch(loss_of_others, kept, losses)
    for parts in batches(steps, len(x), batch):
        stopped = ends(student.steps)
        if stopped:
            break
        if look and _is_looked_at(student.steps - first):
            look_at_all()
        for part in parts:
            accumulate(x[part], y[part])
        try:
            precision.call("samples_step", f"step {student.steps + 1}", student._object, sampler, descent)
        except Error as error:
            if look and kept.outlives(error, student.steps):
                stopped = "diverged"
                break
            advice = "a lower rate may help, or none, for rates from the data" if error.status == Error.DIVERGED else "the pairs do not fit the type"
            raise Error(error.status, f"{error} (loss {loss[0]:.6g}; {advice})") from None
        curve.append((student.steps, loss[0]))
    else:
        stopped = ends(student.steps)
    diverged = stopped == "diverged"
    if diverged:
        begin()
    elif look:
        look_at_all()
    test_loss = loss_of_others() if held_out and not diverged else None
    if diverged or kept.is_better(test_loss):
        test_loss = kept.loss
        precision.call("student_load", "snapshot", student._object, kept.snapshot, len(kept.snapshot), ffi.NULL)
    del memory
    return curve, looks, stopped or "steps", test_loss, losses


def shares_of(looks: list, constant: float, steps: int) -> tuple:
    """What is explained at the last look, and at the last that was at half of so many steps, or before; None where nothing varies."""
    half = [loss for step, loss in looks if step <= steps // 2]
    return tuple(1 - loss / constant if loss is not None and constant > 0 else None for loss in (looks[-1][1], half[-1] if half else None))


def _fit_readings(x, y, held_out, stop, steps, activation, batch, spare, signed, whiten, precision) -> Fit:
    """Rates and units from the data."""
    shape = c_shape(y.shape[2], x.shape[2], x.shape[1], y.shape[1])
    read = precision.array("x", x, (None, None, None))
    # Of the numbers as they were given, whatever the precision of the student.
    whitened = whitening(x, shape, activation) if whiten else None
    x = precision.array("x, whitened,", whitened.apply(x), (None, None, None)) if whitened else read
    y = precision.array("y", y, (len(x), None, None))
    if held_out is not None and whitened:
        held_out = whitened.apply(_held_out(held_out, Precision(np.float64), shape)[0]), held_out[1]
    held_out = _held_out(held_out, precision, shape)
    noticing.check_squares((x, y), "", True, precision.dtype)
    if held_out:
        noticing.check_squares(held_out, "test_", True, precision.dtype)
    check_batch(batch, len(x))
    observer = Observer(
        shape.filters, shape.features, shape.tokens, shape.outputs, activation=activation, spare=spare, signed=signed, dtype=precision.dtype
    )
    raw = observer._object
    observer.observe(x, y)
    means, scales, _, unit = observer._moments()
    if unit == 0:
        raise ValueError("y: every answer is the same in all pairs; expected answers that vary")
    if not (scales > 0).any():
        raise Error(Error.CANNOT_MOVE, "x: no feature varies in any pair; expected readings that do")
    curve, looks, rates, stopped, test_loss, seen_losses = _train(observer, x, y, held_out, stop, steps, batch)
    reported = observer.steps if stop.best else None

    fit = precision.new("raw_fit")
    observer._begin()
    precision.call("raw_loss", "pairs", raw, len(x), *precision.pointer(x), *precision.pointer(y), fit)
    learned, halves, held = observer.explain(), [], []
    if len(x) >= FEWEST_TO_HALVE:
        for part, other in in_halves(len(x)):
            half = Observer(
                shape.filters, shape.features, shape.tokens, shape.outputs, activation=activation, spare=spare, signed=signed, dtype=precision.dtype
            )
            half.observe(x[part], y[part])
            try:
                *_, loss, _ = _train(half, x[part], y[part], (x[other], y[other]), stop, steps, batch, look=False)
            except Error:
                halves, held = [], []
                break
            halves.append(half.explain()[2])
            held.append(_held((x[part], y[part]), (x[other], y[other]), loss))
    found = tuple(observer.links(halves))
    notes = [f"feature {n} never varies, and was left out" for n in np.flatnonzero(scales == 0)]
    # Beside the best answer that is the same for all inputs: with an activation the library centres no answers.
    constant = noticing.constant_loss(y, y)
    explained = float(1 - unit**2 * fit.loss / constant) if constant > 0 else None
    shares, c_words = (explained, _explained(y, held_out, test_loss)), c_activation(activation)
    seen = _seen(x, means, scales, spare, signed), whitened is not None
    sizes = shape.tokens, shape.features, shape.outputs
    told = noticing.Told(observer.steps, shares, shares_of(looks, constant, observer.steps)[1], noticing.condition_of(seen[0]), sizes, None)
    notes += _notes(learned, c_words, (x, y), held_out, (seen_losses, test_loss), told, seen, np.array(held), found)
    if c_words[0] == lib.TUTEE_IDENTITY and held and not signed:
        notes += noticing.signs_lacking(learned[0], means, (x, y), np.array(held))
    if whitened is not None:
        value, bias = whitened.undo(*learned)
        learned = value.astype(precision.dtype), bias.astype(precision.dtype), learned[2]
        if whitened.left_out:
            left_out = "1 direction never varies, and was" if whitened.left_out == 1 else f"{whitened.left_out} directions never vary, and were"
            notes.append(f"of what features say together {left_out} left out")
    verdict = _judge(looks, precision, batch, len(x), stopped)
    return Fit(
        None, np.array(curve), *learned, rates, explained, tuple(notes), *verdict, found, observer, test_loss, stopped, whitened, reported, shares[1],
        _explained_halves(held),
    )


def _notes(learned, activation: tuple, pairs, held_out, losses: tuple, told: noticing.Told, seen: tuple, held: np.ndarray, found: tuple) -> list:
    """What is noticed of a student whatever its rates come from. `losses` are those of pairs held out at all looks, and now; `held` has the losses
    of students of halves, see `_held`."""
    seen_losses, test_loss = losses
    dead, notes = noticing.of_student(learned, activation, pairs, held_out, told.steps, told.shares, told.advice)
    notes += noticing.of_condition(*seen)
    notes += noticing.of_sensors(*pairs)
    seen_losses = [look for look in seen_losses if math.isfinite(look[1])]
    if test_loss is not None and seen_losses:
        notes += noticing.has_risen((told.steps, test_loss), min(seen_losses, key=lambda look: (look[1], look[0])))
    linked = (len(found), sum(link.found == 2 for link in found)) if len(held) else None
    return dead + noticing.what_holds(notes, learned, activation, pairs, held_out, test_loss, told, held, linked)


def _seen(x, means, scales, spare: bool, signed: bool) -> np.ndarray:
    """Tokens as a student of readings sees them, in double precision, a row each."""
    tokens = (x.astype(np.float64) - means) / np.where(scales > 0, scales, np.inf)
    tokens = np.concatenate([tokens, -tokens], axis=1) if signed else tokens
    tokens = np.concatenate([tokens, np.zeros_like(tokens[:, :1])], axis=1) if spare else tokens
    tokens = tokens.reshape(-1, x.shape[2])
    return np.concatenate([tokens, np.ones((len(tokens), 1))], axis=1)


def _held(part, other, loss) -> tuple:
    """Losses in the half that a student did not see: its own, of the mean of all tokens, of the best constant."""
    return loss, noticing.position_free_loss(part, other), noticing.constant_loss(part[1], other[1])


def _explained(y, held_out, loss) -> float | None:
    """Share of the variance of pairs held out."""
    nothing = 0 if held_out is None or loss is None else noticing.constant_loss(y, held_out[1])
    return 1 - loss / nothing if nothing > 0 else None


def _explained_halves(held: list) -> float | None:
    loss, _, nothing = np.sum(held, axis=0) if held else (0, 0, 0)
    return float(1 - loss / nothing) if nothing > 0 and np.isfinite(loss) else None


def _train(observer: Observer, x, y, held_out, stop, steps: int, batch, look: bool = True) -> tuple:
    """Takes steps; rows (step, loss of the batch before it), rows (steps, loss of all pairs) at log-spaced steps, rates of the student's last step,
    what ended it, loss of the pairs held out."""
    unit = observer._answer_scale() ** 2
    curve, looks, losses, rates = [], [], [], (0.0, 0.0)

    def loss_of_others() -> float:
        # One after the other, in double, as the command adds them.
        each = (observer.measure(one_x[None], one_y[None]).loss for one_x, one_y in zip(*held_out, strict=True))
        return unit * sum(each, 0.0) / len(held_out[0])

    observer._begin()
    kept = Kept(lambda: (observer.save(), rates), 0)
    ends = stop.watch(loss_of_others, kept, losses)
    for step, parts in enumerate(batches(steps, len(x), batch), 1):
        stopped = ends(step - 1)
        if stopped:
            break
        if look and _is_looked_at(step - 1):
            looks.append((step - 1, unit * observer.measure(x, y).loss))
            if held_out:
                losses.append((step - 1, loss_of_others()))
        for part in parts:
            observer._call("raw_accumulate", x[part], y[part])
        try:
            stepped = observer._take(f"step {step}")
        except Error as error:
            if look and kept.outlives(error, step - 1):
                stopped = "diverged"
                break
            raise Error(error.status, f"{error} (at rates from the data; larger batches may help)") from None
        rates = stepped.rates
        curve.append((step, unit * stepped.loss))
    else:
        stopped = ends(steps)
    diverged = stopped == "diverged"
    if diverged:
        observer._begin()
    elif look:
        looks.append((len(curve), unit * observer.measure(x, y).loss))
    test_loss = loss_of_others() if held_out and not diverged else None
    if diverged or kept.is_better(test_loss):
        test_loss, (snapshot, rates) = kept.loss, kept.snapshot
        observer.restore(snapshot)
        observer._begin()
    return curve, looks, rates, stopped or "steps", test_loss, losses


def _judge(looks: list, precision: Precision, batch, pairs: int, stopped: str) -> tuple:
    finite = [(step, loss) for step, loss in looks if math.isfinite(loss)]
    refused = stopped == "diverged" or len(finite) < len(looks)
    return judge(np.reshape(finite, (-1, 2)), dtype=precision.dtype, sampled=batch is not None and batch < pairs, refused=refused)


def _is_looked_at(step: int) -> bool:
    """Whether the command line looks at a training after so many steps: all up to ten, then twenty in each factor of ten."""
    if step <= 10:
        return True
    decade = 10 ** (len(str(step)) - 1)
    return step == decade or any(step == math.floor(decade * 10 ** (i / 20) + 0.5) for i in range(1, 21))


def _held_out(pairs, precision: Precision, shape):
    """Pairs that training does not see, of these sizes; None where there are none."""
    if pairs is None:
        return None
    x = precision.array("test_x", pairs[0], (None, shape.tokens, shape.features))
    if len(x) == 0:
        raise ValueError("test_x: no pairs; expected one at least")
    return x, precision.array("test_y", pairs[1], (len(x), shape.outputs, shape.filters))
