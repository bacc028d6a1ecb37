"""Lists of cases by time left: what a guard shows, narrowed down, in pages, with honest counts.

A list is made in two steps. The first walks an index that holds all that policies and filters commonly ask
(``models.Case``), and finds the ids of one page; the second reads those rows. Counting stops at
:data:`COUNTED`, since nobody reads on, and the page then says "more than".
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from huicheng.access import Guard
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, CaseRows
from huicheng.cases.row_clock import RowClock, row_clock
from huicheng.cases.search import matching
from huicheng.cases.times import calendar, case_now
from huicheng.city import Instant
from huicheng.fulltext import sought

PAGE_SIZE = 25
#: Counted up to here; beyond it a list has "more than" so many.
COUNTED = 1_000


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases; empty means any."""

    #: In number, title, description or address, as far as the guard shows them.
    text: str = ""
    kind: str = ""
    category: str = ""
    state: str = ""
    source: str = ""
    #: Owner or handler is one of these units.
    units: tuple[str, ...] = ()
    #: Subjects of officers, one of whom has it.
    assignees: tuple[str, ...] = ()
    #: One of ``units`` or one of ``assignees``, instead of both.
    either: bool = False
    #: Escalated to one of these units.
    escalated_to: tuple[str, ...] = ()
    #: Code of a district, town or community; those below it belong to it.
    division: str = ""
    #: ``supervised``, ``urgent`` ...
    mark: str = ""
    #: ``models.Urgency``.
    warning: str = ""
    #: Opened from here on, and before.
    since: Instant | None = None
    until: Instant | None = None
    entity: str = ""
    alert: str = ""
    #: West, south, east, north (WGS 84).
    within: tuple[float, float, float, float] | None = None
    #: The limit of the case, or that of its stage, is past.
    overdue: bool = False
    #: Closed ones too.
    closed: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the inbox."""

    case: Case
    clock: RowClock


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; ``number`` counts from 1."""

    rows: list[Row]
    #: At most :data:`COUNTED`.
    total: int
    #: There are more than ``total``.
    more: bool
    number: int
    #: Another page follows.
    follows: bool


def inbox(guard: Guard, filters: Filters | None = None, page: int = 1, size: int = PAGE_SIZE) -> InboxPage:
    """The cases that the guard shows, by time left: running ones first, then paused, then closed."""
    rows = narrowed(guard, filters or Filters())
    number = max(1, page)
    first, after = (number - 1) * size, number * size
    # One walk finds the page and counts: asking twice would look for the words of a search twice.
    ids = list(in_turn(rows)[: max(COUNTED, after) + 1])
    if first >= len(ids) > 0:
        number = -(-len(ids) // size)
        first, after = (number - 1) * size, number * size
    return InboxPage(
        rows=rows_of(ids[first:after]),
        total=min(len(ids), COUNTED),
        more=len(ids) > COUNTED,
        number=number if ids else 1,
        follows=len(ids) > after,
    )


def in_turn(rows: CaseRows) -> Any:
    """Ids, the one with the least time left first."""
    return rows.order_by("turn", "number").values_list("pk", flat=True)


def rows_of(ids: list[int]) -> list[Row]:
    """Lines in the order of these ids; one that is gone meanwhile is left out."""
    found, now, days = Case.objects.in_bulk(ids), case_now(), calendar()
    return [Row(case=found[pk], clock=row_clock(found[pk], now, days)) for pk in ids if pk in found]


def counted(rows: CaseRows) -> tuple[int, bool]:
    """How many, up to :data:`COUNTED`, and whether there are more."""
    count = rows.order_by().values("pk")[: COUNTED + 1].count()
    return min(count, COUNTED), count > COUNTED


def narrowed(guard: Guard, filters: Filters) -> CaseRows:
    """What the guard shows of the cases, and the filters leave."""
    rows = Case.objects.visible_to(guard).filter(_equal(filters), _whose(filters), _when(filters), _where(filters))
    if filters.mark:
        # A list of keys as both databases write it.
        rows = rows.alias(marked=Cast("marks", TextField())).filter(marked__contains=f'"{filters.mark}"')
    if filters.text.strip():
        rows = rows.filter(matching(guard, sought(filters.text)))
    return rows


def _equal(filters: Filters) -> Q:
    wanted = {
        "kind": filters.kind,
        "category": filters.category,
        "state": filters.state,
        "source": filters.source,
        "warning": filters.warning,
        "entity_ref": filters.entity,
        "alert_id": filters.alert,
    }
    return Q(**{column: value for column, value in wanted.items() if value})


def _whose(filters: Filters) -> Q:
    units = Q(owner_unit__in=filters.units) | Q(handling_unit__in=filters.units) if filters.units else Q()
    people = Q(assignee__in=filters.assignees) if filters.assignees else Q()
    whose = units | people if filters.either else units & people
    return whose & Q(escalated_to__in=filters.escalated_to) if filters.escalated_to else whose


def _when(filters: Filters) -> Q:
    when = Q() if filters.closed or _is_final(filters.state) else Q(closed_at=None)
    if filters.overdue:
        # Of a clock that stands ``turn`` lies far ahead. The column is in the index, the due times are not.
        when &= Q(turn__lt=case_now())
    if filters.since is not None:
        when &= Q(opened_at__gte=filters.since)
    if filters.until is not None:
        when &= Q(opened_at__lt=filters.until)
    return when


def _is_final(state: str) -> bool:
    return any(state in kind.states and kind.states[state].final for kind in kinds().values())


def _where(filters: Filters) -> Q:
    where = Q(division__startswith=filters.division) if filters.division else Q()
    if filters.within is not None:
        west, south, east, north = filters.within
        where &= Q(longitude__range=(west, east), latitude__range=(south, north))
    return where
