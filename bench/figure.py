"""One measured figure, and how it is printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A value beside what the machine itself can do in the same run."""

    name: str
    value: float
    unit: str
    #: What it shall be, and whether it is.
    target: str
    met: bool
    #: The same work without the platform; ``None`` where there is no such thing.
    raw: float | None = None
    raw_is: str = ""
    #: value / raw.
    ratio: float | None = None
    details: dict[str, Any] = {}

    def __str__(self) -> str:
        mark = "met   " if self.met else "MISSED"
        lines = [f"{mark} {self.name}: {self.value:,.4g} {self.unit}  ({self.target})"]
        if self.raw is not None:
            ratio = "" if self.ratio is None else f", ratio {self.ratio:.2f}"
            lines.append(f"       raw: {self.raw:,.4g} {self.unit}  ({self.raw_is}{ratio})")
        lines += [f"       {name}: {shown(value)}" for name, value in self.details.items()]
        return "\n".join(lines)


def shown(value: Any) -> str:
    """A detail for people."""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 6)) - 1)]
