"""An observer of a plant: readings as they are recorded, in any unit and with any offset, learned as they come, and after a restart
as if there had been none."""

import math
from dataclasses import dataclass

import numpy as np

from ._c import Error, Precision, c_activation, c_shape, check, ffi, lib

# From here on a sensor does not give the readings that were observed: its mean square is about 1 of those, and chance alone makes 3 of the
# largest of many. Ten is an offset of three deviations.
FAR = 10

VERDICTS = ("asymptotic", "transient", "plateau", "oscillating", "stuck", "floor", "diverged", "scale")


@dataclass(frozen=True)
class Link:
    """A token that an output depends on."""

    #: Who takes, and from whom; from 0.
    output: int
    token: int
    #: The entry of S.
    weight: float
    #: In how many of `parts` students, each of a part of the pairs, it stands out, too, with this sign, and by more than chance (`links`).
    found: int
    #: How many of them there are: 2, of either half of the pairs, or 0 where nobody knows.
    parts: int


@dataclass(frozen=True)
class Measured:
    """How well pairs are answered."""

    #: Mean loss, and what predicting the mean costs, of answers that are centred and scaled.
    loss: float
    nothing: float
    #: Share of the answers' variance that is explained: 1 - loss / nothing.
    explained: float


@dataclass(frozen=True)
class Stepped(Measured):
    """What a step did; how well the batch was answered before it."""

    #: Rates of W and of W_KQ that the data gave.
    rates: tuple


@dataclass(frozen=True)
class Strayed:
    """The sensors that lie farthest from what was observed, one of inputs and one of answers: means of squares, in squares of the scales."""

    #: Of the input that lies farthest; its token and its feature.
    input: float
    token: int
    feature: int
    #: Of the answer that lies farthest; its output and its filter.
    answer: float
    output: int
    filter: int


