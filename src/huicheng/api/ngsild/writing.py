"""Writing one entity or one attribute (CIM 009, 6.4–6.7). Every value goes through ``Ingest.accept``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from huicheng.access import Subject
from huicheng.api.faults import AttributeNotFound, OtherType, ReadOnlyType, Rejected
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, created, json_answer, options_of, refuse_unknown
from huicheng.api.ngsild.decoding import (
    attribute_of,
    decode_entity,
    decode_fragment,
    entity_of,
    fragment_of,
    kind_of,
    stored_names,
)
from huicheng.api.ngsild.fragments import NULL, NULLS, Change, appended, as_types, updated, with_types
from huicheng.api.ngsild.overwriting import members_over, written_over
from huicheng.api.ngsild.permission import RESERVED, WritePermission, refuse_read_only
from huicheng.api.ngsild.said_once import SaidOnce
from huicheng.api.ngsild.spoken import speaks_plainly
from huicheng.api.ngsild.tools import Tools
from huicheng.api.problem import language_of
from huicheng.city import FURTHER_TYPES, Attribute, Entity
from huicheng.context import CORE, Names, flag, listed, normalized, stored_attribute, stored_entity
from huicheng.errors import AlreadyExists, Invalid, NotFound, Refused
from huicheng.errors.sentences import translations
from huicheng.ingest import Receipt, is_name, is_uri
from huicheng.stores import Mode, Outcome, Removal, Rows, Store, Stored, Transaction

BASE = "/ngsi-ld/v1"
_FIELD = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "JsonProperty": "json",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}


class Writing:
    """Handlers that change one entity."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    # -- whole entities

    async def create(self, request: Request) -> Answer:
        """``POST /entities``: 201 with its address, 409 when it is there."""
        subject = await self._tools.subject(request)
        entity = await self._sent(request)
        permission = await self._tools.permission(subject, "create")
        if not permission.plain(entity.type) or entity.id.startswith(RESERVED):
            permission.check(entity, None)
        await note_types(self._tools.store, [entity])
        await self._accept(entity, Mode.CREATE, must_exist=False)
        return created(f"{BASE}/entities/{quote(entity.id, safe=':')}")

    async def replace(self, request: Request) -> Answer:
        """``PUT /entities/{id}``: all of it, 404 when it is not there."""
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        subject, raw = await self._tools.subject(request), await self._fragment(request)
        stored, permission = await self._there(id, subject, "update")
        entity = entity_of(raw, id=id, type=stored.entity.type)
        return await self._written(entity, stored, permission, Mode.REPLACE)

    async def merge(self, request: Request) -> Answer:
        """``PATCH /entities/{id}``: merge down to values; ``urn:ngsi-ld:null`` deletes."""
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        subject, once = await self._tools.subject(request), SaidOnce.of(request)
        raw = await self._fragment(request)
        stored, permission = await self._there(id, subject, "update")
        entity = entity_of(once.read(_with_nulls(raw), stored.entity), id=id, type=stored.entity.type)
        entity = with_types(once.timed(entity, stored.entity), stored.entity)
        return await self._written(entity, stored, permission, Mode.MERGE)

    async def without_id(self, request: Request) -> Answer:
        """``PUT`` and ``PATCH`` of ``/entities/``: 400, which the standard asks for where the id is missing."""
        await self._tools.subject(request)
        raise Invalid(place="/id", why="id must be a URI.")

    async def _sent(self, request: Request) -> Entity:
        body = await request.json_bytes(self._tools.body_bytes)
        if speaks_plainly(request):
            return decode_entity(body)
        raw, names = await self._tools.spoken.read(request, body)
        return entity_of(stored_entity(raw, names))

    async def _fragment(self, request: Request) -> Any:
        """A part of an entity with stored names."""
        raw, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        return stored_entity(raw, names)

    async def _written(self, entity: Entity, stored: Stored, permission: WritePermission, mode: Mode) -> Answer:
        _permit(permission, entity, stored, replaces=mode is Mode.REPLACE)
        await note_types(self._tools.store, [entity])
        await self._accept(entity, mode, must_exist=True)
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """``DELETE /entities/{id}``."""
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        subject = await self._tools.subject(request)
        stored, _ = await self._there(id, subject, "delete")
        refuse_read_only(stored.entity.type)
        await self._remove([Removal(id=id)], NotFound(what="entity", key=id))
        return NO_CONTENT

    async def purge(self, request: Request) -> Answer:
        """``DELETE /entities``: all that a query finds; with ``drop`` or ``keep`` some of their attributes only."""
        names = await self._tools.spoken.names(request)
        subject = await self._tools.subject(request)
        asked = {key: held for key, held in request.parameters.items() if key not in {"keep", "drop"}}
        keep, drop = _listed(request, "keep", names), _listed(request, "drop", names)
        if keep and drop:
            raise Invalid(place="keep", why="keep cannot stand beside drop.")
        partly = bool(keep or drop)
        permission = await self._tools.permission(subject, "update" if partly else "delete")
        offset = 0
        while True:
            found = await self._tools.context.query({**asked, "limit": 500, "offset": offset}, subject, names)
            gone = [one for stored in found.page.entities for one in _purged(stored, keep, drop, permission)]
            if gone:
                await self._tools.store.commit(Transaction(writes=[*gone]))
            offset += len(found.page.entities) if partly else len(found.page.entities) - len(gone)
            if not found.more:
                return NO_CONTENT

    # -- several attributes

    async def append(self, request: Request) -> Answer:
        """``POST /entities/{id}/attrs``: adds, and overwrites unless ``noOverwrite``."""
        options = options_of(request)
        refuse_unknown(options, frozenset({"noOverwrite"}))
        overwrites = "noOverwrite" not in options
        return await self._attributes(request, lambda part, stored: appended(part, stored, overwrites=overwrites))

    async def update(self, request: Request) -> Answer:
        """``PATCH /entities/{id}/attrs``: overwrites, adds, deletes what is null; tells what was not there."""
        return await self._attributes(request, updated, over=True)

    async def _attributes(
        self, request: Request, change: Callable[[Entity, Entity], Change], *, over: bool = False
    ) -> Answer:
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        subject = await self._tools.subject(request)
        body = await request.json_bytes(self._tools.body_bytes)
        plainly, names = speaks_plainly(request), CORE
        if over and plainly and await written_over(self._tools, subject, id, body):
            return NO_CONTENT
        if not plainly:
            raw, names = await self._tools.spoken.read(request, body)
        stored, permission = await self._there(id, subject, "update")
        part = decode_fragment(body) if plainly else fragment_of(stored_entity(raw, names))
        lead = stored.entity.type
        attributes = part.attributes | as_types(lead, part.types)
        entity = with_types(stored_names(Entity(id=id, type=lead, attributes=attributes)), stored.entity)
        _permit(permission, entity, stored)
        found = change(entity, stored.entity)
        await self._carry_out(found)
        return _updated(request, part.attributes, found.skipped, names)

    async def _carry_out(self, change: Change) -> None:
        await note_types(self._tools.store, [change.entity])
        if change.entity.attributes or change.removals:
            _refuse_failure(change.entity, await self._tools.ingest.change(change.entity, change.removals))
        if change.added.attributes:
            await self._accept(change.added, Mode.APPEND, must_exist=True)

    # -- one attribute

    async def patch_attribute(self, request: Request) -> Answer:
        """``PATCH /entities/{id}/attrs/{attr}``: members given replace members, others stay."""
        id, said = entity_id(request), attribute_name(request)  # noqa: A001 - NGSI-LD's own word
        subject = await self._tools.subject(request)
        body = await request.json_bytes(self._tools.body_bytes)
        if speaks_plainly(request) and await members_over(self._tools, subject, id, said, body):
            return NO_CONTENT
        raw, names = await self._tools.spoken.read(request, body)
        name = names.stored(said)
        stored, permission = await self._there(id, subject, "update")
        if name not in stored.entity.attributes:
            raise AttributeNotFound(key=id, attribute=said)
        part = stored_attribute(raw, names)
        before = _instance(stored.entity.attributes[name], part, AttributeNotFound(key=id, attribute=said))
        held = _with_members(before, part)
        entity = Entity(id=id, type=stored.entity.type, attributes={name: held or before})
        _permit(permission, entity, stored)
        if held is None:
            await self._remove(
                [Removal(id=id, attribute=name, dataset_id=before.dataset_id)], NotFound(what="entity", key=id)
            )
        else:
            await self._accept(entity, Mode.PATCH, must_exist=True)
        return NO_CONTENT

    async def put_attribute(self, request: Request) -> Answer:
        """``PUT /entities/{id}/attrs/{attr}``: the attribute as a whole."""
        return await self._attribute(request)

    async def _attribute(self, request: Request) -> Answer:
        id, said = entity_id(request), attribute_name(request)  # noqa: A001 - NGSI-LD's own word
        subject = await self._tools.subject(request)
        raw, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        name = names.stored(said)
        stored, permission = await self._there(id, subject, "update")
        if name not in stored.entity.attributes:
            raise AttributeNotFound(key=id, attribute=said)
        held = attribute_of(_part(stored_attribute(raw, names), stored.entity.attributes[name]), "")
        entity = Entity(id=id, type=stored.entity.type, attributes={name: held})
        _permit(permission, entity, stored)
        await self._accept(entity, Mode.PATCH, must_exist=True)
        return NO_CONTENT

    async def delete_attribute(self, request: Request) -> Answer:
        """``DELETE /entities/{id}/attrs/{attr}``: the default instance, one by ``datasetId``, or all."""
        id, said = entity_id(request), attribute_name(request)  # noqa: A001 - NGSI-LD's own word
        name = (await self._tools.spoken.names(request)).stored(said)
        subject = await self._tools.subject(request)
        stored, permission = await self._there(id, subject, "update")
        held = stored.entity.attributes.get(name)
        missing = AttributeNotFound(key=id, attribute=said)
        if held is None:
            raise missing
        entity = Entity(id=id, type=stored.entity.type, attributes={name: held})
        _permit(permission, entity, stored)
        await self._remove(
            [Removal(id=id, attribute=name, dataset_id=one) for one in _datasets(request, held)], missing
        )
        return NO_CONTENT

    # -- steps

    async def _there(self, id: str, subject: Subject, action: str) -> tuple[Stored, WritePermission]:
        """The entity as it stands. Who may not touch it hears 403 only when they may see it at all."""
        permission = await self._tools.permission(subject, action)
        stored = (await permission.stored([id])).get(id)
        if stored is None:
            raise NotFound(what="entity", key=id)
        if not permission.plain(stored.entity.type):
            try:
                permission.check(Entity(id=id, type=stored.entity.type, attributes={}), stored)
            except (Refused, ReadOnlyType):
                await self._tools.context.get(id, subject)
                raise
        return stored, permission

    async def _accept(self, entity: Entity, mode: Mode, *, must_exist: bool) -> None:
        receipt = await self._tools.ingest.accept([entity], mode=mode, must_exist=must_exist)
        _refuse_failure(entity, receipt)
        if receipt.outcomes == [Outcome.EXISTS] and mode is Mode.CREATE:
            raise AlreadyExists(place="/id", key=entity.id)

    async def _remove(self, removals: list[Removal], missing: NotFound | AttributeNotFound) -> None:
        committed = await self._tools.store.commit(Transaction(writes=list(removals)))
        if all(outcome is Outcome.MISSING for outcome in committed.outcomes):
            raise missing


