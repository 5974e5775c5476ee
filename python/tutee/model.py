"""Teachers and students."""

import numpy as np

from ._c import Precision, c_activation, c_shape, check, ffi, lib

__all__ = ["Student", "Teacher"]


class Teacher:
    """f*(X) = act(value X mixing), with value `[filters, features]` and mixing `[outputs, tokens]`.

    `activation` is "identity", "relu" or {"leaky_relu": slope}. A student recovers rows of a mixing that are averages: entries
    not negative, sum 1; others are legal. Not changed once made, so that any number of threads may use it.
    """

    def __init__(self, value, mixing, activation="identity", dtype=np.float64):
        precision = self._precision = Precision(dtype)
        value = precision.array("value", value, (None, None))
        mixing = precision.array("mixing", mixing, (None, None))
        self.activation = activation
        self._shape = c_shape(*value.shape, mixing.shape[1], mixing.shape[0])
        self._memory, self._object = precision.object(
            "teacher", "teacher", self._shape, *c_activation(activation), *precision.pointer(value), *precision.pointer(mixing)
        )
        self.value, self.mixing = value.copy(), mixing.copy()
        self.value.flags.writeable = self.mixing.flags.writeable = False

    def answer(self, x) -> np.ndarray:
        """The answers `[n, outputs, filters]` to inputs `[n, tokens, features]`."""
        return _answers(self, "teacher_answer", x)


class Student:
    """f(X) = act(value X attention), attention = row softmax of the logits; at the start of training all zero.

    It holds no activation: that is said where it trains and predicts. One thread at a time may use it.
    """

    def __init__(self, filters: int, features: int, tokens: int, outputs: int | None = None, dtype=np.float64):
        self._precision = Precision(dtype)
        self._shape = c_shape(filters, features, tokens, tokens if outputs is None else outputs)
        self._memory, self._object = self._precision.object("student", "student", self._shape)

    @classmethod
    def load(cls, snapshot: bytes) -> "Student":
        """The student in a snapshot, whatever its sizes and precision; training goes on with the bits it would have had."""
        info = ffi.new("tutee_snapshot_info *")
        check(lib.tutee_snapshot_inspect(snapshot, len(snapshot), info), "snapshot")
        shape = info.shape
        dtype = np.float64 if info.scalar_bits == 64 else np.float32
        student = cls(shape.filters, shape.features, shape.tokens, shape.outputs, dtype)
        student._precision.call("student_load", "snapshot", student._object, snapshot, len(snapshot), ffi.NULL)
        return student

    @staticmethod
    def saved_activation(snapshot: bytes):
        """The activation that a snapshot was saved with, or None."""
        info = ffi.new("tutee_snapshot_info *")
        check(lib.tutee_snapshot_inspect(snapshot, len(snapshot), info), "snapshot")
        if not info.has_activation:
            return None
        return {lib.TUTEE_IDENTITY: "identity", lib.TUTEE_RELU: "relu"}.get(info.activation, {"leaky_relu": info.slope})

    def save(self, activation=None) -> bytes:
        """A snapshot, the same bytes on every machine, in the format of the C library and the command line; with the
        activation that it is trained with, if one is given."""
        number_and_slope = (lib.TUTEE_NO_ACTIVATION, 0.0) if activation is None else c_activation(activation)
        length = ffi.new("size_t *")
        self._precision.call("snapshot_bytes", "snapshot", self._shape, length)
        snapshot = ffi.new("uint8_t[]", length[0])
        self._precision.call("student_save", "snapshot", self._object, ffi.NULL, *number_and_slope, snapshot, length[0])
        return bytes(ffi.buffer(snapshot))

    @property
    def filters(self) -> int:
        """Outputs' entries, M."""
        return self._shape.filters

    @property
    def features(self) -> int:
        """Entries of a token, d."""
        return self._shape.features

    @property
    def tokens(self) -> int:
        """Tokens of an input, D."""
        return self._shape.tokens

    @property
    def outputs(self) -> int:
        """Outputs, J."""
        return self._shape.outputs

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self._precision.dtype

    @property
    def steps(self) -> int:
        """Gradient steps taken since the start."""
        steps = ffi.new("uint64_t *")
        self._precision.call("student_steps", "student", self._object, steps)
        return steps[0]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of sizes, steps and the bits of every parameter: equal students have equal digests on every
        machine, and in every language."""
        digest = ffi.new("uint64_t *")
        self._precision.call("student_digest", "student", self._object, digest)
        return f"{digest[0]:016x}"

    @property
    def value(self) -> np.ndarray:
        """A copy of W `[filters, features]`, which imitates the teacher's filters. May be set."""
        return self._block(lib.TUTEE_VALUE, (self.filters, self.features))

    @value.setter
    def value(self, numbers) -> None:
        self._replace("value", lib.TUTEE_VALUE, numbers, (self.filters, self.features))

    @property
    def logits(self) -> np.ndarray:
        """A copy of the attention before its softmax, `[outputs, tokens]`. May be set."""
        return self._block(lib.TUTEE_LOGITS, (self.outputs, self.tokens))

    @logits.setter
    def logits(self, numbers) -> None:
        self._replace("logits", lib.TUTEE_LOGITS, numbers, (self.outputs, self.tokens))

    @property
    def attention(self) -> np.ndarray:
        """The attention `[outputs, tokens]`: not negative, rows sum to one."""
        return self._block(lib.TUTEE_ATTENTION, (self.outputs, self.tokens))

    def predict(self, x, activation) -> np.ndarray:
        """Predictions `[n, outputs, filters]` for inputs `[n, tokens, features]`, under the activation it was trained with."""
        return _answers(self, "student_predict", x, *c_activation(activation))

    def _block(self, block: int, shape: tuple) -> np.ndarray:
        numbers = np.empty(shape, dtype=self.dtype)
        self._precision.call("student_get", "student", self._object, block, *self._precision.pointer(numbers))
        return numbers

    def _replace(self, name: str, block: int, numbers, shape: tuple) -> None:
        array = self._precision.array(name, numbers, shape)
        self._precision.call("student_set", name, self._object, block, *self._precision.pointer(array))


def _answers(model, function: str, x, *activation) -> np.ndarray:
    precision, shape = model._precision, model._shape
    x = precision.array("x", x, (None, shape.tokens, shape.features))
    y = np.empty((len(x), shape.outputs, shape.filters), dtype=precision.dtype)
    if len(x) > 0:
        scratch = precision.scratch("predict", shape)
        precision.call(
            function, "x", model._object, *activation, len(x), *precision.pointer(x), *precision.pointer(scratch), *precision.pointer(y)
        )
    return y
