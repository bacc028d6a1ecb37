"""Addresses below the service root: ``Things('x')/Datastreams/name/$value``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from huicheng.api.faults import NoSuchPath
from huicheng.stores import sensing

_PART = re.compile(r"/?([^/()']+)(?:\(('(?:[^']|'')*'|[^()/']+)\))?(?=/|$)")
_MOST_STEPS = 20
#: Addresses no longer than this are remembered.
_MOST_KEPT = 300


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Steps, and what is wanted of where they lead."""

    steps: tuple[sensing.Step, ...]
    #: The entity set that they lead to; "" where nothing is.
    set: str
    #: A property of the one entity there, and steps inside its JSON.
    inside: tuple[str, ...] = ()
    #: ``$value``, ``$ref``, ``$count`` or "".
    ending: str = ""

    @property
    def single(self) -> bool:
        """Whether it leads to one entity."""
        last = self.steps[-1]
        if last.key is not None:
            return True
        return len(self.steps) > 1 and last.name not in sensing.SETS

    @property
    def parent(self) -> Address | None:
        """The entity whose link the last step is."""
        if len(self.steps) < 2:
            return None
        before = self.steps[:-1]
        return Address(steps=before, set=_target(before) or "")


def address_of(path: str) -> Address:
    """A decoded path without the root. ``NoSuchPath`` where the words fit nothing."""
    return _read_before(path) if len(path) <= _MOST_KEPT else _read(path)


def _read(path: str) -> Address:
    parts = list(_parts(path))
    ending = ""
    if parts and parts[-1][0] in {"$value", "$ref", "$count"} and parts[-1][1] is None:
        ending = parts.pop()[0]
    steps: list[sensing.Step] = []
    while parts and _leads(steps, parts[0][0]):
        steps.append(sensing.Step(*parts.pop(0)))
    if not steps or len(steps) > _MOST_STEPS or any(key is not None for _, key in parts):
        raise NoSuchPath(path=path[:200])
    found = Address(
        steps=tuple(steps), set=_target(tuple(steps)) or "", inside=tuple(name for name, _ in parts), ending=ending
    )
    if found.inside and (not found.single or found.inside[0] not in sensing.SETS[found.set].shown):
        raise NoSuchPath(path=path[:200])
    return found


#: Nearly all requests go to few addresses.
_read_before = lru_cache(maxsize=1_000)(_read)


def _parts(path: str) -> Iterator[tuple[str, str | None]]:
    at, end = 0, len(path.rstrip("/"))
    while at < end:
        match = _PART.match(path, at, end)
        if match is None:
            raise NoSuchPath(path=path[:200])
        name, key = match.groups()
        yield name, key[1:-1].replace("''", "'") if key and key[0] == "'" else key
        at = match.end()


def _leads(steps: list[sensing.Step], name: str) -> bool:
    if not steps:
        return name in sensing.SETS
    target = _target(tuple(steps))
    return target is not None and name in sensing.SETS[target].links


def _target(steps: tuple[sensing.Step, ...]) -> str | None:
    first, *rest = steps
    found: str = first.name
    for step in rest:
        found = sensing.SETS[found].links[step.name].target
    return found
