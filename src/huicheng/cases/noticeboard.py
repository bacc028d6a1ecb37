"""Notices as officers read them: of their own cases, of their unit, of those below; read, or not yet (督办, 预警)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from huicheng.access import Guard, Subject
from huicheng.cases.models import CaseNotice, NoticeRead, NoticesRead
from huicheng.cases.times import case_now
from huicheng.cases.visibility import rows_where

#: What is older stands on the page of its case.
DAYS = 30
#: More are not counted.
COUNTED = 99
_DAY = 86_400_000_000
_ON_A_PAGE = 25


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """One page of notices, the newest first."""

    #: Each with its ``case``.
    notices: list[CaseNotice]
    #: Ids of those that the subject has read.
    read: frozenset[int]
    #: 1, 2, 3 ...
    number: int
    follows: bool


def scopes_of(subject: Subject) -> dict[str, Sequence[str]]:
    """Tab → codes of the units whose notices it holds; none for who is in no unit."""
    if not subject.unit:
        return {}
    below = [code for code in subject.units if code != subject.unit]
    return {"unit": [subject.unit], "mine": [subject.unit], **({"below": below} if below else {})}


def board(guard: Guard, scope: str, number: int) -> Board:
    """The notices of a tab, about cases that the guard shows."""
    rows = _of_scope(guard, scope)
    first = (number - 1) * _ON_A_PAGE
    found = list(rows.select_related("case")[first : first + _ON_A_PAGE + 1])
    shown = found[:_ON_A_PAGE]
    return Board(notices=shown, read=_read(guard.subject, shown), number=number, follows=len(found) > len(shown))


def unread(guard: Guard, scope: str = "unit") -> int:
    """How many of a tab the subject has not read, at most one more than :data:`COUNTED`."""
    rows = _of_scope(guard, scope).filter(pk__gt=_read_up_to(guard.subject))
    mine = NoticeRead.objects.filter(subject=guard.subject.id).values("notice_id")
    return rows.exclude(pk__in=mine)[: COUNTED + 1].count()


def read_one(guard: Guard, notice: int) -> None:
    """The subject has read it; nothing happens for one that they could not read."""
    of_mine = any(_of_scope(guard, scope).filter(pk=notice).exists() for scope in scopes_of(guard.subject))
    if of_mine:
        NoticeRead.objects.get_or_create(subject=guard.subject.id, notice_id=notice)


def read_all(subject: Subject) -> None:
    """The subject has read all that there is until now."""
    newest = CaseNotice.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        NoticesRead.objects.update_or_create(subject=subject.id, defaults={"up_to": newest})
        NoticeRead.objects.filter(subject=subject.id).delete()


def _of_scope(guard: Guard, scope: str) -> QuerySet[CaseNotice]:
    units = scopes_of(guard.subject).get(scope, ())
    rows = CaseNotice.objects.filter(unit__in=units, at__gte=case_now() - DAYS * _DAY)
    if scope == "mine":
        rows = rows.filter(case__assignee=guard.subject.id)
    # The guard's SQL speaks of the table of cases, which asking for its number joins under its own name.
    rows, shown = rows.filter(case__number__gt=""), rows_where(guard, connection.vendor)
    return rows if shown is None else rows.filter(shown)


def _read_up_to(subject: Subject) -> int:
    return NoticesRead.objects.filter(subject=subject.id).values_list("up_to", flat=True).first() or 0


def _read(subject: Subject, notices: Sequence[CaseNotice]) -> frozenset[int]:
    keys, up_to = [one.pk for one in notices], _read_up_to(subject)
    single = NoticeRead.objects.filter(subject=subject.id, notice_id__in=keys).values_list("notice_id", flat=True)
    return frozenset({*single, *(key for key in keys if key <= up_to)})
