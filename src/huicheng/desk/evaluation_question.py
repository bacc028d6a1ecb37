"""What the address of an evaluation page asks for, and whether this person may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.http import HttpRequest

from huicheng.access import Guard, allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import case_now
from huicheng.errors import NotFound, Refused
from huicheng.indicators.declared import Declared
from huicheng.indicators.evaluation import Counted, count, formulas_digest, newest, opened, question_of, run_of
from huicheng.indicators.models import EvaluationRun
from huicheng.indicators.periods import Period, period_of
from huicheng.indicators.spans import before, span, year_before
from huicheng.packs import BREAKDOWNS

RESOURCE = "Evaluation"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A table, counted: now, or when it was kept."""

    counted: Counted
    #: The kept run; ``None`` for what was counted now and is not kept.
    run: EvaluationRun | None
    guard: Guard

    @property
    def declared(self) -> Declared:
        return self.counted.question.declared

    @property
    def by(self) -> str:
        return self.counted.question.by

    def may(self, key: str | None) -> bool:
        """Whether this person may see one row; ``None``: all of them together."""
        return allows(self.guard, RESOURCE, facts_of(self.declared, self.by, key)) and self._of_the_unit()

    def _of_the_unit(self) -> bool:
        """A table of one unit's cases only, by whatever it is broken down, is that unit's row."""
        unit = self.counted.question.filters.get("unit")
        return unit is None or allows(self.guard, RESOURCE, facts_of(self.declared, "unit", unit))

    def demand(self, key: str | None) -> None:
        """``Refused`` for a row that this person may not see."""
        if not self.may(key):
            raise Refused(action="read", resource=RESOURCE)


def facts_of(declared: Declared, by: str, key: str | None) -> dict[str, Any]:
    """What policies read of a row of a table; unknown of the whole."""
    kind, _, scheme = declared.key.rpartition("/")
    return {"scheme": declared.key, "kind": kind, "name": scheme, "subject": by, "key": key or None}


def zone() -> ZoneInfo:
    """Where days begin and end."""
    return ZoneInfo(settings.TIME_ZONE)


def guard_of(request: HttpRequest, action: str = "read") -> Guard:
    """The guard of who asks, for evaluation; ``Refused`` where they may see none at all."""
    guard = guard_for(subject_of(request.user), action)
    if not guard.of(RESOURCE):
        demand(guard, action, RESOURCE)
    return guard


def asked(request: HttpRequest, key: str) -> Asked:
    """The table of ``?run=``, or of ``?period=&by=`` and filters, counted now. ``NotFound``, ``Invalid``."""
    guard, query = guard_of(request), request.GET
    if query.get("run"):
        return _kept(guard, key, query["run"])
    now = case_now()
    filters: dict[str, str] = {name: query.get(name, "") for name in BREAKDOWNS}
    question = question_of(key, span(label_of(query, now), now, zone()), by=query.get("by", ""), filters=filters)
    counted = count(question, now)
    run = EvaluationRun.objects.filter(pk=counted.id).first()
    return Asked(counted=opened(run) if run else counted, run=run, guard=guard)


def _kept(guard: Guard, key: str, id: str) -> Asked:
    run = run_of(id)
    if run.scheme != key:
        raise NotFound(what="run", key=id)
    return Asked(counted=opened(run), run=run, guard=guard)


def label_of(query: Mapping[str, str], now: int) -> str:
    """The period's label: two days, or a name; this month where nothing is said."""
    if query.get("from") and query.get("to"):
        return f"{query['from']}/{query['to']}"
    return query.get("period") or period_of(now, "month", zone()).label


def earlier(asked: Asked, which: str) -> Counted | None:
    """The same table a period or a year before; ``None`` where it is not wanted. A kept one is not counted again."""
    compared = {"before": before, "year": year_before}.get(which)
    if compared is None:
        return None
    question = asked.counted.question
    period: Period = compared(question.period, zone())
    plain = not question.filters and question.by == question.declared.scheme.subject
    run = newest(question.declared.key, period) if plain else None
    if run is not None and run.formulas_id == formulas_digest(question.declared.scheme):
        return opened(run)
    again = msgspec.structs.replace(question, period=period, seq=None)
    return count(again, case_now())
