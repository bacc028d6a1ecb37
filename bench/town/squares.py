"""Where cases of the town lie: anywhere, or at one of a few squares where much is reported."""

from __future__ import annotations

import random

from bench.stations import EAST, NORTH, SOUTH, WEST

#: Longitude and latitude of their middles.
SQUARES = [(109.0 + 0.1 * n, 27.5 + 0.1 * n) for n in range(5)]
#: What share of all cases lies in one of them, and half their width in degrees (some 130 m).
_SHARE, _HALF = 0.05, 0.0012


def place(dice: random.Random) -> tuple[float, float]:
    """Longitude and latitude of a case."""
    if dice.random() >= _SHARE:
        return dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH)
    longitude, latitude = dice.choice(SQUARES)
    return longitude + dice.uniform(-_HALF, _HALF), latitude + dice.uniform(-_HALF, _HALF)
