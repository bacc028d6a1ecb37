"""Tables of the week, worked out of real data by ``tools/simulation/profiles.py``, and courses made of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import msgspec

from huicheng.simulation.chance import Wander

_HOURS = 168
_HOUR = 3600.0
_Week = Annotated[list[float | None], msgspec.Meta(min_length=_HOURS, max_length=_HOURS)]


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity by the hour of the week (0 = Monday, 0 to 1 o'clock, local time)."""

    #: How series were made comparable.
    scaled: str
    #: ``linear``, or ``log``: mean and spread are of the natural logarithm.
    scale: str
    #: Seconds after which ``kept`` is left of a deviation.
    step: float
    kept: float
    #: Empty where there was no value.
    mean: _Week
    spread: _Week
    count: list[int]


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    source: str
    made_by: str
    quantities: dict[str, Quantity]


def read_profiles(file: str) -> Profiles:
    """A table of a pack."""
    return msgspec.json.decode(Path(file).read_bytes(), type=Profiles)


def filled(quantity: Quantity, other: Quantity) -> Quantity:
    """``quantity``, with ``other`` in those hours for which it has nothing."""
    pairs = zip(quantity.mean, other.mean, strict=True)
    spreads = zip(quantity.mean, quantity.spread, other.spread, strict=True)
    return msgspec.structs.replace(
        quantity,
        mean=[theirs if own is None else own for own, theirs in pairs],
        spread=[theirs if mean is None else own for mean, own, theirs in spreads],
    )


class Course:
    """One series after a quantity's profile: the mean of the hour, and a deviation that fades as the real ones do.

    ``swing`` weakens the deviations: a table's spread is between places as much as in time, and one place is not all
    of them.
    """

    def __init__(self, quantity: Quantity, seed: str, *, swing: float = 1.0) -> None:
        self._quantity = quantity
        self._swing = swing
        self._wander = Wander(seed, kept=quantity.kept, period=quantity.step)

    def advance(self, seconds: float) -> None:
        self._wander.advance(seconds)

    def at(self, moment: float) -> float:
        """The value at a moment (seconds since Monday, 0 o'clock), between two hours by a straight line."""
        hour, share = divmod(moment / _HOUR - 0.5, 1)
        now, then = int(hour) % _HOURS, int(hour + 1) % _HOURS
        mean = self._between(self._quantity.mean, now, then, share)
        spread = self._between(self._quantity.spread, now, then, share)
        value = mean + self._swing * spread * self._wander.value
        return math.exp(value) if self._quantity.scale == "log" else value

    @staticmethod
    def _between(week: list[float | None], now: int, then: int, share: float) -> float:
        return (week[now] or 0.0) * (1 - share) + (week[then] or 0.0) * share