def _refuse_failure(entity: Entity, receipt: Receipt) -> None:
    """Of one entity: what became of it comes first."""
    if receipt.problems:
        raise Rejected(receipt.problems)
    outcome = receipt.outcomes[0]
    if outcome is Outcome.OTHER_TYPE:
        raise OtherType(place="/type", key=entity.id, type=entity.type)
    if outcome is Outcome.MISSING:
        raise NotFound(what="entity", key=entity.id)


def _permit(permission: WritePermission, entity: Entity, stored: Stored, *, replaces: bool = False) -> None:
    if not permission.plain(entity.type):
        permission.check(entity, stored, replaces=replaces)


def _with_nulls(raw: Any) -> Any:
    """In a merge an attribute may simply be ``urn:ngsi-ld:null``, or JSON's ``null``."""
    if not isinstance(raw, dict):
        return raw
    return {name: NULL if held is None else held for name, held in raw.items()}


def entity_id(request: Request) -> str:
    """The id in the path, which is a URI."""
    if is_uri(request.segments[0]) is None:
        raise Invalid(place="/id", why="id must be a URI.")
    return request.segments[0]


def attribute_name(request: Request) -> str:
    """The name of an attribute in the path."""
    said = request.segments[1]
    if is_name(said) is None and is_uri(said) is None:
        raise Invalid(place="/attribute", why="The name of an attribute is a name or a URI.")
    return said


