"""Writing history: temporal entities, their attributes, single instances (CIM 009, 6.18–6.22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from huicheng.api.faults import AttributeNotFound, InstanceNotFound, Rejected
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, created
from huicheng.api.ngsild.decoding import attribute_of, entity_of
from huicheng.api.ngsild.permission import refuse_read_only
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import BASE, entity_id
from huicheng.city import Attribute, Attributes, Entity
from huicheng.context import flag, gone, instead, stored_attribute, stored_entity, wall_clock
from huicheng.errors import Invalid, NotFound
from huicheng.ingest import is_name, is_uri
from huicheng.stores import HistoryQuery, Mode, Removal, Rows, Stored, Transaction, Write

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MEMBERS = frozenset({"id", "@id", "type", "@type", "@context", "scope", "createdAt", "modifiedAt"})


class Chronicle:
    """Handlers. What is written here is history: no rule judges it, and no older value takes a newer one's place."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def create(self, request: Request) -> Answer:
        """``POST /temporal/entities``: 201 for a new entity, 204 for more of one that is there."""
        raw, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        raw = stored_entity(raw, names)
        head = entity_of({name: held for name, held in raw.items() if name in _MEMBERS} if _is_object(raw) else raw)
        stored = await self._write(request, head, raw)
        if stored is not None:
            return NO_CONTENT
        return created(f"{BASE}/temporal/entities/{quote(head.id, safe=':')}")

    async def append(self, request: Request) -> Answer:
        """``POST /temporal/entities/{id}/attrs``."""
        raw, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        if not _is_object(raw):
            raise Invalid(place="/", why="A JSON object of attributes is expected.")
        stored = await self._there(request, "update")
        head = Entity(id=stored.entity.id, type=stored.entity.type, attributes={})
        await self._write(request, head, stored_entity(raw, names))
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """``DELETE /temporal/entities/{id}``: the entity, and its history with it."""
        stored = await self._there(request, "delete")
        id = stored.entity.id  # noqa: A001 - NGSI-LD's own word
        await self._commit([Removal(id=id)], [gone(id, "*", "*", wall_clock())])
        return NO_CONTENT

    async def delete_attribute(self, request: Request) -> Answer:
        """Its default instances, those of a ``datasetId``, or all."""
        stored, name = await self._attribute(request, "update")
        held = stored.entity.attributes[name]
        dataset = request.parameters.get("datasetId") or ""
        several = held if isinstance(held, list) else [held]
        everything = flag(request.parameters.get("deleteAll"), place="deleteAll")
        there = [one for one in several if everything or (one.dataset_id or "") == dataset]
        if not there:
            raise AttributeNotFound(key=stored.entity.id, attribute=request.segments[1])
        id = stored.entity.id  # noqa: A001 - NGSI-LD's own word
        removals = [Removal(id=id, attribute=name, dataset_id=one.dataset_id) for one in there]
        await self._commit(removals, [gone(id, name, "*" if everything else dataset, wall_clock())])
        return NO_CONTENT

    async def change_instance(self, request: Request) -> Answer:
        """``PATCH …/attrs/{attr}/{instance}``: another content in its place."""
        raw, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        stored, name = await self._attribute(request, "update")
        said = stored_attribute(raw, names)
        said = _only(stored_entity(raw, names).get(name, said)) if _is_object(raw) else said
        held = attribute_of(said, "")
        if isinstance(held, list):
            raise Invalid(place="/", why="One instance is expected.")
        instance = await self._instance(request, stored, name)
        checked = self._checked([Entity(id=stored.entity.id, type=stored.entity.type, attributes={name: held})])
        [good] = [one.attributes[name] for one in checked]
        assert isinstance(good, Attribute)  # noqa: S101 - one went in
        await self._commit([], [instead(stored.entity.id, name, instance, good, wall_clock())])
        return NO_CONTENT

    async def delete_instance(self, request: Request) -> Answer:
        """``DELETE …/attrs/{attr}/{instance}``."""
        stored, name = await self._attribute(request, "update")
        instance = await self._instance(request, stored, name)
        await self._commit([], [gone(stored.entity.id, name, "*", wall_clock(), instance)])
        return NO_CONTENT

    # -- steps

    async def _write(self, request: Request, head: Entity, raw: Mapping[str, Any]) -> Stored | None:
        """Every instance, in the order of their times; gives what stood there before."""
        subject = await self._tools.subject(request)
        entities = [Entity(id=head.id, type=head.type, attributes=one) for one in rounds(raw)]
        if head.attributes or not entities:
            entities.insert(0, head)
        stored = await self._tools.store.get(head.id)
        permission = await self._tools.permission(subject, "create" if stored is None else "update")
        for one in entities:
            if not permission.plain(one.type) or stored is None:
                permission.check(one, stored)
        good = self._checked(entities)
        writes = [Write(entity=one, mode=Mode.UPDATE, newest=True) for one in good]
        await self._tools.store.commit(Transaction(writes=[*writes], judged=False))
        return stored

    def _checked(self, entities: list[Entity]) -> list[Entity]:
        sifted = self._tools.ingest.sieve.sift(entities)
        if sifted.problems:
            raise Rejected(sifted.problems)
        return sifted.entities

    async def _there(self, request: Request, action: str) -> Stored:
        """The entity, as far as the asker may see it and do this to it."""
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        subject = await self._tools.subject(request)
        await self._tools.context.get(id, subject)
        stored = await self._tools.store.get(id)
        if stored is None:
            raise NotFound(what="entity", key=id)
        refuse_read_only(stored.entity.type)
        permission = await self._tools.permission(subject, action)
        permission.check(Entity(id=id, type=stored.entity.type, attributes={}), stored)
        return stored

    async def _attribute(self, request: Request, action: str) -> tuple[Stored, str]:
        stored = await self._there(request, action)
        name = (await self._tools.spoken.names(request)).stored(request.segments[1])
        if not (is_name(name) or is_uri(name)):
            raise Invalid(place="/attr", why="It is no name of an attribute.")
        if name not in stored.entity.attributes:
            raise AttributeNotFound(key=stored.entity.id, attribute=request.segments[1])
        permission = await self._tools.permission(await self._tools.subject(request), action)
        held = {name: stored.entity.attributes[name]}
        permission.check(Entity(id=stored.entity.id, type=stored.entity.type, attributes=held), stored)
        return stored, name

    async def _instance(self, request: Request, stored: Stored, name: str) -> str:
        wanted = request.segments[2]
        if not is_uri(wanted):
            raise Invalid(place="/instance", why="It is no identifier of an instance.")
        query = HistoryQuery(entities=[stored.entity.id], attributes=[name])
        if not any(one.instance_id == wanted for one in await self._tools.store.history(query)):
            raise InstanceNotFound(instance=wanted[:200])
        return wanted

    async def _commit(self, removals: list[Removal], rows: list[Rows]) -> None:
        await self._tools.store.commit(Transaction(writes=[*removals], rows=rows, judged=False))