class Observer:
    """A student of readings `x` `[n, tokens, features]` and answers `y` `[n, outputs, filters]` as they are recorded.

    `observe` looks at the first pairs, as many as show how readings spread; `step` takes one step along the mean gradient of a batch, at
    rates that come from the data. `spare` adds a token that is always zero (weights of an output may add up to less than one),
    `signed` each token negated (weights of either sign). What is refused raises `Error` and changes nothing, but for a step with status
    `Error.DIVERGED`: the student is then the one of the last batch that was sane.
    """

    def __init__(
        self,
        filters: int,
        features: int,
        tokens: int,
        outputs: int | None = None,
        *,
        activation="identity",
        spare: bool = False,
        signed: bool = False,
        dtype=np.float64,
    ):
        shape = c_shape(filters, features, tokens, tokens if outputs is None else outputs)
        preparation = lib.TUTEE_INTERCEPT + lib.TUTEE_SPARE * bool(spare) + lib.TUTEE_SIGNED * bool(signed)
        self._make(Precision(dtype), shape, preparation, c_activation(activation))

    def _make(self, precision, shape, preparation: int, activation: tuple) -> None:
        self._precision, self._shape, self._preparation = precision, shape, preparation
        words, made = ffi.new("size_t *"), ffi.new(f"tutee_raw{precision.suffix} **")
        precision.call("raw_words", "readings", shape, preparation, words)
        self._memory = np.empty(words[0], dtype=np.uint64)
        place = ffi.cast("uint64_t *", self._memory.ctypes.data)
        precision.call("raw_init", "readings", place, self._memory.size, shape, preparation, *activation, made)
        self._object = made[0]

    @classmethod
    def load(cls, snapshot: bytes) -> "Observer":
        """The observer in a snapshot, whatever its sizes and precision; its next step has the bits that it would have had."""
        info = ffi.new("tutee_raw_info *")
        check(lib.tutee_raw_inspect(snapshot, len(snapshot), info), "snapshot")
        observer, shape = cls.__new__(cls), ffi.new("tutee_shape *")
        shape[0] = info.shape
        precision = Precision(np.float64 if info.scalar_bits == 64 else np.float32)
        observer._make(precision, shape, info.preparation, (lib.TUTEE_IDENTITY, 0))
        observer.restore(snapshot)
        return observer

    def restore(self, snapshot: bytes) -> None:
        """Replaces all that it knows by a snapshot of an observer of these sizes, of this precision, that is given what this one is."""
        try:
            self._precision.call("raw_load", "snapshot", self._object, snapshot, len(snapshot))
        except Error as error:
            if error.status != lib.TUTEE_ERROR_SNAPSHOT_SHAPE:
                raise
            info = ffi.new("tutee_raw_info *")
            check(lib.tutee_raw_inspect(snapshot, len(snapshot), info), "snapshot")
            found, own = _form(info.shape, info.preparation), _form(self._shape, self._preparation)
            raise Error(error.status, f"snapshot: an observer of {found}; expected {own}") from None

    def save(self) -> bytes:
        """A snapshot, the same bytes on every machine: student, means and scales of readings, what rates come from, activation. To
        be taken between steps."""
        length = ffi.new("size_t *")
        self._precision.call("raw_snapshot_bytes", "snapshot", self._shape, self._preparation, length)
        snapshot = ffi.new("uint8_t[]", length[0])
        self._begin()
        self._precision.call("raw_save", "snapshot", self._object, snapshot, length[0])
        return bytes(ffi.buffer(snapshot))

    @property
    def steps(self) -> int:
        """Gradient steps taken."""
        info = ffi.new("tutee_raw_info *")
        try:
            snapshot = self.save()
        except Error as error:
            # Nothing that varies was observed so far.
            if error.status != Error.CANNOT_MOVE:
                raise
            return 0
        check(lib.tutee_raw_inspect(snapshot, len(snapshot), info), "snapshot")
        return info.steps

    def observe(self, x, y) -> None:
        """Looks at pairs, by whose means and scales readings are prepared from then on. They are not trained on."""
        self._call("raw_observe", *self._pairs(x, y))

    def forget(self, pairs: int) -> None:
        """Lets what was observed weigh as much as so many pairs, which may be none. Called before each pair that is observed alone, means and
        scales are those of the last ones, and follow sensors that drift; a student that was trained on others is confused by them."""
        if not 0 <= pairs < 1 << 64:
            raise ValueError(f"pairs: {pairs}; expected a number from 0")
        self._precision.call("raw_forget", "readings", self._object, pairs)

    def step(self, x, y) -> Stepped:
        """One step on a batch. Pairs that were to be looked at have been."""
        x, y = self._pairs(x, y)
        self._begin()
        if self._answer_scale() == 0:
            raise Error(Error.CANNOT_MOVE, "y: every answer is the same in all pairs that were observed; expected answers that vary")
        self._call("raw_accumulate", x, y)
        try:
            return self._take("step")
        except Error as error:
            strayed = self.strayed(x, y) if error.status == Error.DIVERGED else None
            if strayed is None or max(strayed.input, strayed.answer) < FAR:
                raise
            far = math.sqrt(max(strayed.input, strayed.answer))
            where = f"x[:, {strayed.token}, {strayed.feature}]", f"y[:, {strayed.output}, {strayed.filter}]"
            raise Error(
                error.status,
                f"{error}; but {where[strayed.answer > strayed.input]} lies {far:.3g} times as far from the means that were observed as the"
                " scales that were: where a sensor's offset or unit has changed, another observer is to observe readings as they are now",
            ) from None

    def strayed(self, x, y) -> Strayed:
        """Which sensors of these pairs lie farthest from the means that were observed, and how far, in squares of the scales that were.
        A sensor that moved by m deviations is told by about 1 + m^2. Where all vary alike one that did not move has about 1, and of
        some ten pairs chance makes 3 of the largest of many; where they do not, pairs like those observed are to compare with."""
        found = self._precision.new("raw_spread")
        self._call("raw_strayed", *self._pairs(x, y), found)
        return Strayed(found.input, found.token, found.feature, found.answer, found.output, found.filter)

    def _begin(self) -> None:
        """An empty batch; refused where nothing was observed, or nothing that varies."""
        try:
            self._precision.call("raw_begin", "x", self._object)
        except Error as error:
            if error.status != Error.CANNOT_MOVE:
                raise
            raise Error(error.status, "x: no pairs were observed, or none of their features varies; expected observe() before") from None

    def _call(self, name: str, x, y, *arguments) -> None:
        """A function of pairs: arrays of this precision, which live as long as the call."""
        pointers = *self._precision.pointer(x), *self._precision.pointer(y)
        try:
            self._precision.call(name, "pairs", self._object, len(x), *pointers, *arguments)
        except Error as error:
            beyond = self._beyond(x, y) if error.status == Error.NOT_FINITE else None
            if beyond is None:
                raise
            raise Error(error.status, beyond) from None

    def _take(self, what: str) -> Stepped:
        descent, stepped = self._precision.new("raw_descent"), self._precision.new("raw_stepped")
        self._precision.call("raw_descent_default", "rates", descent)
        self._precision.call("raw_step", what, self._object, descent, stepped)
        fit = stepped.fit
        return Stepped(fit.loss, fit.nothing, fit.explained, (stepped.value_rate, stepped.attention_rate))

    def measure(self, x, y) -> "Measured":
        """How well pairs are answered; nothing is learned from them."""
        fit = self._precision.new("raw_fit")
        self._begin()
        self._call("raw_loss", *self._pairs(x, y), fit)
        return Measured(fit.loss, fit.nothing, fit.explained)

    def predict(self, x) -> np.ndarray:
        """Answers `[n, outputs, filters]` to readings `[n, tokens, features]`, in their own units."""
        self._begin()
        shape = self._shape
        x = self._precision.array("x", x, (None, shape.tokens, shape.features))
        y = np.empty((len(x), shape.outputs, shape.filters), dtype=self._precision.dtype)
        if len(x) > 0:
            self._precision.call("raw_predict", "x", self._object, len(x), *self._precision.pointer(x), *self._precision.pointer(y))
        return y

    def _moments(self) -> tuple:
        """What is taken from inputs, tokens x features, by what each feature is divided then; that of answers, outputs x filters and one."""
        shape, precision = self._shape, self._precision
        sizes = (shape.tokens, shape.features), (shape.features,), (shape.outputs, shape.filters), (1,)
        *arrays, scale = [np.empty(size, precision.dtype) for size in sizes]
        pointers = [argument for array in arrays for argument in precision.pointer(array)]
        precision.call("raw_moments", "readings", self._object, *pointers, precision.pointer(scale)[0])
        return *arrays, float(scale[0])

    def _answer_scale(self) -> float:
        """By what answers are divided."""
        return self._moments()[3]

    def _beyond(self, x, y) -> str | None:
        """The first of finite numbers that lie so far from what was observed that their squares are no numbers; None where none does."""
        mean, scale, answer_mean, answer_scale = self._moments()
        for name, numbers, middle, unit in ("x", x, mean, scale), ("y", y, answer_mean, np.asarray(answer_scale, x.dtype)):
            with np.errstate(all="ignore"):
                squares = ((numbers - middle) / np.where(unit > 0, unit, np.inf)) ** 2
                # What counts is the sum of a pair.
                beyond = ~np.isfinite(squares.sum((1, 2)))
            if beyond.any():
                pair = int(np.argmax(beyond))
                place = ", ".join(str(at) for at in (pair, *np.unravel_index(int(np.argmax(squares[pair])), squares.shape[1:])))
                value = numbers[pair].flat[int(np.argmax(squares[pair]))]
                return (
                    f"{name}[{place}] = {value:.3g} lies so far from the readings that were observed that its square is beyond {numbers.dtype};"
                    " expected it left out, or readings as they are now to be observed"
                )
        return None

    def explain(self) -> tuple:
        """W `[filters, features]`, b `[outputs, filters]` and S `[outputs, tokens]` of `y_j = act(W sum_i S_ji x_i + b_j)`."""
        self._begin()
        shape = self._shape
        sizes = (shape.filters, shape.features), (shape.outputs, shape.filters), (shape.outputs, shape.tokens)
        learned = [np.empty(size, self._precision.dtype) for size in sizes]
        arrays = [argument for array in learned for argument in self._precision.pointer(array)]
        self._precision.call("raw_explain", "readings", self._object, *arrays)
        return tuple(learned)

    def links(self, parts=()) -> list:
        """The links that stand out, the strongest first. `parts` are S of other students, of either half of the pairs, say: each link
        says in how many of them it stands out, too."""
        return links(self.explain()[2], parts)

    def _pairs(self, x, y) -> tuple:
        precision, shape = self._precision, self._shape
        x = precision.array("x", x, (None, shape.tokens, shape.features))
        return x, precision.array("y", y, (len(x), shape.outputs, shape.filters))


