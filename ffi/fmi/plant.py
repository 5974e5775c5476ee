"""A plant simulated in time, for the observer to learn: eight rooms in a ring, and a passage that is on no plan.

In a step the temperature of a room becomes nine tenths of the mean over itself and the rooms that it exchanges air with, plus what
its heater gave or took. Nothing is drawn afresh but the heaters: a temperature is what came of the one before.
"""

import numpy as np

ROOMS, KEPT = 8, 0.9
PASSAGE = (1, 5)


def mixing():
    """Who exchanges air with whom, as shares of a mean: what is to be found."""
    open_to = np.eye(ROOMS)
    for a, b in [(room, (room + 1) % ROOMS) for room in range(ROOMS)] + [PASSAGE]:
        open_to[a, b] = open_to[b, a] = 1
    return open_to / open_to.sum(axis=1, keepdims=True)


def record(pairs, seed=2026):
    """Temperatures before a step and after it, around their mean: x[pairs][rooms][1], y[pairs][rooms][1]."""
    heaters = np.random.default_rng(seed)
    shares = mixing()
    temperatures = np.zeros((pairs + 1, ROOMS))
    for before, after in zip(temperatures[:-1], temperatures[1:]):
        # Sums in a written order: a plant, too, is to be the same on every machine.
        for room in range(ROOMS):
            after[room] = KEPT * sum(share * there for share, there in zip(shares[room], before)) + heaters.normal()
    return temperatures[:-1, :, np.newaxis].copy(), temperatures[1:, :, np.newaxis].copy()
