"""One entity out of what several brokers know of it (CIM 009, 4.5.5 and 5.7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Instant, micros, parse_instant
from huicheng.context import Cover, Registration
from huicheng.errors import HuichengError
from huicheng.stores import Stored

#: One instance of an attribute, and when it was observed, or else last changed.
_Dated = tuple[Instant, Attribute]
_LONG_AGO: Instant = -(2**62)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What one source knows of one entity."""

    stored: Stored
    #: Attribute → when it was last changed there, as far as it said.
    changed: Mapping[str, Instant]
    registration: Registration
    cover: Cover


def merged(local: Stored | None, pieces: Iterable[Piece]) -> Stored | None:
    """The whole: exclusive and redirect sources are believed alone, auxiliary ones fill gaps, else the newest wins."""
    parts = sorted(pieces, key=lambda one: one.registration.id)
    if local is None and not parts:
        return None
    found = _dated(local)
    for one in _of(parts, "inclusive"):
        _take_newer(found, one)
    for mode in ("redirect", "exclusive"):
        for one in _of(parts, mode):
            found = {name: held for name, held in found.items() if name not in _claimed(one)}
        for one in _of(parts, mode):
            _take_newer(found, one)
    for one in _of(parts, "auxiliary"):
        for name, held in _instances(one).items():
            found.setdefault(name, held)
    return _whole(local or parts[0].stored, found)


def _of(parts: Iterable[Piece], mode: str) -> list[Piece]:
    return [one for one in parts if one.registration.offer.mode == mode]


def _claimed(one: Piece) -> frozenset[str]:
    """Attributes that nobody else may tell: those that are registered, or that it told."""
    return one.cover.attributes if one.cover.attributes is not None else frozenset(one.stored.entity.attributes)


def _dated(local: Stored | None) -> dict[str, dict[str | None, _Dated]]:
    if local is None:
        return {}
    changed = {name: stamps[1] for name, stamps in (local.stamps or {}).items()}
    return {
        name: _by_data_set(held, changed.get(name, local.modified_at)) for name, held in local.entity.attributes.items()
    }


def _instances(one: Piece) -> dict[str, dict[str | None, _Dated]]:
    return {
        name: _by_data_set(held, one.changed.get(name, _LONG_AGO))
        for name, held in one.stored.entity.attributes.items()
        if one.cover.attributes is None or name in one.cover.attributes
    }


def _by_data_set(held: Attribute | list[Attribute], changed: Instant) -> dict[str | None, _Dated]:
    return {one.dataset_id: (_moment(one, changed), one) for one in (held if isinstance(held, list) else [held])}


def _moment(one: Attribute, changed: Instant) -> Instant:
    return micros(one.observed_at) if one.observed_at is not None else changed


def _take_newer(found: dict[str, dict[str | None, _Dated]], one: Piece) -> None:
    for name, instances in _instances(one).items():
        there = found.setdefault(name, {})
        for data_set, (moment, held) in instances.items():
            if data_set not in there or moment > there[data_set][0]:
                there[data_set] = (moment, held)


def _whole(like: Stored, found: Mapping[str, Mapping[str | None, _Dated]]) -> Stored:
    attributes: dict[str, Attribute | list[Attribute]] = {}
    for name, instances in found.items():
        several = [held for _, held in instances.values()]
        if several:
            attributes[name] = several[0] if len(several) == 1 else several
    entity = Entity(id=like.entity.id, type=like.entity.type, attributes=attributes)
    return msgspec.structs.replace(like, held=entity)


def times_of(raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Instant]:
    """Stored name → ``modifiedAt`` of attributes that say it; ``names``: as the source says it → stored."""
    found = {}
    for said, name in names.items():
        held = raw.get(said)
        text = held.get("modifiedAt") if isinstance(held, Mapping) else None
        if isinstance(text, str):
            try:
                found[name] = parse_instant(text)
            except (HuichengError, OverflowError):
                continue
    return found