def _form(shape, preparation: int) -> str:
    """Sizes, and what stands beside the readings."""
    beside = ", ".join(name for name, flag in (("spare", lib.TUTEE_SPARE), ("signed", lib.TUTEE_SIGNED)) if preparation & flag)
    sizes = f"{shape.filters} filters, {shape.features} features, {shape.tokens} tokens and {shape.outputs} outputs"
    return f"{sizes} ({beside or 'nothing beside'})"


def links(attention, parts=()) -> list:
    """The entries of any S `[outputs, tokens]` that stand out, the strongest first: in each row those, from the largest down, that weigh a
    quarter more than the mean of all that weigh less, and a hundredth of the largest. `parts` are S of other students, of either half of
    the pairs, say: each link says in how many of them it stands out, too, with its sign, and exceeds the mean of what does not in that
    row by three times what the weights of the parts differ from those of `attention` (root of the mean square of all entries, or of
    those of the row where that is larger)."""
    precision = Precision(np.float32 if getattr(attention, "dtype", None) == np.float32 else np.float64)
    attention = precision.array("attention", attention, (None, None))
    outputs, tokens = attention.shape
    parts = np.reshape(parts, (-1, outputs, tokens)) if len(parts) else np.empty((0, outputs, tokens))
    parts = precision.array("parts", parts, (None, outputs, tokens))
    found, count = ffi.new(f"tutee_sure_link{precision.suffix}[]", attention.size), ffi.new("size_t *")
    arrays = *precision.pointer(attention), *precision.pointer(parts)
    precision.call("mixing_links", "attention", c_shape(1, 1, tokens, outputs), *arrays, found, attention.size, count)
    return [Link(each.output, each.token, each.weight, each.found, each.parts) for each in found[0 : count[0]]]


