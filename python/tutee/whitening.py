"""Features of a token made uncorrelated, with the numbers of `tutee fit --whiten`: each sum is taken in the order of the command's, one
number after the other, so that neither NumPy nor the processor decides how it is rounded."""

import math
from dataclasses import dataclass

import numpy as np

# A direction with less than this share of the largest power has none, nor has a feature that varies by less than this share of its
# readings: what is there is rounding.
NONE = 1e-12

# Turns of all pairs of features.
SWEEPS = 30


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

    def apply(self, x) -> np.ndarray:
        """Inputs `[n, tokens, features]` as the student sees them, in float64."""
        centred = np.asarray(x, np.float64) - self.mean
        return np.stack([_in_order(z * centred[..., n] for n, z in enumerate(row)) for row in self.matrix], axis=-1)

    def undo(self, value, bias, attention) -> tuple:
        """W and b for readings as they come, from those of a student of whitened ones that has this attention; in float64."""
        value = _in_order(w[:, None] * z for w, z in zip(np.asarray(value, np.float64).T, self.matrix, strict=True))
        means = _in_order(m[:, None] * w for w, m in zip(value.T, self.mean.T, strict=True))
        taken = _in_order(s[:, None] * mean for s, mean in zip(np.asarray(attention, np.float64).T, means, strict=True))
        return value, bias - taken


def whitening(x: np.ndarray, by_token: bool) -> Whitening:
    """Of inputs `[n, tokens, features]`; `by_token`: means of each token, or of a feature over all tokens, whatever the token."""
    pairs, tokens, features = x.shape
    x = x.astype(np.float64)
    mean = _sum(x / pairs)
    if not by_token:
        mean = np.tile(_sum(mean) / tokens, (tokens, 1))
    deviation, size = (x - mean).reshape(-1, features), np.abs(x).reshape(-1, features).max(0)
    # A unit for each feature first, so that no square overflows or vanishes. The mean of equal readings is off by its rounding.
    unit = np.abs(deviation).max(0)
    varies = unit > NONE * size
    if not varies.any():
        raise ValueError("x: no feature varies; expected readings that do, to be whitened")
    shares = deviation / np.where(varies, unit, 1)
    deviations = np.where(varies, unit * np.sqrt(_sum(shares * shares) / (pairs * tokens)), 0)
    scaled = np.where(varies, deviation / np.where(varies, deviations, 1), 0)
    each = range(features)
    correlations = [[_sum(scaled[:, a] * scaled[:, b] / (pairs * tokens)) for b in each] for a in each]
    values, vectors = _eigen(np.array(correlations))
    kept = [(value, vector) for value, vector in zip(values, vectors, strict=True) if value > NONE * max(values)]

    def root(a: int, b: int) -> float:
        return _in_order(vector[a] * vector[b] / math.sqrt(value) for value, vector in kept)

    matrix = [[root(a, b) / float(deviations[b]) if varies[b] else 0.0 for b in each] for a in each]
    condition = max(values) / min(value for value, _ in kept)
    return Whitening(mean, np.array(matrix), condition, features - len(kept))


def _sum(terms: np.ndarray):
    """Of the first axis, one after the other: `sum` takes them in pairs."""
    return np.add.accumulate(terms, axis=0)[-1]


def _in_order(terms):
    first, *others = terms
    for term in others:
        first = first + term
    return first


def _eigen(a: np.ndarray) -> tuple:
    """Eigenvalues of a symmetric matrix, and the vector of each of length one, by Jacobi's rotations (Golub and Van Loan, section 8.5)."""
    size, vectors = len(a), np.eye(len(a))
    for _ in range(SWEEPS):
        for p in range(size):
            for q in range(p + 1, size):
                beside = float(a[p, q])
                if beside == 0:
                    continue
                half = float(a[q, q] - a[p, p]) / (2 * beside)
                tangent = math.copysign(1, half) / (abs(half) + math.sqrt(half * half + 1))
                cosine = 1 / math.sqrt(tangent * tangent + 1)
                sine = tangent * cosine
                # The columns of a, then its rows.
                for rows in (a.T, a, vectors):
                    rows[p], rows[q] = cosine * rows[p] - sine * rows[q], sine * rows[p] + cosine * rows[q]
    return [float(value) for value in a.diagonal()], vectors.tolist()
