"""Open cases that may say the same as a new one: by text, place, category and time. A person decides (W4.1, Q3).

Only columns that the guard shows are compared, so nobody learns by asking what a hidden text says.
Merging is an action of the kind's table (a form field of kind ``case``), and so is taking it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, radians

import msgspec
from django.db import models

from huicheng.access import Guard, visible_columns
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Case, CaseRows
from huicheng.cases.times import case_now
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Instant
from huicheng.fulltext import indexed

#: Parameters of the district: further apart, or older, is another matter.
_METRES, _DAYS = 300.0, 14.0
#: What each part is worth, and from which sum on a case is shown.
_OF_TEXT, _OF_PLACE, _OF_CATEGORY, _OF_TIME = 0.4, 0.3, 0.2, 0.1
_ENOUGH = 0.45
_MOST_COMPARED, _MOST_SHOWN = 400, 5
_DAY = 86_400_000_000
_DEGREE = 111_320.0


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has to say, before or after it is a case."""

    kind: str
    category: str
    text: str
    place: tuple[float, float] | None = None
    division: str = ""
    at: Instant
    #: Primary key of the case that it is already; ``None`` before it is filed.
    case: int | None = None


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """A case that may be the same, and why."""

    case: Case
    #: 0 to 1.
    score: float
    #: Metres apart; ``None`` when one of the places is not known or not shown.
    metres: float | None
    #: Share of the texts' pairs of signs that both have; ``None`` when the text is not shown.
    text: float | None
    days: float
    same_category: bool


def matter_of(case: Case) -> Matter:
    """A case as something to find duplicates of."""
    placed = case.longitude is not None and case.latitude is not None
    return Matter(
        kind=case.kind,
        category=case.category,
        text=f"{case.title} {case.description}",
        place=(case.longitude, case.latitude) if placed else None,  # type: ignore[arg-type]  # both are there
        division=case.division,
        at=case.opened_at,
        case=case.pk,
    )


def similar(matter: Matter, guard: Guard) -> list[Likeness]:
    """The likeliest first; none for a confidential kind, and never one."""
    if kind_of(matter.kind).confidential:
        return []
    words = _words(matter.text)
    found = (_compared(matter, words, case, guard) for case in _near(matter, guard))
    likely = [one for one in found if one.score >= _ENOUGH]
    return sorted(likely, key=lambda one: -one.score)[:_MOST_SHOWN]


def _near(matter: Matter, guard: Guard) -> CaseRows:
    """Open cases near in place; without a place those of the division and category; newest first."""
    since = matter.at - round(_DAYS * _DAY)
    open_kinds = [name for name, kind in kinds().items() if not kind.confidential]
    rows = Case.objects.visible_to(guard).filter(
        closed_at=None, merged_into=None, kind__in=open_kinds, opened_at__gte=since, opened_at__lte=matter.at + _DAY
    )
    if matter.case is not None:
        rows = rows.exclude(pk=matter.case)
    if matter.place is None:
        rows = rows.filter(kind=matter.kind, category=matter.category, division=matter.division)
    else:
        rows = rows.filter(_box(matter.place))
    return rows.order_by("-opened_at")[:_MOST_COMPARED]


def _box(place: tuple[float, float]) -> models.Q:
    longitude, latitude = place
    high = _METRES / _DEGREE
    wide = high / max(cos(radians(latitude)), 0.01)
    return models.Q(
        latitude__range=(latitude - high, latitude + high), longitude__range=(longitude - wide, longitude + wide)
    )


def _compared(matter: Matter, words: frozenset[str], case: Case, guard: Guard) -> Likeness:
    columns = visible_columns(guard, RESOURCE, values_of(case))
    text = _shared(words, _words(_shown_text(case, columns)))
    metres = _metres(matter.place, case) if columns is None or "location" in columns else None
    days = abs(matter.at - case.opened_at) / _DAY
    score = (
        _OF_TEXT * (text or 0.0)
        + _OF_PLACE * (0.0 if metres is None else max(0.0, 1 - metres / _METRES))
        + _OF_CATEGORY * _alike(matter, case)
        + _OF_TIME * max(0.0, 1 - days / _DAYS)
    )
    same = (case.kind, case.category) == (matter.kind, matter.category)
    return Likeness(case=case, score=score, metres=metres, text=text, days=days, same_category=same)


def _shown_text(case: Case, columns: frozenset[str] | None) -> str:
    names: Sequence[str] = ("title", "description")
    return " ".join(getattr(case, name) for name in names if columns is None or name in columns)


def _words(text: str) -> frozenset[str]:
    return frozenset(indexed(text).split())


def _shared(one: frozenset[str], other: frozenset[str]) -> float | None:
    """Dice's coefficient; ``None`` when there is nothing to compare."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else None


def _metres(place: tuple[float, float] | None, case: Case) -> float | None:
    if place is None or case.longitude is None or case.latitude is None:
        return None
    longitude, latitude = place
    east = (case.longitude - longitude) * _DEGREE * cos(radians(latitude))
    return hypot(east, (case.latitude - latitude) * _DEGREE)


def _alike(matter: Matter, case: Case) -> float:
    """1 for the same category, a half for one of the same big class."""
    if (case.kind, case.category) == (matter.kind, matter.category):
        return 1.0
    group = category_of(matter.kind, matter.category).group
    return 0.5 if group and group == category_of(case.kind, case.category).group else 0.0


def duplicates_of(case: Case, guard: Guard) -> list[Likeness]:
    """What the case page shows of a case that is open."""
    if case.closed_at is not None:
        return []
    found = similar(matter_of(case), guard)
    others = (one for one in found if not _of_one_family(one.case, case))
    return [one for one in others if one.case.opened_at <= max(case.opened_at, case_now())]


def _of_one_family(one: Case, other: Case) -> bool:
    """A case and its sub-cases say the same, and are no duplicates."""
    families = {one.parent_id or one.pk, other.parent_id or other.pk}
    return len(families) == 1
