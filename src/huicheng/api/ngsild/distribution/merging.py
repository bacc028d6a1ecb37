"""One entity out of what several brokers know of it (CIM 009, 4.5.5 and 5.7.1)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from huicheng.city import Attribute, Entity, Instant, micros, parse_instant
from huicheng.context import Cover, Registration
from huicheng.errors import HuichengError
from huicheng.stores import Stored

T = TypeVar("T")
#: Attribute → instance → when it was observed, or else last changed, and what it is.
Instances = dict[str, dict[Hashable, tuple[Instant, T]]]
_LONG_AGO: Instant = -(2**62)


class Part(Protocol[T]):
    """What one source tells of one entity."""

    @property
    def registration(self) -> Registration: ...
    @property
    def cover(self) -> Cover: ...
    @property
    def instances(self) -> Instances[T]: ...


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What one source knows of one entity."""

    stored: Stored
    #: Attribute → when it was last changed there, as far as it said.
    changed: Mapping[str, Instant]
    registration: Registration
    cover: Cover

    @property
    def instances(self) -> Instances[Attribute]:
        """By data set."""
        return {
            name: _by_data_set(held, self.changed.get(name, _LONG_AGO))
            for name, held in self.stored.entity.attributes.items()
        }


def merged(local: Stored | None, pieces: Iterable[Piece]) -> Stored | None:
    """The whole of an entity."""
    parts = list(pieces)
    if local is None and not parts:
        return None
    found = together(_dated(local), parts)
    return _whole(local or min(parts, key=_registered).stored, found)


def together(here: Instances[T], parts: Iterable[Part[T]]) -> Instances[T]:
    """The whole: exclusive and redirect sources are believed alone, auxiliary ones fill gaps, else the newest wins."""
    parts = sorted(parts, key=_registered)
    found = {name: dict(held) for name, held in here.items()}
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
    return found


def _registered(one: Part[T]) -> str:
    return one.registration.id


def _of(parts: Iterable[Part[T]], mode: str) -> list[Part[T]]:
    return [one for one in parts if one.registration.offer.mode == mode]


def _claimed(one: Part[T]) -> frozenset[str]:
    """Attributes that nobody else may tell: those that are registered, or that it told."""
    return one.cover.attributes if one.cover.attributes is not None else frozenset(one.instances)


def _dated(local: Stored | None) -> Instances[Attribute]:
    if local is None:
        return {}
    changed = {name: stamps[1] for name, stamps in (local.stamps or {}).items()}
    return {
        name: _by_data_set(held, changed.get(name, local.modified_at)) for name, held in local.entity.attributes.items()
    }


def _instances(one: Part[T]) -> Instances[T]:
    """Of the attributes that it was registered for."""
    return {
        name: held
        for name, held in one.instances.items()
        if one.cover.attributes is None or name in one.cover.attributes
    }


def _by_data_set(held: Attribute | list[Attribute], changed: Instant) -> dict[Hashable, tuple[Instant, Attribute]]:
    return {one.dataset_id: (_moment(one, changed), one) for one in (held if isinstance(held, list) else [held])}


def _moment(one: Attribute, changed: Instant) -> Instant:
    return micros(one.observed_at) if one.observed_at is not None else changed


def _take_newer(found: Instances[T], one: Part[T]) -> None:
    for name, instances in _instances(one).items():
        there = found.setdefault(name, {})
        for key, (moment, held) in instances.items():
            if key not in there or moment > there[key][0]:
                there[key] = (moment, held)


def _whole(like: Stored, found: Instances[Attribute]) -> Stored:
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
        moment = moment_said(text)
        if moment is not None:
            found[name] = moment
    return found


def moment_said(text: Any) -> Instant | None:
    """What a source says is a time, where it is one."""
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except (HuichengError, OverflowError):
        return None
