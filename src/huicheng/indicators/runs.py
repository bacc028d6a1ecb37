"""Calculating a figure, and keeping the run when it says something new."""

from __future__ import annotations

from uuid import uuid4

import msgspec
from django.db import transaction

from huicheng.city import Instant
from huicheng.indicators.counting import Counted, count, digest
from huicheng.indicators.formula import formula, rate, version_on
from huicheng.indicators.models import Run, RunRow
from huicheng.indicators.periods import Period
from huicheng.packs import Indicator
from huicheng.stores import Blocking

#: Runs of one period that keep their rows. Each changed case makes a run, so all rows of all runs of a month
#: would grow with the square of its cases; older ones keep their counts and the digest over the rows.
ROWS_OF = 20


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of an indicator gave over one period."""

    #: ``pack/indicator``.
    indicator: str
    version: int
    period: Period
    rows: list[Counted]

    @property
    def digest(self) -> str:
        return digest(self.indicator, self.version, self.period.label, self.rows)


def calculate(store: Blocking, name: str, indicator: Indicator, period: Period) -> Calculation | None:
    """Count it now; ``None`` when no version held at the period's beginning."""
    version = version_on(indicator, period.first_day)
    if version is None:
        return None
    rows = count(store, indicator.over, formula(version, period, place=f"{name} version {version.version}"))
    return Calculation(indicator=name, version=version.version, period=period, rows=rows)


def keep(calculation: Calculation, at: Instant) -> Run | None:
    """Store it as a run with its rows, unless the newest run says the same. ``at``: case clock."""
    with transaction.atomic():
        newest = Run.objects.filter(indicator=calculation.indicator, period=calculation.period.label).first()
        if newest is not None and newest.digest == calculation.digest:
            return None
        run = _run(calculation, at, ordinal=newest.ordinal + 1 if newest else 1)
        run.save(force_insert=True)
        RunRow.objects.bulk_create(
            RunRow(run=run, entity=row.entity, version=row.version, in_numerator=row.in_numerator)
            for row in calculation.rows
        )
        _let_go(run)
    return run


def _let_go(newest: Run) -> None:
    """The rows of runs of the same period that many others have followed."""
    old = Run.objects.filter(
        indicator=newest.indicator, period=newest.period, ordinal__lte=newest.ordinal - ROWS_OF, rows__isnull=False
    )
    RunRow.objects.filter(run__in=old.distinct()).delete()


def _run(calculation: Calculation, at: Instant, ordinal: int) -> Run:
    numerator, denominator = sum(row.in_numerator for row in calculation.rows), len(calculation.rows)
    return Run(
        id=uuid4().hex,
        indicator=calculation.indicator,
        version=calculation.version,
        period=calculation.period.label,
        ordinal=ordinal,
        period_start=calculation.period.start,
        period_end=calculation.period.end,
        numerator=numerator,
        denominator=denominator,
        value=rate(numerator, denominator),
        calculated_at=at,
        digest=calculation.digest,
    )
