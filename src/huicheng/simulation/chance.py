"""Chance that comes again: every course is made of a seed and nothing else."""

from __future__ import annotations

import math
import random


class Wander:
    """A first-order autoregressive course, AR(1), around 0 with spread 1.

    ``kept`` is the share of a deviation that is left after ``period`` seconds; between, it fades exponentially, so
    that the course has the same statistics whatever the step.
    """

    def __init__(self, seed: str, *, kept: float, period: float) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a model's noise, which shall come again
        self._rate = -math.log(min(max(kept, 1e-6), 1 - 1e-9)) / period
        self.value = self._chance.gauss(0.0, 1.0)

    def advance(self, seconds: float) -> float:
        """The value after so many seconds."""
        kept = math.exp(-self._rate * seconds)
        self.value = kept * self.value + math.sqrt(1 - kept * kept) * self._chance.gauss(0.0, 1.0)
        return self.value


def eased(now: float, aim: float, seconds: float, lag: float) -> float:
    """``now`` on its way to ``aim``: after ``lag`` seconds about two thirds of the way are done."""
    return aim + (now - aim) * math.exp(-seconds / lag)
