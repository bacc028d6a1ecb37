"""What pages show of indicators: the newest figures, and one run opened to its rows (N4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huicheng.errors import NotFound
from huicheng.indicators.declared import indicators
from huicheng.indicators.models import Run, RunRow
from huicheng.packs import Indicator, IndicatorVersion

_TREND = 12


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator with its newest run; ``run`` is ``None`` before the first calculation."""

    #: ``pack/indicator``.
    indicator: str
    declared: Indicator
    run: Run | None
    #: Newest run of each of the last periods, oldest first.
    trend: Sequence[Run]

    @property
    def on_target(self) -> bool | None:
        """``None`` when there is no target, or no value."""
        target, value = self.declared.target, self.run.value if self.run else None
        if target is None or value is None:
            return None
        return float(value) >= target if self.declared.direction == "up" else float(value) <= target


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run with all that it rests on."""

    run: Run
    declared: Indicator
    #: The formula as text and in words.
    version: IndicatorVersion
    rows: Sequence[RunRow]
    #: False: so many runs have followed that this one keeps only its counts and their digest.
    rows_kept: bool
    #: The same period's other runs, newest first.
    others: Sequence[Run]


def latest() -> list[Figure]:
    """Every indicator, in the packs' order."""
    return [figure(name) for name in indicators()]


def figure(indicator: str) -> Figure:
    """One indicator; ``NotFound``."""
    declared = _declared(indicator)
    newest: dict[str, Run] = {}
    runs = Run.objects.filter(indicator=indicator).order_by("-period_start", "-ordinal")
    for run in runs.iterator():
        newest.setdefault(run.period, run)
        if len(newest) == _TREND:
            break
    trend = list(reversed(newest.values()))
    return Figure(indicator=indicator, declared=declared, run=trend[-1] if trend else None, trend=trend)


def run(id: str) -> RunReport:
    """One run, opened; ``NotFound``."""
    found = Run.objects.filter(pk=id).first()
    if found is None:
        raise NotFound(what="run", key=id)
    declared = _declared(found.indicator)
    version = next((one for one in declared.versions if one.version == found.version), None)
    if version is None:
        raise NotFound(what="formula version", key=f"{found.indicator} {found.version}")
    others = Run.objects.filter(indicator=found.indicator, period=found.period).exclude(pk=id)
    rows = list(found.rows.all())
    return RunReport(
        run=found,
        declared=declared,
        version=version,
        rows=rows,
        rows_kept=len(rows) == found.denominator,
        others=list(others),
    )


def _declared(indicator: str) -> Indicator:
    declared = indicators().get(indicator)
    if declared is None:
        raise NotFound(what="indicator", key=indicator)
    return declared