def rounds(raw: Mapping[str, Any]) -> list[Attributes]:
    """Instances of a temporal entity as entities one after the other: the k-th of each series in the k-th of them."""
    series: dict[tuple[str, str | None], list[Attribute]] = defaultdict(list)
    for name, held in raw.items():
        if name not in _MEMBERS:
            for number, one in enumerate(held if isinstance(held, list) else [held]):
                instance = attribute_of(one, f"/{name}/{number}")
                if isinstance(instance, list):
                    raise Invalid(place=f"/{name}/{number}", why="One instance is expected.")
                series[name, instance.dataset_id].append(instance)
    for held in series.values():
        held.sort(key=lambda one: one.observed_at or _EARLIEST)
    longest = max(map(len, series.values()), default=0)
    return [_round(series, number) for number in range(longest)]


def _round(series: Mapping[tuple[str, str | None], list[Attribute]], number: int) -> Attributes:
    found: dict[str, list[Attribute]] = defaultdict(list)
    for (name, _), held in series.items():
        if number < len(held):
            found[name].append(held[number])
    return {name: held[0] if len(held) == 1 else held for name, held in found.items()}


def _only(held: Any) -> Any:
    return held[0] if isinstance(held, list) and len(held) == 1 else held


def _is_object(raw: Any) -> bool:
    return isinstance(raw, dict)
