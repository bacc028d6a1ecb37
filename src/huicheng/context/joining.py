"""Entities with those that they point to, inside them or beside them (CIM 009, 4.5.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from huicheng.city import Attribute
from huicheng.context.projection import Tree, below, projected
from huicheng.context.representation import Format, Manner, represented
from huicheng.stores import Stored

#: Joined to one page; beyond, a relationship stands as it is.
_MOST_JOINED = 1_000
#: Levels deep, at most.
MOST_LEVELS = 5

#: The entities of these ids, as far as the asker may see them.
Read = Callable[[Sequence[str]], Awaitable[Sequence[Stored]]]
#: One entity as JSON with stored names.
Show = Callable[[Stored, Manner], dict[str, Any]]


class Wanted(Protocol):
    """How somebody wants entities shown together with others."""

    @property
    def manner(self) -> Manner: ...
    @property
    def pick(self) -> Tree | None: ...
    @property
    def omit(self) -> Tree | None: ...
    @property
    def join(self) -> str:
        """``flat``, ``inline``, or nothing."""

    @property
    def levels(self) -> int: ...


async def linked_of(
    entities: Sequence[Stored], levels: int, read: Read, known: frozenset[str] = frozenset()
) -> dict[str, Stored]:
    """What the entities point to, so many levels deep; the asker has those that are ``known`` already."""
    found: dict[str, Stored] = {}
    frontier: Sequence[Stored] = entities
    for _ in range(levels):
        wanted = {target for one in frontier for target in _targets(one)} - found.keys() - known
        left = sorted(wanted)[: _MOST_JOINED - len(found)]
        frontier = await read(left) if left else []
        found.update((one.entity.id, one) for one in frontier)
    return found


def _targets(stored: Stored) -> Iterable[str]:
    for held in stored.entity.attributes.values():
        for one in held if isinstance(held, list) else [held]:
            yield from one.objects or ()


def shown_page(
    entities: Iterable[Stored], linked: Mapping[str, Stored], view: Wanted, show: Show = represented
) -> list[dict[str, Any]]:
    """A page in the asker's view, with stored names. What has no member left is left out."""
    shower = _Shower(linked, view, show)
    asked = _Asked(pick=view.pick, omit=view.omit, levels=view.levels)
    shown = [shower.entity(one, asked) for one in entities]
    return [one for one in shown if one] + list(shower.beside.values())


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of an entity at some depth."""

    pick: Tree | None
    omit: Tree | None
    levels: int

    def inside(self, name: str) -> _Asked:
        """The same of the entity that a member points to."""
        return _Asked(pick=below(self.pick, name), omit=below(self.omit, name), levels=self.levels - 1)


class _Shower:
    """Shows entities one in the other; gathers those that go beside."""

    def __init__(self, linked: Mapping[str, Stored], view: Wanted, show: Show) -> None:
        self._linked, self._view, self._show = linked, view, show
        self.beside: dict[str, dict[str, Any]] = {}

    def entity(self, stored: Stored, asked: _Asked) -> dict[str, Any]:
        """One entity with what it points to."""
        shown = projected(self._show(stored, self._view.manner), asked.pick, asked.omit)
        if asked.levels:
            for name in shown.keys() & stored.entity.attributes.keys():
                self._join(shown, name, stored.entity.attributes[name], asked.inside(name))
        return shown

    def _join(self, shown: dict[str, Any], name: str, held: Attribute | list[Attribute], asked: _Asked) -> None:
        if isinstance(held, list) or held.objects is None:
            return
        there = [self._linked[one] for one in held.objects if one in self._linked]
        inside = [self.entity(one, asked) for one in there]
        if self._view.join == "flat":
            self.beside.update((one.entity.id, each) for one, each in zip(there, inside, strict=True) if each)
        elif inside:
            shown[name] = _with(shown[name], held, inside, simplified=self._view.manner.format is Format.SIMPLIFIED)


def _with(shown: Any, held: Attribute, inside: list[dict[str, Any]], *, simplified: bool) -> Any:
    several = isinstance(held.object, list) or held.type == "ListRelationship"
    if simplified:
        return inside if several else inside[0]
    return {**shown, "entityList": inside} if several else {**shown, "entity": inside[0]}
