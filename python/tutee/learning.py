"""Training on a teacher: along the exact gradient, and from samples that the library draws."""

import math
from dataclasses import dataclass

import numpy as np

from ._c import ffi, lib
from .model import Student, Teacher
from .steps import descent_of

__all__ = ["Run", "learn"]

INPUTS = {
    "gaussian": lib.TUTEE_GAUSSIAN,
    "exponential": lib.TUTEE_EXPONENTIAL,
    "uniform": lib.TUTEE_UNIFORM,
    "laplace": lib.TUTEE_LAPLACE,
    "gumbel": lib.TUTEE_GUMBEL,
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
    tokens of the teacher's smallest group, J the outputs; `attention_rate`, the rate of W_KQ, is `rate` unless given, but where neither
    is, of the exact gradient with D above 16 tokens, that times (D/16)^2.5, D at most 384 (less where the squares of the filters sum to more than 4, or a row of S to
    more than 1), as of the command line. `input` is gaussian, exponential, uniform, laplace, gumbel, student-t:NU, correlated:RHO or shifted:MEAN; `noise` the standard deviation of
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
        if attention_rate is None and mode == "population":
            attention_rate = _attention_rate(rate, teacher)
    descent = descent_of(precision, rate, attention_rate)
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


def _looks(first: int, last: int):
    """Steps at which a run is looked at: twenty a decade, and the last."""
    end = first
    while end < last:
        end = min(last, max(end + 1, math.ceil(end * 10 ** (1 / 20))))
        yield end


def _attention_rate(rate: float, teacher: Teacher) -> float:
    """The command's, for filters and rows that together weigh no more than those of the paper; its sums are taken in its order."""
    sums = (sum(abs(float(s)) for s in row) for row in teacher.mixing)
    heaviest, squared = max(sums), sum(float(w) * float(w) for w in teacher.value.flat)
    share = min(1.0, 4 / (squared * heaviest * heaviest))
    wider = min(24.0, max(1.0, teacher.mixing.shape[1] / 16))
    return max(rate, rate * wider * wider * math.sqrt(wider) * share)


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
