"""An objection to a figure (申诉): a case about a case. Accepted, it takes that case out of one measure.

The objection is a case of kind ``city/objection`` whose ``refEntity`` is the case objected to. Its ``answers`` say
``measure`` and, once decided, ``verdict``; with ``scheme`` (``pack/kind/scheme``) it is about that scheme only, else
about every one that counts such cases by a contested measure of that name. Nothing is edited: the tables that it
changes are counted anew as runs that name the ones they replace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from huicheng.city import Entity, Instant
from huicheng.indicators.declared import schemes
from huicheng.indicators.evaluation import Counted, count, keep, kept, question_of
from huicheng.indicators.facts import number_of
from huicheng.indicators.models import Adjustment, CaseFact, EvaluationRun
from huicheng.indicators.periods import Period, period_of
from huicheng.indicators.spans import until

KIND = "city/objection"
ACCEPTED = "accepted"


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One that was accepted."""

    #: Number of the objection, itself a case.
    objection: str
    #: "" = every scheme that has the measure.
    scheme: str
    measure: str
    #: Number of the case that it is about.
    number: str


def accepted(entity: Entity) -> Objection | None:
    """What a Case entity says, where it is an objection that was accepted."""
    values = {name: held.content for name, held in entity.attributes.items() if not isinstance(held, list)}
    answers, about = values.get("answers"), values.get("refEntity")
    if values.get("kind") != KIND or not isinstance(answers, dict) or not isinstance(about, str):
        return None
    if answers.get("verdict") != ACCEPTED:
        return None
    said = {name: str(answers.get(name, "")) for name in ("scheme", "measure")}
    return Objection(objection=number_of(entity.id), number=number_of(about), **said)


def adjust(objection: Objection, at: Instant) -> None:
    """Write down what it changes, once; the tables follow in :func:`settle`. Its facts have been taken already."""
    fact = CaseFact.objects.filter(pk=objection.number).first()
    for key, declared in schemes().items():
        measure = declared.scheme.measures.get(objection.measure)
        counted = fact is not None and fact.kind in declared.kinds
        if counted and measure is not None and measure.contested and objection.scheme in {"", key}:
            Adjustment.objects.get_or_create(
                scheme=key,
                measure=objection.measure,
                number=objection.number,
                defaults={"objection": objection.objection, "at": at},
            )


def settle(now: Instant, zone: ZoneInfo) -> bool:
    """Count anew what the oldest uncounted adjustment changes; True when there was one."""
    adjustment = Adjustment.objects.filter(counted=False).order_by("pk").first()
    if adjustment is None:
        return False
    pairs = list(_pairs(adjustment, now, zone))
    with transaction.atomic():
        for before, after in pairs:
            keep(after, adjustment.objection, before=keep(before, "kept"))
        Adjustment.objects.filter(pk=adjustment.pk).update(counted=True)
    return True


def _pairs(adjustment: Adjustment, now: Instant, zone: ZoneInfo) -> Iterator[tuple[Counted, Counted]]:
    """Tables without and with the adjustment, of every period in which it makes a difference."""
    if adjustment.scheme not in schemes():
        return
    for period in _periods(adjustment, now, zone):
        before = count(question_of(adjustment.scheme, period, adjusted=adjustment.pk - 1), now)
        after = count(question_of(adjustment.scheme, period, adjusted=adjustment.pk), now)
        if before.digest != after.digest:
            yield before, after


def _periods(adjustment: Adjustment, now: Instant, zone: ZoneInfo) -> list[Period]:
    """The months of the case, and whatever a kept run stands for."""
    found = {(one.start, one.end): one for one in _months(adjustment.number, now, zone)}
    for run in kept(adjustment.scheme):
        period = Period(label=run.period, start=run.period_start, end=run.period_end, first_day=_day(run, zone))
        found.setdefault((period.start, period.end), period)
    return [found[key] for key in sorted(found)]


def _months(number: str, now: Instant, zone: ZoneInfo) -> Iterator[Period]:
    fact = CaseFact.objects.filter(pk=number).first()
    for at in (fact.opened_at, fact.due_at, fact.closed_at) if fact else ():
        if at is not None and at <= now:
            yield until(period_of(at, "month", zone), now)


def _day(run: EvaluationRun, zone: ZoneInfo) -> Any:
    return period_of(run.period_start, "day", zone).first_day
