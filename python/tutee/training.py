"""The three kinds of training: along the exact gradient, from samples that the library draws, from pairs of one's own."""

import math
from dataclasses import dataclass

import numpy as np

from ._c import Error, c_activation, ffi, lib
from .model import Student, Teacher

__all__ = ["Fit", "Run", "fit", "learn"]

INPUTS = {
    "gaussian": lib.TUTEE_GAUSSIAN,
    "exponential": lib.TUTEE_EXPONENTIAL,
    "uniform": lib.TUTEE_UNIFORM,
    "laplace": lib.TUTEE_LAPLACE,
    "student-t": lib.TUTEE_STUDENT_T,
    "correlated": lib.TUTEE_CORRELATED,
    "shifted": lib.TUTEE_SHIFTED,
}


@dataclass(frozen=True)
class Run:
    """What a training against a teacher came to."""

    #: The student after the last step.
    student: Student
    #: Rows (step, excess loss, norm of the gradient), exact for standard Gaussian inputs, at log-spaced steps; the last row is the end.
    curve: np.ndarray
    #: Smallest cosine between a filter of the teacher and the student's row that imitates it; NaN where a row is zero.
    value_cosine_min: float
    #: Largest difference between an entry of the attention and of the teacher's mixing.
    attention_error_max: float

    @property
    def excess_loss(self) -> float:
        """How far the loss (half the sum of squares of an input's errors) is above the best possible."""
        return float(self.curve[-1, 1])


@dataclass(frozen=True)
class Fit:
    """What a training from pairs of one's own came to."""

    #: The student after the last step.
    student: Student
    #: Rows (step, training loss of the batch before that step's change).
    curve: np.ndarray


def learn(
    teacher: Teacher,
    *,
    steps: int | None = None,
    mode: str = "population",
    rate: float | None = None,
    attention_rate: float | None = None,
    batch: int = 64,
    seed: int = 1,
    input: str = "gaussian",
    noise: float = 0.0,
    student: Student | None = None,
    seen: int | None = None,
) -> Run:
    """Trains a student to imitate `teacher`, with the bits of `tutee learn` of the same settings.

    `mode` is "population" (the exact gradient over all Gaussian inputs; 20,000 steps unless `steps` says how many) or "online"
    (every step a fresh `batch` of inputs that the library draws from `seed`; 3,000 steps). `rate` is K / J unless given, K the
    tokens of the teacher's smallest group, J the outputs; `attention_rate`, the rate of W_KQ, is `rate` unless given. `input` is
    gaussian, exponential, uniform, laplace, student-t:NU, correlated:RHO or shifted:MEAN; `noise` the standard deviation of
    what is added to each of the teacher's answers. `steps` is a total: a `student` that is given goes on from where it is (and
    online from sample `seen` of the stream, by default the one after `batch` times its steps), in place.

    Raises `Error` with status `Error.DIVERGED` when a step is refused: a student that was given then stands after the last good step.
    """
    if mode not in ("population", "online"):
        raise ValueError(f'mode: {mode!r}; expected "population" or "online"')
    precision, shape = teacher._precision, teacher._shape
    if student is None:
        student = Student(shape.filters, shape.features, shape.tokens, shape.outputs, precision.dtype)
    elif student.dtype != precision.dtype:
        raise ValueError(f"the student is of {student.dtype}, the teacher of {precision.dtype}")
    steps = (20_000 if mode == "population" else 3_000) if steps is None else steps
    if steps < student.steps:
        raise ValueError(f"steps: {steps}; the student has taken {student.steps} already")
    if rate is None:
        rate = max(1, np.count_nonzero(teacher.mixing, axis=1).min()) / shape.outputs
    descent = _descent(precision, rate, attention_rate)
    if mode == "population":
        scratch, source = precision.scratch("population", shape), None
    else:
        scratch = precision.scratch("online", shape)
        source = _source(precision, seed, batch, input, noise)
        source.index = student.steps * batch if seen is None else seen

    stop, result = precision.new("stop"), precision.new("result")
    curve = [(student.steps, *_measure(student, teacher))]
    for end in _looks(student.steps, steps):
        precision.call("stop_default", "steps", end, stop)
        sources = () if source is None else (source,)
        precision.call(
            f"{mode}_run", mode, student._object, teacher._object, *sources, descent, stop, ffi.NULL, *precision.pointer(scratch), result
        )
        curve.append((result.end.steps, result.end.excess_loss, result.end.gradient_norm))

    recovery = precision.new("recovery")
    scratch = precision.scratch("predict", shape)
    precision.call("student_recovery", "recovery", student._object, teacher._object, *precision.pointer(scratch), recovery)
    cosine = recovery.value_cosine_min if recovery.value_cosine_defined else math.nan
    return Run(student, np.array(curve), cosine, recovery.attention_error_max)


