"""One simulated street light: on at dusk, less late at night, off at dawn, and in between as it is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huicheng.simulation.model import Value
from huicheng.simulation.placement import Place

_DAY = 86_400.0
#: Seconds of the day. Of an example district, and the same all year.
_DAWN, _DUSK, _LATE = 6.5 * 3600, 18.5 * 3600, 23.5 * 3600
#: What it shines with late at night, and its power at full light (W).
_LESS, _POWER = 0.5, 120.0

BROKEN = "灯具故障 · the lamp is defective"
_DARK = "灯未亮，不能调光 · the lamp is off, so it cannot be dimmed"


@dataclass(kw_only=True)
class Lamp:
    """Levels are shares of full light, 0 to 1; moments are seconds since Monday, 0 o'clock."""

    #: Key of its street.
    street: str
    place: Place
    broken: bool
    #: As it was ordered; ``None`` = as its clock has it.
    ordered: float | None = None

    def level(self, moment: float) -> float:
        """How bright it is."""
        if self.broken:
            return 0.0
        return scheduled(moment) if self.ordered is None else self.ordered

    def pass_time(self, before: float, after: float) -> None:
        """An order holds until the clock next switches lamps on or off."""
        if _switchings(after) != _switchings(before):
            self.ordered = None

    def switch(self, value: Any) -> str:
        """``on`` or ``off``; why it cannot be done, "" when it is."""
        if value not in {"on", "off"}:
            return f"只能开或关 · on or off, not {value}"
        if self.broken and value == "on":
            return BROKEN
        self.ordered = 1.0 if value == "on" else 0.0
        return ""

    def dim(self, value: Any, moment: float) -> str:
        """To a level; a lamp that is off stays off."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            return f"亮度须在 0 与 1 之间 · a level is between 0 and 1, not {value}"
        if self.broken:
            return BROKEN
        if self.level(moment) == 0:
            return _DARK
        self.ordered = float(value)
        return ""

    def reading(self, moment: float) -> dict[str, Value]:
        """What its controller reports."""
        level = self.level(moment)
        return {
            "powerState": ("on" if level > 0 else "off", ""),
            "status": ("defectiveLamp" if self.broken else "ok", ""),
            "illuminanceLevel": (round(level, 3), "C62"),
            "powerConsumption": (round(level * _POWER, 1), "WTT"),
        }


def scheduled(moment: float) -> float:
    """What the clock says."""
    of_day = moment % _DAY
    if _DAWN <= of_day < _DUSK:
        return 0.0
    return 1.0 if _DUSK <= of_day < _LATE else _LESS


def _switchings(moment: float) -> float:
    """How often the clock has switched lamps on or off until then."""
    return (moment - _DAWN) // _DAY + (moment - _DUSK) // _DAY
