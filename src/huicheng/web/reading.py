"""The city as one person may see it: every read of a page goes through this person's guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlglot import expressions as sql

from huicheng import expressions
from huicheng.access import Guard
from huicheng.city import Attribute, Entity, Instant, Observation, parse_instant, rfc3339
from huicheng.errors import Invalid, NotFound
from huicheng.expressions import Expression
from huicheng.platform import current
from huicheng.stores import Blocking, EntityQuery, GeoFilter, HistoryQuery, Page, Selection, Stored


class Reader:
    """Made anew for every request, so that a revoked policy holds at the next one."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._store = Blocking(current().store)

    def may(self, resource: str) -> bool:
        """Whether this person may read anything at all of a type."""
        return bool(self.guard.of(resource))

    def get(self, id: str, what: str = "entity") -> Entity:
        """One entity, reduced to what may be seen; ``NotFound``."""
        stored = self._store.get(id, self.guard)
        if stored is None:
            raise NotFound(what=what, key=id)
        return stored.entity

    def find(
        self, type: str, where: Expression | None = None, ids: Sequence[str] = (), limit: int = 1000
    ) -> list[Entity]:
        """Entities of a type, by id or by a condition on their attributes (:func:`either`)."""
        query = EntityQuery(guard=self.guard, types=(type,), ids=ids, where=where, limit=limit)
        return [stored.entity for stored in self._store.query(query).entities]

    def page(self, types: Sequence[str], where: Expression | None, number: int, size: int) -> Page:
        """One page of entities of these types, by identifier, and how many there are; ``number`` counts from 1."""
        offset = (number - 1) * size
        query = EntityQuery(guard=self.guard, types=types, where=where, limit=size, offset=offset, count=True)
        return self._store.query(query)

    def every(
        self, type: str, where: Expression | None = None, near: GeoFilter | None = None, size: int = 1_000
    ) -> Iterator[list[Stored]]:
        """All entities of a type, so many at a time: each time those after the last identifier."""
        after, more = None, True
        while more:
            query = EntityQuery(guard=self.guard, types=(type,), where=where, geo=near, limit=size, after=after)
            found = self._store.query(query).entities
            yield found
            more = len(found) == size
            after = found[-1].entity.id if found else None

    def select(self, selection: Selection) -> dict[str, list[Any]]:
        """Columns over entities, as far as the selection's guard lets through."""
        return self._store.select(selection)

    def history(self, entity: Entity, attribute: str, start: Instant, end: Instant) -> list[Observation]:
        """Observations of an attribute that :meth:`get` or :meth:`find` has shown of the entity."""
        if attribute not in entity.attributes:
            return []
        query = HistoryQuery(type=entity.type, entities=[entity.id], attributes=[attribute], start=start, end=end)
        return self._store.history(query)


def either(equal: Mapping[str, str], since: Mapping[str, Instant] | None = None) -> Expression:
    """One of these texts is the attribute's, or one of these times has come: conditions joined by OR."""
    texts = (expressions.name(path).eq(sql.Literal.string(text)) for path, text in equal.items())
    times = (
        sql.GTE(this=expressions.name(path), expression=sql.Literal.string(rfc3339(at)))
        for path, at in (since or {}).items()
    )
    return expressions.from_tree(cast("sql.Expression", sql.or_(*texts, *times)))


def attribute(entity: Entity, name: str) -> Attribute | None:
    """The default instance of an attribute."""
    held = entity.attributes.get(name)
    if isinstance(held, list):
        return next((one for one in held if one.dataset_id is None), None)
    return held


def content(entity: Entity, name: str, otherwise: Any = None) -> Any:
    """The value under an attribute, whatever its type."""
    held = attribute(entity, name)
    value = held.content if held else None
    return otherwise if value is None else value


def instant(value: object) -> Instant | None:
    """The instant of an RFC 3339 text or of an NGSI-LD DateTime value; ``None`` for anything else."""
    text = value.get("@value") if isinstance(value, dict) else value
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except Invalid:
        return None
