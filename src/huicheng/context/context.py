"""Questions about what is and what was, each answered within what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.city import Attribute, Entity, Observation, rfc3339
from huicheng.context.faults import NothingAsked, TooMuch
from huicheng.context.guards import Guards
from huicheng.context.inventory import Inventory, inventory
from huicheng.context.names import CORE, Names
from huicheng.context.overlay import Overlay
from huicheng.context.question import Question, asks, listed, question
from huicheng.context.representation import MEMBERS, types_of
from huicheng.context.selecting import both
from huicheng.context.temporal import (
    MOST_OBSERVATIONS,
    Period,
    Shape,
    aggregated,
    aggregated_attributes,
    history_query,
    parse_aggregation,
    parse_period,
    temporal_attributes,
)
from huicheng.errors import NotFound
from huicheng.stores import Act, EntityQuery, Page, Store, Stored


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the query that it answers, and whether more follows."""

    query: EntityQuery
    page: Page
    more: bool


class TemporalPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entities with the course of their attributes, as JSON."""

    entities: list[dict[str, Any]]
    #: The page of entities that was looked at; without any observation they are left out above.
    found: Found


class Context:
    """One tenant's state and history behind the guard of whoever asks."""

    def __init__(self, store: Store, guards: Guards, *, personal: Mapping[str, frozenset[str]] | None = None) -> None:
        self._store = store
        self._guards = guards
        #: Type → its attributes that are personal data; whoever reads them is written down.
        self.personal = personal or {}

    async def guard(self, subject: Subject, action: str = "read") -> Guard:
        """What the subject may do now; asked anew for every request."""
        return await self._guards.guard(subject, action)

    async def get(self, id: str, subject: Subject) -> Stored:
        """One entity; ``NotFound`` also when the asker may not see it."""
        stored = await self._store.get(id, await self.guard(subject))
        if stored is None:
            raise NotFound(what="entity", key=id)
        await self._record([stored], subject)
        return stored

    async def query(self, asked: Mapping[str, Any], subject: Subject, names: Names = CORE) -> Found:
        """Entities by the parameters of NGSI-LD. One more is read than asked for, to know whether it goes on."""
        said = question(asked, await self.guard(subject), names)
        if not asks(said.query) and not asked.get("local"):
            raise NothingAsked
        query = await self._with_further_types(said)
        page = await self._store.query(msgspec.structs.replace(query, limit=query.limit + 1))
        shown = msgspec.structs.replace(page, entities=page.entities[: query.limit])
        await self._record(shown.entities, subject)
        return Found(query=query, page=shown, more=len(page.entities) > query.limit)

    async def _with_further_types(self, said: Question) -> EntityQuery:
        """Entities of several types are stored under their first: those are looked for, too."""
        types = said.types
        if types is None:
            return said.query
        rows = await self._store.rows("context.leading_types")
        leading = {row["type"] for row in rows if row["further"] in types.named} - set(types.named)
        if not leading:
            return said.query
        where = both([said.query.where, None if types.tree else types.where()])
        return msgspec.structs.replace(said.query, types=(*types.named, *sorted(leading)), where=where)

    async def several(self, ids: Sequence[str], subject: Subject) -> list[Stored]:
        """Those of these entities that the asker may see."""
        page = await self._store.query(EntityQuery(guard=await self.guard(subject), ids=ids, limit=len(ids)))
        await self._record(page.entities, subject)
        return page.entities

    async def _record(self, entities: list[Stored], subject: Subject) -> None:
        """Who read whose personal attributes; never what was read."""
        for name_of_type, personal in self.personal.items():
            seen = [one.entity for one in entities if one.entity.type == name_of_type]
            names = sorted({name for entity in seen for name in personal.intersection(entity.attributes)})
            if names:
                ids = [entity.id for entity in seen if personal.intersection(entity.attributes)]
                facts = {"entities": ids, "attributes": names}
                await self._guards.record(Act(subject=subject.id, action="read", resource=name_of_type, facts=facts))

    async def types(self, subject: Subject) -> list[str]:
        """Types of stored entities of which the subject may see some rows, in order."""
        guard = await self.guard(subject)
        return [row["type"] for row in await self._store.rows("context.types") if guard.of(row["type"])]

    async def inventory(self, subject: Subject, types: Sequence[str] | None = None) -> list[Inventory]:
        """What there is of types (``None``: of all), as far as the subject may see it."""
        guard = await self.guard(subject)
        return await inventory(self._store, guard, await self.types(subject) if types is None else types)

    # -- history

    async def course(
        self, id: str, asked: Mapping[str, Any], subject: Subject, shape: Shape, names: Names = CORE
    ) -> dict[str, Any]:
        """One entity's history; its attributes are those that the asker may see of it now."""
        stored = await self.get(id, subject)
        (shown,) = await self._courses([stored], asked, shape, names, empty=True)
        return shown

    async def courses(
        self, asked: Mapping[str, Any], subject: Subject, shape: Shape, names: Names = CORE
    ) -> TemporalPage:
        """The history of a page of entities; those without any observation in the period are left out."""
        found = await self.query(asked, subject, names)
        shown = await self._courses(found.page.entities, asked, shape, names, empty=False)
        return TemporalPage(entities=shown, found=found)

    async def _courses(
        self, entities: list[Stored], asked: Mapping[str, Any], shape: Shape, names: Names, *, empty: bool
    ) -> list[dict[str, Any]]:
        period = parse_period(asked)
        visible = _visible(entities, asked, names)
        found = await self._attributes(period, visible, asked, shape) if visible else {}
        shown = [(one, _only(found, one.entity.id, visible)) for one in entities]
        return [_course_of(one, course) for one, course in shown if empty or course]

    async def _attributes(
        self, period: Period, visible: Mapping[str, frozenset[str]], asked: Mapping[str, Any], shape: Shape
    ) -> dict[str, dict[str, Any]]:
        history = history_query(period, visible, _union(visible))
        wanted = parse_aggregation(asked, period) if shape == "aggregatedValues" else None
        overlay = await Overlay.of(self._store, visible)
        if wanted is not None and wanted.plain and overlay.is_empty and not period.datasets:
            buckets = await self._store.aggregate(history, wanted.period, wanted.offset)
            return aggregated_attributes(buckets, wanted)
        observations = overlay.over(await self._store.history(history))
        if len(observations) > MOST_OBSERVATIONS:
            size = f"> {MOST_OBSERVATIONS}"
            raise TooMuch(place="timeAt", what="The history in this period", size=size, limit=MOST_OBSERVATIONS)
        chosen = [one for one in observations if period.chooses(one)]
        return aggregated(chosen, wanted, period) if wanted is not None else temporal_attributes(chosen, shape)

    async def as_edited(self, observations: Iterable[Observation], entities: Iterable[str]) -> list[Observation]:
        """Observations with what was edited lying over them."""
        return (await Overlay.of(self._store, entities)).over(observations)


def _course_of(stored: Stored, course: dict[str, Any]) -> dict[str, Any]:
    entity = stored.entity
    times = {"createdAt": rfc3339(stored.created_at), "modifiedAt": rfc3339(stored.modified_at)}
    return {"id": entity.id, "type": types_of(entity), **_scopes(entity), **course, **times}


def _scopes(entity: Entity) -> dict[str, Any]:
    held = entity.attributes.get("scope")
    return {"scope": MEMBERS["scope"](held.content)} if isinstance(held, Attribute) else {}


def _visible(entities: list[Stored], asked: Mapping[str, Any], names: Names) -> dict[str, frozenset[str]]:
    """Entity → attributes that the asker sees of it, reduced to those asked for."""
    wanted = frozenset(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))
    seen = {one.entity.id: frozenset(one.entity.attributes) for one in entities}
    return {entity: (names & wanted if wanted else names) for entity, names in seen.items()}


def _union(visible: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted(frozenset().union(*visible.values()))


def _only(found: Mapping[str, Mapping[str, Any]], id: str, visible: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """One store query covers several entities; each shows only what is visible of it."""
    return {name: course for name, course in found.get(id, {}).items() if name in visible[id]}
