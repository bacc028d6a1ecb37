"""Conversion into canonical units."""

from __future__ import annotations

from collections.abc import Callable

from huicheng.city import UNITS, line
from huicheng.errors import Invalid
from huicheng.ingest import problem as says
from huicheng.ingest.problem import Flaw, shown


def conversion(delivered: str, canonical: str) -> Callable[[float], float]:
    """A function from one unit to the other; raises :class:`Flaw` when there is none."""
    if delivered not in UNITS:
        raise Flaw(says.UNKNOWN_UNIT, "/unitCode", unit=shown(delivered), wanted=canonical)
    try:
        scale, offset = line(delivered, canonical)
    except Invalid:
        raise Flaw(says.WRONG_UNIT, "/unitCode", unit=delivered, wanted=canonical) from None
    if offset:
        return lambda value: value * scale + offset
    return lambda value: value * scale