def judge(
    curve,
    *,
    dtype=np.float64,
    sampled: bool = False,
    noisy: bool = False,
    refused: bool = False,
    best_loss: float = 0.0,
    row_sum: float = 0.0,
    law: tuple | None = None,
) -> tuple:
    """What a training means: the word and the sentence that the command line gives. `curve` has rows (steps, loss) and maybe more, as
    those of a `Run`, in the order of steps and best spaced by a factor, the first before the first step; `dtype` is what was trained in,
    `sampled` says that a batch is not all pairs, `noisy` that labels were given noise, `refused` that a step was refused because it could
    diverge, `best_loss` what no student of this kind can be better than, where that is known, `row_sum` what each row of the teacher's mixing
    sums to, and `law` = (K, J, D, attention rate) that outputs average K of D tokens alike, so that plain descent has its law."""
    curve = np.asarray(curve, dtype=np.float64)
    if curve.ndim != 2 or curve.shape[1] < 2:
        raise ValueError(f"curve: {curve.shape}; expected rows (steps, loss)")
    curve = curve[:, :2]
    points, known, judgement = ffi.new("tutee_curve_point[]", len(curve)), ffi.new("tutee_known *"), ffi.new("tutee_judgement *")
    for point, (step, loss) in zip(points, curve, strict=True):
        point.step, point.loss = int(step), loss
    known.scalar_bits, known.best_loss = 8 * Precision(dtype).dtype.itemsize, best_loss
    known.sampled, known.refused, known.noisy, known.row_sum = bool(sampled), bool(refused), bool(noisy), row_sum
    if law is not None:
        known.group, known.outputs, known.tokens, known.attention_rate = law
    check(lib.tutee_curve_judge(points, len(curve), known, judgement), "curve")
    return VERDICTS[judgement.verdict], ffi.string(judgement.reason).decode()