async def note_types(store: Store, entities: Iterable[Entity]) -> None:
    """Remember under which type entities of several types stand, so that queries for the others find them.

    Before they are written: whoever follows the feed is to know it when they come. A type too many hurts nobody.
    """
    pairs = {
        (one.type, further)
        for one in entities
        if isinstance(held := one.attributes.get(FURTHER_TYPES), Attribute)
        for further in held.content
    }
    if pairs:
        known = {(row["type"], row["further"]) for row in await store.rows("context.leading_types")}
        rows = Rows(statement="context.lead", parameters=sorted(pairs - known))
        if rows.parameters:
            await store.commit(Transaction(rows=[rows]))


def _listed(request: Request, name: str, names: Names) -> frozenset[str]:
    return frozenset(names.stored(one) for one in listed(request.parameters.get(name), place=name))


def _purged(stored: Stored, keep: frozenset[str], drop: frozenset[str], permission: WritePermission) -> list[Removal]:
    """What goes of one entity; nothing where it may not be touched."""
    entity = stored.entity
    names = [one for one in entity.attributes if one in drop or (keep and one not in keep)]
    touched = Entity(id=entity.id, type=entity.type, attributes={one: entity.attributes[one] for one in names})
    try:
        permission.check(touched, stored)
    except (Refused, ReadOnlyType):
        return []
    if not keep and not drop:
        return [Removal(id=entity.id)]
    several = [(one, entity.attributes[one]) for one in names]
    return [
        Removal(id=entity.id, attribute=name, dataset_id=one.dataset_id)
        for name, held in several
        for one in (held if isinstance(held, list) else [held])
    ]


