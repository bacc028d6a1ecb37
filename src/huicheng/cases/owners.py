"""Which unit answers for a case: by the thing, by the place, or by its category (部件先属主, 事件先属地).

The order comes from the category's ``owner_by``. What leads nowhere (a thing without a keeper, a place
for which no row speaks, a unit that does not exist here) is passed over; the category's own unit is last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import msgspec
from django.db import transaction
from django.db.models import Q

from huicheng.accounts.models import Unit
from huicheng.cases.areas import NOWHERE, Areas
from huicheng.cases.kinds import category_of
from huicheng.cases.models import Responsibility
from huicheng.cases.times import calendar, case_now
from huicheng.city import Entity, from_micros
from huicheng.packs import Category, DemoResponsibility, Pack
from huicheng.platform import current
from huicheng.stores import Blocking

#: Who keeps a thing, who owns it, who supervises it: attributes of a part (养护, 权属, 主管), in this order.
KEEPERS = ("maintainerCode", "ownerCode", "managerCode")


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a case when somebody must answer for it."""

    kind: str
    category: str
    areas: Areas = NOWHERE
    #: As it was said; the place's own where nobody did.
    division: str = ""
    entity_ref: str = ""
    #: The thing, where the caller has it at hand.
    thing: Entity | None = None


def owner_of(  # noqa: PLR0913 - what a filing knows, name by name
    kind: str,
    category: str,
    *,
    areas: Areas = NOWHERE,
    division: str = "",
    entity_ref: str = "",
    thing: Entity | None = None,
) -> str:
    """Code of the unit that answers. ``NotFound`` for a kind or a category that is none."""
    sought = Sought(
        kind=kind,
        category=category,
        areas=areas,
        division=division or areas.division,
        entity_ref=entity_ref,
        thing=thing,
    )
    declared = category_of(kind, category)
    for way in _WAYS[declared.owner_by]:
        for unit in way(sought, declared):
            if Unit.objects.filter(code=unit).exists():
                return unit
    return declared.owner_unit


def _by_thing(sought: Sought, _: Category) -> Iterator[str]:
    thing = sought.thing
    if thing is None and sought.entity_ref:
        stored = Blocking(current().store).get(sought.entity_ref)
        thing = stored.entity if stored else None
    for name in KEEPERS:
        held = thing.attributes.get(name) if thing else None
        if held is not None and not isinstance(held, list) and isinstance(held.value, str):
            yield held.value


def _by_place(sought: Sought, declared: Category) -> Iterator[str]:
    """The row that says most: a category before a group before a kind, its own grid, a cell before a town."""
    today = from_micros(case_now()).astimezone(calendar().hours.tz).date()
    rows = [row for row in _rows(sought, declared, today) if _lies_in(sought, row)]
    rows.sort(
        key=lambda row: (_closeness(row), bool(row.net), len(row.area), row.valid_from or date.min, row.pk),
        reverse=True,
    )
    return (row.unit for row in rows)


def _rows(sought: Sought, declared: Category, today: date) -> Iterable[Responsibility]:
    group = declared.group.get("zh-hans", "")
    return Responsibility.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today),
        Q(valid_until=None) | Q(valid_until__gt=today),
        kind__in={"", sought.kind},
        category__in={"", sought.category},
        group__in={"", group},
    )


def _lies_in(sought: Sought, row: Responsibility) -> bool:
    """A row without an area holds everywhere; one with an area only where the case is known to be.

    Where the outlines of responsibility grids are known, a row that names one holds in it only.
    """
    if row.net and sought.areas.net and row.net != sought.areas.net:
        return False
    return not row.area or sought.division.startswith(row.area) or sought.areas.grid.startswith(row.area)


def _closeness(row: Responsibility) -> tuple[bool, bool, bool]:
    return bool(row.category), bool(row.group), bool(row.kind)


_Way = Callable[[Sought, Category], Iterator[str]]
_WAYS: dict[str, tuple[_Way, ...]] = {
    "thing": (_by_thing, _by_place),
    "place": (_by_place, _by_thing),
    "fixed": (),
}


def seed_responsibilities(packs: Iterable[Pack]) -> None:
    """Enter the packs' rows while a pack has none here: what the installation has made of them stays."""
    with transaction.atomic():
        for pack in packs:
            source = _source(pack)
            if pack.demo.responsibilities and not Responsibility.objects.filter(source__startswith=source).exists():
                Responsibility.objects.bulk_create(_row(row, source) for row in pack.demo.responsibilities)


def _source(pack: Pack) -> str:
    return f"pack:{pack.id}"


def _row(row: DemoResponsibility, source: str) -> Responsibility:
    held = {name: getattr(row, name) for name in ("kind", "group", "category", "area", "unit", "valid_from")}
    return Responsibility(**held, source=f"{source} {row.source}"[:200])
