"""Features of a token made uncorrelated, by the library's whitener in double precision: the numbers of `tutee fit --whiten`."""

from dataclasses import dataclass

import numpy as np

from ._c import Error, Precision, c_activation


@dataclass(frozen=True)
class Whitening:
    """What readings are made before they are learned from: `Z (x - m)` of every token."""

    #: m, tokens x features: what is taken from readings.
    mean: np.ndarray
    #: Z, features x features: R^(-1/2) diag(1 / s), R the features' correlations, s their standard deviations.
    matrix: np.ndarray
    #: Largest over smallest eigenvalue of R, of the directions that are not zero.
    condition: float
    #: Directions that no reading has, and that are left out: features that never vary, or that others make.
    left_out: int
    _whitener: "_Whitener"

    def apply(self, x) -> np.ndarray:
        """Inputs `[n, tokens, features]` as the student sees them, in float64."""
        return self._whitener.whiten(x)

    def undo(self, value, bias, attention) -> tuple:
        """W and b for readings as they come, from those of a student of whitened ones that has this attention; in float64."""
        return self._whitener.restore(value, bias, attention)


def whitening(x: np.ndarray, shape, activation) -> Whitening:
    """Of inputs `[n, tokens, features]` of a student of this shape and activation, which says whether each token has means of its own."""
    return _Whitener(shape).settled(x, activation)


class _Whitener:
    """A `tutee_whitener_f64` and its memory."""

    def __init__(self, shape):
        self._shape, self._precision = shape, Precision(np.float64)
        self._memory, self._object = self._precision.object("whitener", "readings", shape)

    def settled(self, x, activation) -> Whitening:
        x, precision = self._inputs(x), self._precision
        precision.call("whitener_observe", "x", self._object, c_activation(activation)[0], len(x), *precision.pointer(x))
        try:
            precision.call("whitener_settle", "x", self._object)
        except Error as error:
            if error.status != Error.CANNOT_MOVE:
                raise
            raise Error(error.status, "x: no feature varies; expected readings that do, to be whitened") from None
        mean, matrix = np.empty(x.shape[1:]), np.empty((self._shape.features, self._shape.features))
        precision.call("whitener_matrix", "x", self._object, *precision.pointer(mean), *precision.pointer(matrix))
        whitened = precision.new("whitened")
        precision.call("whitener_condition", "x", self._object, whitened)
        return Whitening(mean, matrix, whitened.condition, whitened.left_out, self)

    def whiten(self, x) -> np.ndarray:
        x, precision = self._inputs(x), self._precision
        whitened = np.empty_like(x)
        precision.call("whitener_whiten", "x", self._object, len(x), *precision.pointer(x), *precision.pointer(whitened))
        return whitened

    def restore(self, value, bias, attention) -> tuple:
        precision, shape = self._precision, self._shape
        # What is restored is written over.
        value = precision.array("value", value, (shape.filters, shape.features)).copy()
        bias = precision.array("bias", bias, (shape.outputs, shape.filters)).copy()
        attention = precision.array("attention", attention, (shape.outputs, shape.tokens))
        arguments = (argument for array in (value, bias, attention) for argument in precision.pointer(array))
        precision.call("whitener_restore", "value", self._object, *arguments)
        return value, bias

    def _inputs(self, x) -> np.ndarray:
        return self._precision.array("x", x, (None, self._shape.tokens, self._shape.features))
