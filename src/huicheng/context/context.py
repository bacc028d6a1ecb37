"""Questions about what is and what was, each answered within what the asker may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.context.conditions import links_of
from huicheng.context.courses import MOST_OBSERVATIONS, Chronicler, Courses, Recalled, Sees
from huicheng.context.faults import NothingAsked, TooMuch
from huicheng.context.guards import Guards
from huicheng.context.inventory import Inventory, inventory
from huicheng.context.names import CORE, Names
from huicheng.context.question import ANY_TYPE, Question, asks, listed, question
from huicheng.context.selecting import Asked, both
from huicheng.context.temporal import Shape
from huicheng.errors import NotFound
from huicheng.stores import Act, EntityQuery, Page, Store, Stored

#: So many entities may fit a condition on what relationships point to.
_MOST_LINKED = 1_000


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the query that it answers, and whether more follows."""

    query: EntityQuery
    page: Page
    more: bool


class TemporalPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entities with the course of their attributes, as JSON."""

    courses: Courses
    #: The page of entities that was looked at; without any observation they are left out above.
    found: Found


class Context:
    """One tenant's state and history behind the guard of whoever asks."""

    def __init__(
        self,
        store: Store,
        guards: Guards,
        *,
        personal: Mapping[str, frozenset[str]] | None = None,
        observations: int = MOST_OBSERVATIONS,
    ) -> None:
        """``observations`` of history are in one answer at most; more follows on further pages."""
        self._store = store
        self.chronicler = Chronicler(store, observations)
        self._guards = guards
        #: Type → its attributes that are personal data; whoever reads them is written down.
        self.personal = personal or {}

    async def guard(self, subject: Subject, action: str = "read") -> Guard:
        """What the subject may do now; asked anew for every request."""
        return await self._guards.guard(subject, action)

    async def get(self, id: str, subject: Subject) -> Stored:
        """One entity; ``NotFound`` also when the asker may not see it."""
        return await self._got(id, subject, await self.guard(subject))

    async def _got(self, id: str, subject: Subject, guard: Guard) -> Stored:
        stored = await self._store.get(id, guard)
        if stored is None:
            raise NotFound(what="entity", key=id)
        await self._record([stored], subject)
        return stored

    async def query(self, asked: Mapping[str, Any], subject: Subject, names: Names = CORE) -> Found:
        """Entities by the parameters of NGSI-LD. One more is read than asked for, to know whether it goes on."""
        query = await self._query(asked, subject, names)
        page = await self._store.query(msgspec.structs.replace(query, limit=query.limit + 1))
        shown = msgspec.structs.replace(page, entities=page.entities[: query.limit])
        await self._record(shown.entities, subject)
        return Found(query=query, page=shown, more=len(page.entities) > query.limit)

    async def ids(self, asked: Mapping[str, Any], subject: Subject, names: Names, most: int) -> list[str]:
        """Whatever page is asked for, all that the query finds, up to so many: nothing of what they hold is shown."""
        query = await self._query(asked, subject, names)
        page = await self._store.query(msgspec.structs.replace(query, limit=most, offset=0, count=False))
        return [one.held.id for one in page.entities]

    async def _query(self, asked: Mapping[str, Any], subject: Subject, names: Names) -> EntityQuery:
        if "{" in str(asked.get("q") or ""):
            asked = {**asked, "linked": await self._linked(asked, subject, names)}
        said = question(asked, await self.guard(subject), names)
        if not asks(said.query) and not asked.get("local") and asked.get("type") not in ANY_TYPE:
            raise NothingAsked
        return await self._with_further_types(said)

    async def _linked(self, asked: Mapping[str, Any], subject: Subject, names: Names) -> list[list[str]]:
        """Ids of what fits each condition on what relationships point to, as far as the asker may see it."""
        beside = {"limit": _MOST_LINKED, "local": True, "expandValues": asked.get("expandValues")}
        found: list[list[str]] = []
        for types, q in links_of(
            str(asked["q"]), expanded=frozenset(listed(beside["expandValues"], place="expandValues"))
        ):
            page = await self.query({**beside, "q": q, "type": [*types]}, subject, names)
            if page.more:
                raise TooMuch(place="q", what="What fits in braces", size=f"> {_MOST_LINKED}", limit=_MOST_LINKED)
            found.append([one.entity.id for one in page.page.entities])
        return found

    async def look(self, query: EntityQuery, subject: Subject) -> Page:
        """Entities by a query of another door, within what the asker may see; its guard is put in here."""
        page = await self.glance(query, subject)
        await self._record(page.entities, subject)
        return page

    async def glance(self, query: EntityQuery, subject: Subject) -> Page:
        """The same for whoever shows nothing of what the entities hold: it is not written down."""
        guarded = msgspec.structs.replace(query, guard=await self.guard(subject))
        types = Asked(named=tuple(query.types), tree=None) if query.types else None
        return await self._store.query(await self._with_further_types(Question(query=guarded, types=types)))

    async def extent(self, type: str, subject: Subject) -> tuple[float, float, float, float] | None:
        """West, south, east, north of what the asker may see of a type."""
        return await self._store.extent(EntityQuery(guard=await self.guard(subject), types=(type,)))

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
            seen = [one.entity for one in entities if one.held.type == name_of_type]
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
    ) -> Courses:
        """One entity's history; its attributes are those that the asker may see of it now."""
        guard = await self.guard(subject)
        stored = await self._got(id, subject, guard)
        wanted = {names.stored(one) for one in listed(asked.get("attrs"), place="attrs")}
        is_past = asked.get("timeproperty") == "deletedAt"
        if wanted and not is_past and wanted.isdisjoint(stored.entity.attributes):
            raise NotFound(what="attribute", key=", ".join(sorted(wanted))[:200])
        return await self.chronicler.courses([stored], asked, shape, names, sees=_seeing(guard), empty=True)

    async def courses(
        self, asked: Mapping[str, Any], subject: Subject, shape: Shape, names: Names = CORE
    ) -> TemporalPage:
        """The history of a page of entities; those without any observation in the period are left out."""
        found = await self.query(asked, subject, names)
        courses = await self.chronicler.courses(
            found.page.entities, asked, shape, names, sees=_seeing(await self.guard(subject)), empty=False
        )
        return TemporalPage(courses=courses, found=found)

    async def recalled(
        self, entities: Sequence[Stored], asked: Mapping[str, Any], subject: Subject, names: Names = CORE
    ) -> Recalled:
        """Instances of entities that were let through, before they are shown."""
        return await self.chronicler.recalled(entities, asked, names, sees=_seeing(await self.guard(subject)))


def _seeing(guard: Guard) -> Sees:
    """What is no more has no row that a policy could look at: only grants of all rows let it be seen."""
    columns: dict[str, frozenset[str]] = {}

    def sees(type: str, name: str) -> bool:
        if type not in columns:
            whole = (grant.columns for grant in guard.of(type) if grant.rows == "TRUE")
            columns[type] = frozenset().union(*whole)
        return bool(columns[type] & {"*", name})

    return sees
