"""The Jin river as one linear reservoir: it rises with the rain, and falls slowly.

A sketch with example figures, not a rating of the real river: base flow, catchment and fall-time are chosen so that an
hour of heavy rain lifts it by about two metres, and a dry day takes most of that away again.
"""

from __future__ import annotations

import math

from huicheng.simulation.chance import Wander, eased

#: m³/s in dry weather; m² of catchment whose run-off arrives; share of rain that runs off; seconds until it has.
_BASE, _CATCHMENT, _RUNOFF, _LAG = 38.0, 60e6, 0.35, 10_800.0
#: Discharge = a (level)^b: example rating.
_RATING, _POWER = 22.0, 1.6
_SPREAD, _KEPT, _DAY = 0.05, 0.37, 86_400.0
#: Share of the discharge at each gauge, from the upper one to the lower.
_SHARES = (0.82, 0.93, 1.0)


class River:
    """Discharge and level at gauges along it."""

    def __init__(self, seed: str) -> None:
        self._wander = Wander(f"{seed}:river", kept=_KEPT, period=_DAY)
        self._runoff = 0.0
        self._drains = 0.0

    def advance(self, seconds: float, rain: float, drains: float) -> None:
        """``rain`` in mm/h, ``drains`` in m³/s from the outlets."""
        self._wander.advance(seconds)
        self._runoff = eased(self._runoff, rain / 3.6e6 * _CATCHMENT * _RUNOFF, seconds, _LAG)
        self._drains = drains

    def at(self, gauge: int) -> tuple[float, float]:
        """Level in metres above the gauge's zero, and discharge in m³/s."""
        flow = _BASE * max(0.2, 1 + _SPREAD * self._wander.value) + self._runoff
        flow = flow * _SHARES[min(gauge, len(_SHARES) - 1)] + (self._drains if gauge else 0.0)
        return math.pow(flow / _RATING, 1 / _POWER), flow

    @property
    def rise(self) -> float:
        """Metres above its level in dry weather, at the outlets."""
        return max(0.0, self.at(1)[0] - math.pow(_BASE * _SHARES[1] / _RATING, 1 / _POWER))
