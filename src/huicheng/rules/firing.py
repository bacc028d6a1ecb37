"""From a row at which a rule fires to what an episode keeps of it."""

from __future__ import annotations

from typing import Any

from huicheng.city import Instant
from huicheng.rules.evidence import Firing, Item
from huicheng.rules.program import Program
from huicheng.rules.verdicts import Verdicts


def firing(program: Program, verdicts: Verdicts, row: int, at: Instant, items: tuple[Item, ...]) -> Firing:
    """One firing row with its figures; ``at`` is its instant, or its period's start."""
    figures = verdicts.figures_at(row)
    return Firing(
        at=at,
        severity=int(verdicts.severity[row]),
        excess=_excess(program, figures),
        figures=figures,
        items=items,
    )


def _excess(program: Program, figures: dict[str, Any]) -> float:
    """Distance of what is measured from the limit, whichever side is the bad one."""
    measured = figures.get("value" if program.schedule else program.triggers[0])
    if not isinstance(measured, (int, float)):
        return 0.0
    limit = figures.get(program.limit) if program.limit else None
    return abs(float(measured) - float(limit or 0.0))
