"""Which observations of a file are stored already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Instant, micros
from huicheng.errors import Invalid
from huicheng.stores import HistoryQuery, Store

#: (entity, attribute, observed at, value) of one observation.
_Fact = tuple[str, str, Instant, Any]


class Known:
    """Compares rows with history, and with the rows before them.

    Only rows that are not newer than what is stored of their entity are looked up, so that a file
    in order of time costs one query for each entity.
    """

    def __init__(self, store: Store, type: str) -> None:
        self._store = store
        self._type = type
        #: Entity → its newest stored observation; 0 when there is none.
        self._newest: dict[str, Instant] = {}

    async def fresh(self, entities: Sequence[Entity]) -> list[Entity | None]:
        """Each entity reduced to what is new of it; ``None`` when nothing is."""
        places = [(one.id, observed_at(one)) for one in entities]
        await self._meet({name for name, _ in places} - self._newest.keys())
        found = await self.fresh_after(entities, self._newest)
        for name, at in places:
            self._newest[name] = max(self._newest[name], at)
        return found

    async def fresh_after(self, entities: Sequence[Entity], newest: Mapping[str, Instant]) -> list[Entity | None]:
        """The same, for a caller who knows how new the newest observation of each entity is."""
        places = [(one.id, observed_at(one)) for one in entities]
        twice = {place for place, n in Counter(places).items() if n > 1}
        suspect = [at <= newest[name] or (name, at) in twice for name, at in places]
        known = await self._stored([place for place, doubt in zip(places, suspect, strict=True) if doubt])
        return [
            _reduced(entity, at, known) if doubt else entity
            for entity, (_, at), doubt in zip(entities, places, suspect, strict=True)
        ]

    async def _meet(self, ids: set[str]) -> None:
        """Learn how new the newest observation of each entity is."""
        if not ids:
            return
        self._newest.update(dict.fromkeys(ids, BEFORE_ALL))
        newest = await self._store.history(HistoryQuery(type=self._type, entities=sorted(ids), last_n=1))
        for one in newest:
            self._newest[one.entity] = max(self._newest[one.entity], one.observed_at)

    async def _stored(self, places: list[tuple[str, Instant]]) -> set[_Fact]:
        """What history holds of these entities in the stretch of these times."""
        if not places:
            return set()
        times = [at for _, at in places]
        ids = sorted({name for name, _ in places})
        query = HistoryQuery(type=self._type, entities=ids, start=min(times), end=max(times) + 1)
        stored = await self._store.history(query)
        return {(one.entity, one.attribute, one.observed_at, _hashable(one.value)) for one in stored}


#: Of an entity without observations.
BEFORE_ALL = -(2**62)


def observed_at(entity: Entity) -> Instant:
    """The one time of a row's observations."""
    held = next(iter(entity.attributes.values()))
    if isinstance(held, list) or held.observed_at is None:
        raise Invalid(place=entity.id, why="A row of a source has one observation of each attribute, with its time.")
    return micros(held.observed_at)


def _reduced(entity: Entity, at: Instant, known: set[_Fact]) -> Entity | None:
    """The entity without the observations that are known; those that stay are known from now on."""
    fresh: dict[str, Attribute | list[Attribute]] = {}
    for name, held in entity.attributes.items():
        fact = (entity.id, name, at, _hashable(held.content if isinstance(held, Attribute) else None))
        if fact not in known:
            known.add(fact)
            fresh[name] = held
    if len(fresh) == len(entity.attributes):
        return entity
    return Entity(id=entity.id, type=entity.type, attributes=fresh) if fresh else None


def _hashable(value: Any) -> Any:
    """A value as a member of a set; numbers and texts as they are, so that 4 is 4.0."""
    return value if isinstance(value, str | int | float) else msgspec.json.encode(value, order="sorted")
