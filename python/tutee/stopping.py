"""What ends a training by pairs that it does not see, and the student that was best on them."""

import math
import warnings
from dataclasses import dataclass

from ._c import Error


class Kept:
    """The student whose loss of pairs held out was the least at any look."""

    def __init__(self, save, first: int):
        self.save, self.first, self.step, self.loss, self.snapshot = save, first, first, math.inf, None

    def keep(self, step: int, loss: float) -> None:
        self.step, self.loss, self.snapshot = step, loss, self.save()

    def outlives(self, error: Error, steps: int) -> bool:
        """Whether a student that has learned is kept from before a training diverged, which is then told as a warning."""
        if error.status != Error.DIVERGED or self.step <= self.first:
            return False
        told = f"training diverged after {steps} steps; reported is the student after {self.step}, which did best of pairs held out before"
        warnings.warn(told, RuntimeWarning, stacklevel=4)
        return True

    def is_better(self, loss: float | None) -> bool:
        return self.snapshot is not None and loss is not None and self.loss < loss


@dataclass(frozen=True)
class Stop:
    """What a training stops at before its last step, in the loss of pairs that it does not see."""

    loss: float | None
    relative: float | None
    rising: float | None
    every: int
    #: Whether the student that had the least loss is kept.
    best: bool

    @classmethod
    def of(cls, held_out: bool, loss, relative, rising, every, best) -> "Stop":
        goals = ("stop_loss", loss, math.inf), ("stop_relative", relative, 1.0), ("stop_rising", rising, math.inf)
        for name, goal, most in goals:
            if goal is not None and not held_out:
                raise ValueError(f"{name}: looks at pairs that training does not see; expected test_x and test_y with it")
            if goal is not None and not 0 <= goal <= most:
                raise ValueError(f"{name}: {goal}; expected a number from 0{'' if most == math.inf else ' to 1'}")
        if best and not held_out:
            raise ValueError("best: looks at pairs that training does not see; expected test_x and test_y with it")
        if every is not None and not best and all(goal is None for _, goal, _ in goals):
            raise ValueError("stop_every: looks at nothing; expected stop_loss, stop_relative, stop_rising or best with it")
        if every is not None and every < 1:
            raise ValueError(f"stop_every: {every}; expected a number from 1")
        return cls(loss, relative, rising, 100 if every is None else every, bool(best))

    def watch(self, measure, kept: Kept, losses: list):
        """What says after each step whether it ends there, and by what; None where it goes on. Keeps the best student where that is wanted,
        and adds to `losses` what it sees, rows (step, loss)."""
        seen = []

        def ends(step: int) -> str | None:
            if not (self.best or (self.loss, self.relative, self.rising) != (None, None, None)) or step % self.every:
                return None
            now = measure()
            if not math.isfinite(now):
                return None if self.rising is None else "test_loss_rises"
            losses.append((step, now))
            if self.best and (not seen or now < seen[1]):
                kept.keep(step, now)
            first, least = seen or (now, now)
            seen[:] = first, min(least, now)
            if (self.loss is not None and now <= self.loss) or (self.relative is not None and now <= self.relative * first):
                return "test_loss"
            return "test_loss_rises" if self.rising is not None and now > least * (1 + self.rising) else None

        return ends
