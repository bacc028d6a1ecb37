"""What one request writes: gathered, checked as every entity is, and committed at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huicheng.access import Subject
from huicheng.api.faults import OtherType, Rejected
from huicheng.api.sensorthings.moments import Moments
from huicheng.api.sensorthings.tools import Tools
from huicheng.city import Attribute, Entity, from_micros
from huicheng.errors import AlreadyExists, NotFound
from huicheng.stores import Mode, Outcome, Removal, Rows, Stored, Transaction, Write, sensing


class Draft:
    """Entities and observations in the order in which they will be written."""

    def __init__(self, tools: Tools, subject: Subject) -> None:
        self.tools, self.subject = tools, subject
        self.moments = Moments(tools.store)
        #: Id → what is new or changed of it.
        self._entities: dict[str, Entity] = {}
        self._fresh: set[str] = set()
        self._observed: list[Entity] = []
        #: Of entities that are there: several observations of an attribute, checked already.
        self._courses: list[Entity] = []
        self._removals: list[Removal] = []
        #: Edits of history.
        self._rows: list[Rows] = []
        self._removed: dict[str, Stored] = {}
        #: Entities that lose an attribute.
        self._lessened: dict[str, Stored] = {}

    def create(self, id_: str, kind: str, attributes: dict[str, Attribute]) -> str:
        """A new entity."""
        self._entities[id_] = Entity(id=id_, type=kind, attributes=dict(attributes))
        self._fresh.add(id_)
        return id_

    def change(self, id_: str, kind: str, attributes: dict[str, Attribute]) -> None:
        """Attributes in place of those that an entity has."""
        before = self._entities.get(id_)
        together = {**(before.attributes if before else {}), **attributes}
        self._entities[id_] = Entity(id=id_, type=kind, attributes=together)

    def observe(self, key: sensing.ObservationKey, kind: str, result: object, unit: str | None = None) -> None:
        """One observation; an older one does not take a newer one's place."""
        held = Attribute(
            type="Property",
            value=result,
            unit_code=unit,
            observed_at=from_micros(key.observed_at),
            dataset_id=key.dataset_id,
        )
        self._observed.append(Entity(id=key.entity, type=kind, attributes={key.attribute: held}))

    async def may_observe(self, kind: str) -> bool:
        """Whether the subject may write whatever it wants into entities of a type."""
        return (await self.tools.permission(self.subject, "update")).plain(kind)

    def observe_course(self, id_: str, kind: str, attribute: str, course: list[Attribute]) -> None:
        """Observations of a type that :meth:`may_observe`, as the sieve let them through."""
        self._courses.append(Entity(id=id_, type=kind, attributes={attribute: course}))

    def remove(self, stored: Stored) -> None:
        """An entity."""
        self._removed[stored.entity.id] = stored
        self._removals.append(Removal(id=stored.entity.id))

    def remove_attribute(self, stored: Stored, attribute: str) -> None:
        """Every instance of one of its attributes."""
        id_ = stored.entity.id
        self._lessened[id_] = stored
        held = stored.entity.attributes.get(attribute, [])
        several = held if isinstance(held, list) else [held]
        self._removals += [Removal(id=id_, attribute=attribute, dataset_id=one.dataset_id) for one in several]

    def edit(self, edit: Rows, stored: Stored) -> None:
        """What lies over history from now on, of an entity that then has to be writable."""
        self._rows.append(edit)
        self._lessened.setdefault(stored.entity.id, stored)

    def drafted(self, id_: str) -> Entity | None:
        """What this request says of an entity so far."""
        return self._entities.get(id_)

    def is_new(self, id_: str) -> bool:
        """Whether this request makes it."""
        return id_ in self._fresh

    async def commit(self) -> None:
        """All of it, or nothing. ``Refused`` when a policy does not grant a part, ``Rejected`` by the checks."""
        await self._permit()
        entities = self._sifted([*self._entities.values(), *self._observed])
        first, rest = entities[: len(self._entities)], entities[len(self._entities) :]
        writes: list[Write | Removal] = [
            Write(entity=one, mode=Mode.CREATE if one.id in self._fresh else Mode.UPDATE) for one in first
        ]
        writes += [Write(entity=one, newest=True) for one in rest]
        writes += [Write(entity=one, newest=True, must_exist=True) for one in self._courses]
        writes += self._removals
        if writes or self._rows:
            committed = await self.tools.store.commit(Transaction(writes=writes, rows=self._rows))
            judge(committed.outcomes, writes)

    async def _permit(self) -> None:
        """Every entity as it is and as it will be. Which actions are asked for follows from what is drafted."""
        await self._permit_new()
        changed = [one for one in (*self._entities.values(), *self._observed) if one.id not in self._fresh]
        if changed or self._lessened:
            await self._permit_changes(changed)
        await self._permit_removals()

    async def _permit_new(self) -> None:
        if not self._fresh:
            return
        create = await self.tools.permission(self.subject, "create")
        for one in self._entities.values():
            if one.id in self._fresh and not create.plain(one.type):
                create.check(one, None)

    async def _permit_changes(self, changed: list[Entity]) -> None:
        update = await self.tools.permission(self.subject, "update")
        close = [one for one in changed if not update.plain(one.type)]
        there = await update.stored(one.id for one in close)
        for one in close:
            update.check(one, there.get(one.id))
        for stored in self._lessened.values():
            if not update.plain(stored.entity.type):
                update.check(stored.entity, stored)

    async def _permit_removals(self) -> None:
        if not self._removed:
            return
        delete = await self.tools.permission(self.subject, "delete")
        for one in self._removed.values():
            if not delete.plain(one.entity.type):
                delete.check(Entity(id=one.entity.id, type=one.entity.type, attributes={}), one)

    def _sifted(self, entities: list[Entity]) -> list[Entity]:
        sifted = self.tools.ingest.sieve.sift(entities)
        if sifted.problems:
            raise Rejected(sifted.problems)
        return sifted.entities


class ChangeSet(Draft):
    """What several requests of a batch write together: each says when it is done, the batch when all are."""

    #: Under which the scope of a request has it.
    KEY = "huicheng.change_set"

    async def commit(self) -> None:
        """One of them is done; nothing is kept yet."""

    async def finish(self) -> None:
        """All of it, or nothing; see :meth:`Draft.commit`."""
        await super().commit()


def judge(outcomes: Iterable[Outcome], writes: Sequence[Write | Removal]) -> None:
    """``OtherType``, ``AlreadyExists`` or ``NotFound`` where a write did not come to what it was meant for."""
    for outcome, write in zip(outcomes, writes, strict=True):
        if outcome is Outcome.OTHER_TYPE and isinstance(write, Write):
            raise OtherType(key=write.entity.id, type=write.entity.type)
        if outcome is Outcome.EXISTS and isinstance(write, Write):
            raise AlreadyExists(key=write.entity.id)
        if outcome is Outcome.MISSING and isinstance(write, Write):
            raise NotFound(what="Thing", key=write.entity.id)
