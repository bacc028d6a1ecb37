"""Devices as the register has them, whatever their type: what they sense, whose they are, whether they work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from sqlglot import expressions as sql

from huicheng import expressions
from huicheng.city import Entity
from huicheng.expressions import Expression
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.stores import GeoFilter
from huicheng.web.reading import Reader, content
from huicheng.web.stations import place_of

DEVICE = "Device"
#: What a device senses, a list.
SENSES = "controlledProperty"
#: What is sensed by things that have a type of their own in the register, beside devices.
OWN_TYPES = {"video": "Camera", "light": "Streetlight", "network": "BaseStation"}
#: States of the register in which a device is not there yet, or no more.
_AWAY = frozenset({"planned", "suspended", "retired"})
_BROKEN = frozenset({"fault", "off", "defectiveLamp", "brokenLantern"})
_PAGE = 1_000


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of the register."""

    id: str
    type: str
    #: As the entity has it: language → text, or a plain text.
    name: Any
    #: Longitude, latitude (WGS 84).
    place: tuple[float, float]
    #: Codes of units, "" where none is named.
    owner: str
    maintainer: str
    works: bool
    #: Metres that a base station reaches; 0 for all else.
    reach: float = 0.0


def senses_known() -> dict[str, Any]:
    """What a device may sense: code → words, as the pack's code list has them."""
    declared = entity_types(current().packs).get(DEVICE)
    return dict(declared.attributes[SENSES].codes) if declared else {}


def registered(reader: Reader, senses: str, near: GeoFilter | None = None) -> Iterator[Registered]:
    """All that senses this and that the reader may see, page by page; ``near`` narrows by place."""
    yield from _of_type(reader, DEVICE, expressions.from_tree(sensing(senses), expect="boolean"), near)
    if senses in OWN_TYPES:
        yield from _of_type(reader, OWN_TYPES[senses], None, near)


def _of_type(reader: Reader, type: str, where: Expression | None, near: GeoFilter | None) -> Iterator[Registered]:
    for found in reader.every(type, where, near):
        yield from (made for one in found if (made := _made(one.entity)) is not None)


def sensing(code: str) -> sql.Expression:
    """Whether a device senses this, among other things or alone: a list is read as its JSON."""
    held = expressions.name(SENSES)
    among = sql.Like(this=held.copy(), expression=sql.Literal.string(f'%"{code}"%'))
    return cast("sql.Expression", sql.or_(held.eq(sql.Literal.string(code)), among))


def _made(entity: Entity) -> Registered | None:
    """``None`` for a thing without a place: it cannot be compared."""
    place = place_of(entity)
    if place is None:
        return None
    return Registered(
        id=entity.id,
        type=entity.type,
        name=content(entity, "name", entity.id),
        place=place,
        owner=str(content(entity, "ownerCode", "")),
        maintainer=str(content(entity, "maintainerCode", "")),
        works=_works(entity),
        reach=float(content(entity, "range", 0.0)),
    )


def _works(entity: Entity) -> bool:
    """In use, not out of order, and not silent for longer than its rule allows."""
    if content(entity, "deviceState", "active") in _AWAY or content(entity, "status", "") in _BROKEN:
        return False
    silence = content(entity, "silence")
    return not isinstance(silence, int | float) or silence < silent_after()


def silent_after() -> float:
    """Seconds after which the pack's rule calls a device silent; without end where it has no such limit."""
    found = limit_of("silent", "silent_after")
    return float("inf") if found is None else found


def limit_of(rule: str, name: str) -> float | None:
    """The newest value of a limit of the pack's rules; ``None`` where there is none."""
    rules = {f"{pack.id}/{key}": one for pack in current().packs for key, one in pack.rules.items()}
    held = rules.get(f"infrastructure/{rule}")
    values = [row.value for row in held.limits[name] if row.value is not None] if held else []
    return float(values[-1]) if values else None