def fit(
    x,
    y,
    *,
    steps: int,
    rate: float,
    attention_rate: float | None = None,
    activation="identity",
    batch: int | None = None,
    student: Student | None = None,
    dtype=None,
) -> Fit:
    """Trains a student on pairs of one's own: inputs `x` `[n, tokens, features]`, answers `y` `[n, outputs, filters]`.

    Plain gradient descent on the numbers as they are. Each of `steps` further steps takes the mean gradient over `batch` pairs, in
    the order of the arrays and from their beginning again after the end; over all pairs unless `batch` is said. `dtype` is that
    of `x` if it is float32, and else float64. A `student` that is given goes on, in place.

    Raises `Error` with status `Error.DIVERGED` when a step is refused, with the loss at which it was: a student that was given
    then stands after the last good step.
    """
    if student is not None:
        dtype = student.dtype
    elif dtype is None:
        dtype = np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 3 or y.ndim != 3 or len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x has shape {x.shape} and y {y.shape}, expected n x tokens x features and n x outputs x filters")
    if student is None:
        student = Student(y.shape[2], x.shape[2], x.shape[1], y.shape[1], dtype)
    precision, shape = student._precision, student._shape
    x = precision.array("x", x, (None, shape.tokens, shape.features))
    y = precision.array("y", y, (len(x), shape.outputs, shape.filters))
    if batch is not None and not 0 < batch <= len(x):
        raise ValueError(f"batch: {batch}; expected 1 to {len(x)}, the number of pairs")
    descent = _descent(precision, rate, attention_rate)
    memory, sampler = precision.object("sampler", "sampler", shape, wide=True)
    precision.call("samples_begin", "activation", student._object, sampler, *c_activation(activation))

    count, loss = ffi.new("uint64_t *"), ffi.new(f"{precision.number} *")
    curve, first = [], 0
    for _ in range(steps):
        last = len(x) if batch is None else first + batch
        # A batch may lie across the end of the arrays.
        for part in [slice(first, min(last, len(x))), slice(0, max(last - len(x), 0))]:
            pairs = len(x[part])
            if pairs > 0:
                arrays = *precision.pointer(x[part]), *precision.pointer(y[part])
                precision.call("samples_accumulate", "pairs", student._object, sampler, pairs, *arrays)
        precision.call("samples_loss", "loss", sampler, count, loss)
        try:
            precision.call("samples_step", f"step {student.steps + 1}", student._object, sampler, descent)
        except Error as error:
            raise Error(error.status, f"{error} (loss {loss[0]:.6g}; a lower rate may help)") from None
        curve.append((student.steps, loss[0]))
        first = 0 if batch is None else last % len(x)
    del memory
    return Fit(student, np.array(curve))


def _looks(first: int, last: int):
    """Steps at which a run is looked at: twenty a decade, and the last."""
    end = first
    while end < last:
        end = min(last, max(end + 1, math.ceil(end * 10 ** (1 / 20))))
        yield end


def _descent(precision, rate, attention_rate):
    descent = precision.new("descent")
    precision.call("descent_default", "rate", rate, descent)
    if attention_rate is not None:
        descent.attention_rate = attention_rate
    return descent


def _source(precision, seed, batch, input, noise):
    source = precision.new("source")
    precision.call("source_default", "batch", seed, batch, source)
    name, _, parameter = input.partition(":")
    if name not in INPUTS or (parameter != "") != (name in ("student-t", "correlated", "shifted")):
        known = ", ".join(INPUTS)
        raise ValueError(f"input: {input!r}; expected one of {known}, the last three with :NUMBER")
    source.input = INPUTS[name]
    source.parameter = float(parameter or 0)
    source.noise_deviation = noise
    return source


def _measure(student: Student, teacher: Teacher) -> tuple:
    precision = student._precision
    scratch, progress = precision.scratch("population", student._shape), precision.new("progress")
    precision.call("student_measure", "measure", student._object, teacher._object, *precision.pointer(scratch), progress)
    return progress.excess_loss, progress.gradient_norm