def _instance(held: Attribute | list[Attribute], part: Any, missing: AttributeNotFound) -> Attribute:
    """The instance that a fragment speaks of."""
    dataset = part.get("datasetId") if isinstance(part, dict) else None
    for one in held if isinstance(held, list) else [held]:
        if one.dataset_id == dataset:
            return one
    raise missing


def _with_members(before: Attribute, part: Any) -> Attribute | None:
    """The attribute with the members of a fragment in place of its own; ``None``: it is to go."""
    if not isinstance(part, dict) or not part:
        raise Invalid(place="/", why="A JSON object with members of the attribute is expected.")
    if part.get("type", before.type) != before.type:
        raise Invalid(place="/type", why="The type of an attribute cannot be changed.")
    field = _FIELD[before.type]
    if (field in part or "value" in part) and part.get(field, part.get("value")) in (*NULLS, None):
        return None
    kept = {
        name: held for name, held in {**normalized(before), **part}.items() if held is not None and held not in NULLS
    }
    found = attribute_of(kept, "")
    assert isinstance(found, Attribute)  # noqa: S101 - one went in
    return found


def _part(raw: Any, held: Attribute | list[Attribute]) -> Any:
    """A part of an attribute takes the type of what is stored where it does not tell."""
    if not isinstance(raw, dict) or "type" in raw or kind_of(raw):
        return raw
    one = held[0] if isinstance(held, list) else held
    return {"type": one.type, **raw}


def _updated(request: Request, attributes: dict[str, Any], skipped: dict[str, str], names: Names) -> Answer:
    """204, or 207 with an ``UpdateResult`` (5.2.18)."""
    if not skipped:
        return NO_CONTENT
    told = translations(language_of(request.header(b"accept-language"))).gettext
    reasons = [{"attributeName": names.shown(name), "reason": told(why)} for name, why in skipped.items()]
    updated = [names.shown(name) for name in attributes if name not in skipped]
    return json_answer({"updated": updated, "notUpdated": reasons}, status=207)


def _datasets(request: Request, held: Attribute | list[Attribute]) -> list[str | None]:
    several = held if isinstance(held, list) else [held]
    if flag(request.parameters.get("deleteAll"), place="deleteAll"):
        return [one.dataset_id for one in several]
    return [request.parameters.get("datasetId")]
