"""Entity maps (ETSI GS CIM 009, 4.5.25 and 5.14): what a query has found, kept so that it can be paged through.

A map holds identifiers and who holds each, nothing else: every page is a query of its own, filters and policies
included. It is its owner's alone, and holds no longer than what its owner may see stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec

from huicheng.access import Guard
from huicheng.city import Instant, parse_instant, rfc3339
from huicheng.context.duration import parse_duration
from huicheng.context.faults import BadTimeRange, TooManyResults
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Rows, Store, Transaction

#: Who holds an entity, where that is this broker (5.2.39).
HERE = "@none"
#: Entities in one map, and maps of one owner: of more the oldest goes.
MOST_MAPPED = 10_000
MOST_OF_ONE_OWNER = 20
#: How long one is kept, without a word about it and at most.
_USUAL: Instant = 600_000_000
_LONGEST: Instant = 3_600_000_000


class EntityMap(msgspec.Struct, frozen=True, kw_only=True):
    """What one query has found."""

    id: str
    expires_at: Instant
    #: Identifier → registrations that hold it, or :data:`HERE`; in the order in which they were found.
    entities: Mapping[str, Sequence[str]]

    def document(self) -> dict[str, Any]:
        """As JSON (5.2.39)."""
        expires = rfc3339(self.expires_at)
        return {"id": self.id, "type": "EntityMap", "expiresAt": expires, "entityMap": self.entities}


class EntityMaps:
    """One tenant's maps. A guard says whose a map is, and what they may see."""

    def __init__(self, store: Store, *, now: Callable[[], Instant] = wall_clock) -> None:
        self._store = store
        self._now = now

    async def create(self, entities: Mapping[str, Sequence[str]], guard: Guard, lifetime: Any = None) -> EntityMap:
        """Keep one for a ``lifetime`` like ``PT5M``; what is over goes. ``TooManyResults`` for too many entities."""
        if len(entities) > MOST_MAPPED:
            raise TooManyResults(what="What the query finds", size=f"> {MOST_MAPPED}", limit=MOST_MAPPED)
        now = self._now()
        made = EntityMap(id=f"urn:ngsi-ld:EntityMap:{uuid4()}", expires_at=_end(now, lifetime), entities=entities)
        owner, held = guard.subject.id, msgspec.json.encode(entities).decode()
        await self._change(
            Rows(statement="entity_map.sweep", parameters=[(now,)]),
            Rows(
                statement="entity_map.create",
                parameters=[(made.id, owner, _sight(guard), held, now, made.expires_at)],
            ),
            Rows(statement="entity_map.trim", parameters=[(owner, MOST_OF_ONE_OWNER)]),
        )
        return made

    async def find(self, id: str, guard: Guard) -> EntityMap | None:
        """``None`` also for somebody else's, and for one made when its owner might see something else."""
        for row in await self._store.rows("entity_map.get", (id, _sight(guard), self._now())):
            entities = msgspec.json.decode(row["entities"])
            return EntityMap(id=row["id"], expires_at=row["expires_at"], entities=entities)
        return None

    async def get(self, id: str, guard: Guard) -> EntityMap:
        """The same; ``NotFound`` without one."""
        found = await self.find(id, guard)
        if found is None:
            raise NotFound(what="EntityMap", key=id)
        return found

    async def update(self, id: str, patch: Any, guard: Guard) -> None:
        """Only ``expiresAt`` can be changed (5.5.14); what else a fragment says is for answers only (5.14.2)."""
        await self.get(id, guard)
        until = patch.get("expiresAt") if isinstance(patch, dict) else None
        now = self._now()
        wanted = parse_instant(until, place="/expiresAt") if isinstance(until, str) else now
        if wanted <= now:
            raise Invalid(place="/expiresAt", why="expiresAt must be a time to come.")
        await self._change(Rows(statement="entity_map.extend", parameters=[(id, min(wanted, now + _LONGEST))]))

    async def delete(self, id: str, guard: Guard) -> None:
        await self.get(id, guard)
        await self._change(Rows(statement="entity_map.delete", parameters=[(id,)]))

    async def _change(self, *rows: Rows) -> None:
        await self._store.commit(Transaction(rows=[*rows]))


def _end(now: Instant, lifetime: Any) -> Instant:
    """Of a suggested one no more than is given to anybody (6.4.3.2)."""
    try:
        wanted = parse_duration(lifetime, place="entityMapLifetime")
    except BadTimeRange as fault:  # its remedy is about the period of a history
        raise Invalid(
            place=fault.place, why="%(name)s must be like PT1H, P1D, P1W, P1M or P1Y.", name=fault.place
        ) from None
    return min(wanted.start(now, 1), now + _LONGEST) if wanted else now + _USUAL


def _sight(guard: Guard) -> str:
    """Who asks, and all that decides what they may see: a policy that begins, ends or is revoked makes it another."""
    return sha256(msgspec.json.encode(guard, order="deterministic")).hexdigest()
