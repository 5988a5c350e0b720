"""Simulated annealing by the clock or by steps: compiled code is run piece by piece while it cools."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Clock", "Cooling"]

type Clock = Callable[[], float]
"""Seconds: of the wall (``time.monotonic``) or of this thread (``time.thread_time``)."""

_FIRST_STEPS = 200
_PIECE_S = 0.05


@dataclass(frozen=True, slots=True)
class Cooling:
    """From `hot` to `cold`, in the units of the cost, until seconds or steps are over.

    Attributes
    ----------
    seconds
        Limit by `clock`.
    steps
        Limit on the plans looked at.
    by_steps
        Cool by the steps alone, so that a search that ends by them gives the
        same plan on every machine.
    """

    hot: float
    cold: float
    seconds: float
    steps: int
    by_steps: bool = False
    clock: Clock = time.monotonic

    def run(self, piece: Callable[[int, float, float], None]) -> None:
        """Call ``piece(steps, from, to)`` again and again until the time is over."""
        began, done, size, progress = self.clock(), 0, _FIRST_STEPS, 0.0
        while progress < 1 and self.seconds > 0 and self.steps > 0:
            size = min(size, self.steps - done)
            before = self.clock()
            part = size / self.steps
            ahead = part if self.by_steps else max(part, _PIECE_S / self.seconds)
            piece(size, self._heat(progress), self._heat(min(1.0, progress + ahead)))
            done += size
            now = self.clock()
            gone, part = (now - began) / self.seconds, done / self.steps
            progress = max(gone, part) if gone >= 1 or not self.by_steps else part
            size = max(1, int(size * min(4.0, _PIECE_S / max(1e-6, now - before))))

    def _heat(self, progress: float) -> float:
        return self.hot * float((self.cold / self.hot) ** progress)
