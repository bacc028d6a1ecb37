"""Open cases that may say the same as a new one: by text, place, category and time. A person decides (W4.1, Q3).

Only columns that the guard shows are compared, so nobody learns by asking what a hidden text says.
Merging is an action of the kind's table (a form field of kind ``case``), and so is taking it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, hypot, radians
from typing import Any

import msgspec
from django.db import connections, models

from huicheng.access import Guard
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Case
from huicheng.cases.times import case_now
from huicheng.cases.visibility import shown_where
from huicheng.city import Instant
from huicheng.fulltext import indexed

#: Parameters of the district: further apart, or older, is another matter.
_METRES, _DAYS = 300.0, 14.0
#: What each part is worth, and from which sum on a case is shown.
_OF_TEXT, _OF_PLACE, _OF_CATEGORY, _OF_TIME = 0.4, 0.3, 0.2, 0.1
_ENOUGH = 0.45
_MOST_COMPARED, _MOST_SHOWN = 2_000, 5
_DAY = 86_400_000_000
_DEGREE = 111_320.0
_COMPARED = ("id", "kind", "category", "opened_at", "title", "description", "longitude", "latitude")
#: Whether a row may show it → the name that policies have for it.
_MASKED = {"shows_title": "title", "shows_description": "description", "shows_place": "location"}


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


class _Match(msgspec.Struct, frozen=True, kw_only=True):
    """How alike a case is, and why."""

    #: 0 to 1.
    score: float
    #: Metres apart; ``None`` when one of the places is not known or not shown.
    metres: float | None
    #: Share of the texts' pairs of signs that both have; ``None`` when the text is not shown.
    text: float | None
    days: float
    same_category: bool


class Likeness(_Match, frozen=True, kw_only=True):
    """A case that may be the same, and why."""

    case: Case


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
    found = ((row.id, _compared(matter, words, row)) for row in _near(matter, guard))
    likely = sorted((one for one in found if one[1].score >= _ENOUGH), key=lambda one: (-one[1].score, -one[0]))
    shown = likely[:_MOST_SHOWN]
    cases = Case.objects.in_bulk([pk for pk, _match in shown])
    return [Likeness(case=cases[pk], **msgspec.structs.asdict(match)) for pk, match in shown]


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """Of a case near by, what is compared; what the guard does not show is unknown."""

    id: int
    kind: str
    category: str
    opened_at: Instant
    text: str
    place: tuple[float, float] | None


def _near(matter: Matter, guard: Guard) -> Iterator[_Row]:
    """Open cases near in place that the guard shows; without a place those of the division and category."""
    seen = Case.objects.visible_to(guard).filter(pk__in=_placed(matter).values("pk")[:_MOST_COMPARED])
    return map(_row, seen.annotate(**_shown(guard)).values(*_COMPARED, *_MASKED))


def _placed(matter: Matter) -> models.QuerySet[Case]:
    """The newest first; a merged case is closed. Nothing is asked that has an index of its own.

    So the index of places (``case_open_place``) is taken, which leaves the fewest rows.
    """
    confidential = [name for name, kind in kinds().items() if kind.confidential]
    since = matter.at - round(_DAYS * _DAY)
    rows = Case.objects.filter(closed_at=None, opened_at__gte=since, opened_at__lte=matter.at + _DAY).exclude(
        kind__in=confidential
    )
    if matter.case is not None:
        rows = rows.exclude(pk=matter.case)
    if matter.place is None:
        rows = rows.filter(kind=matter.kind, category=matter.category, division=matter.division)
    else:
        rows = rows.filter(_box(matter.place))
    return rows.order_by("-opened_at", "-pk")


def _shown(guard: Guard) -> dict[str, models.expressions.BaseExpression]:
    """In which rows the guard shows what is compared, told by the database: rows are many, and policies long."""
    vendor = connections[Case.objects.db].vendor
    hidden = models.Value(value=False, output_field=models.BooleanField())
    return {key: shown_where(guard, vendor, name) or hidden for key, name in _MASKED.items()}


def _row(held: dict[str, Any]) -> _Row:
    texts = [held[name] for name in ("title", "description") if held[f"shows_{name}"]]
    placed = held["shows_place"] and held["longitude"] is not None and held["latitude"] is not None
    return _Row(
        **{name: held[name] for name in ("id", "kind", "category", "opened_at")},
        text=" ".join(texts),
        place=(held["longitude"], held["latitude"]) if placed else None,
    )


def _box(place: tuple[float, float]) -> models.Q:
    longitude, latitude = place
    high = _METRES / _DEGREE
    wide = high / max(cos(radians(latitude)), 0.01)
    return models.Q(
        latitude__range=(latitude - high, latitude + high), longitude__range=(longitude - wide, longitude + wide)
    )


def _compared(matter: Matter, words: frozenset[str], row: _Row) -> _Match:
    text = _shared(words, _words(row.text))
    metres = _metres(matter.place, row.place)
    days = abs(matter.at - row.opened_at) / _DAY
    score = (
        _OF_TEXT * (text or 0.0)
        + _OF_PLACE * (0.0 if metres is None else max(0.0, 1 - metres / _METRES))
        + _OF_CATEGORY * _alike(matter, row)
        + _OF_TIME * max(0.0, 1 - days / _DAYS)
    )
    same = (row.kind, row.category) == (matter.kind, matter.category)
    return _Match(score=score, metres=metres, text=text, days=days, same_category=same)


def _words(text: str) -> frozenset[str]:
    return frozenset(indexed(text).split())


def _shared(one: frozenset[str], other: frozenset[str]) -> float | None:
    """Dice's coefficient; ``None`` when there is nothing to compare."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else None


def _metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    if one is None or other is None:
        return None
    east = (other[0] - one[0]) * _DEGREE * cos(radians(one[1]))
    return hypot(east, (other[1] - one[1]) * _DEGREE)


def _alike(matter: Matter, row: _Row) -> float:
    """1 for the same category, a half for one of the same big class."""
    if (row.kind, row.category) == (matter.kind, matter.category):
        return 1.0
    group = category_of(matter.kind, matter.category).group
    return 0.5 if group and group == category_of(row.kind, row.category).group else 0.0


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
