"""The registry of city parts (部件) as its pages read it: found, in words, and through its life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from huicheng.city import Entity, Instant, Observation, micros
from huicheng.expressions import Expression
from huicheng.packs import AttributeType, EntityType, entity_types
from huicheng.platform import current
from huicheng.stores import Blocking, HistoryQuery, Page
from huicheng.web.reading import Reader, attribute, content
from huicheng.web.sought import all_of, begins, contains, equals
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language

PART = "CityPart"
PAGE_SIZE = 40
#: What the search looks into.
_SOUGHT = ("objId", "objName", "address", "maintainerName")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which parts; empty means any."""

    text: str = ""
    #: Value of ``classCode``, ``objState``.
    class_: str = ""
    state: str = ""
    #: How the code of the grid cell begins: a community, a town.
    grid: str = ""

    @property
    def condition(self) -> Expression | None:
        """As a condition on attributes; ``None`` when every part is wanted."""
        return all_of(
            [
                *equals({"classCode": self.class_, "objState": self.state}),
                *begins("gridCode", self.grid),
                *contains(_SOUGHT, self.text),
            ]
        )


def declared() -> EntityType | None:
    """The type, where a pack of this installation declares it."""
    return entity_types(current().packs).get(PART)


def find_parts(reader: Reader, wanted: Wanted, number: int = 1) -> Page:
    """One page of what the reader may see."""
    return reader.page((PART,), wanted.condition, number, PAGE_SIZE)


def all_parts(reader: Reader, wanted: Wanted) -> Iterator[Entity]:
    """Every part that is wanted."""
    return (one.entity for found in reader.every(PART, wanted.condition) for one in found)


def in_words(kind: AttributeType, value: Any) -> str:
    """A value as people read it: codes by their names, a place by its position."""
    if isinstance(value, dict) and value.get("type") == "Point":
        longitude, latitude = value["coordinates"][:2]
        return f"{longitude:.6f}, {latitude:.6f}"
    known = kind.codes.get(str(value))
    return in_language(known) if known else str(value)


def said(part: Entity, name: str) -> str:
    """One attribute in words; "" where the part has none, or the reader may not see it."""
    value, known = content(part, name), declared()
    if value is None or known is None:
        return ""
    return in_words(known.attributes[name], value)


def record(part: Entity) -> list[dict[str, str]]:
    """The whole record, in the order in which the pack declares it."""
    known = declared()
    rows = known.attributes.items() if known else ()
    return [
        {"name": in_language(kind.name), "value": in_words(kind, content(part, name)), "key": name}
        for name, kind in rows
        if content(part, name) is not None
    ]


def key_of(part: Entity) -> str:
    """The last piece of its id: what stands in addresses."""
    return part.id.rpartition(":")[2]


def line(part: Entity) -> dict[str, Any]:
    """One line of the list."""
    place = place_of(part)
    return {
        "key": key_of(part),
        "name": said(part, "objName") or said(part, "classCode") or key_of(part),
        "class": said(part, "classCode"),
        "state": said(part, "objState"),
        "well": content(part, "objState") == "intact",
        "maintainer": said(part, "maintainerName"),
        "address": said(part, "address"),
        "place": place,
    }


def life(part: Entity) -> list[dict[str, Any]]:
    """What changed when, the newest first, of what ``part`` shows; the last entry is how it was first recorded."""
    known = declared()
    kinds = known.attributes if known else {}
    changes: dict[Instant, list[dict[str, str]]] = {}
    before: dict[str, str] = {}
    for one in _course(part, [name for name in kinds if name in part.attributes]):
        name, after = in_language(kinds[one.attribute].name), in_words(kinds[one.attribute], one.value)
        if before.get(one.attribute) != after:
            row = {"name": name, "before": before.get(one.attribute, ""), "after": after}
            changes.setdefault(one.observed_at, []).append(row)
        before[one.attribute] = after
    first = min(changes, default=0)
    return [{"at": at, "changes": changes[at], "first": at == first} for at in sorted(changes, reverse=True)]


def _course(part: Entity, names: list[str]) -> list[Observation]:
    if not names:
        return []
    query = HistoryQuery(type=PART, entities=[part.id], attributes=names)
    return sorted(Blocking(current().store).history(query), key=lambda one: (one.observed_at, one.n))


def recorded_at(part: Entity) -> Instant | None:
    """When it last changed."""
    held = attribute(part, "objState") or attribute(part, "objId")
    return micros(held.observed_at) if held and held.observed_at else None


def empty_words(*, asked: bool) -> str:
    """What to do where the list is empty."""
    if asked:
        return _("No part fits. Take a filter away, or write fewer letters.")
    return _("The registry is empty. Bring a survey in with “huicheng ingest FILE --source city/parts”.")
