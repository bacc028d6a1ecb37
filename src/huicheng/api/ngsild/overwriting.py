"""Attributes written over others without a look at the entity: what nearly every update of a reading is.

Reading the entity first takes as long as all else that the door does. It is spared where the store knows its type, all
entities of that type may be written, and what is written means the same whatever stands there. Members of one
attribute are put in place of its own: of the entity then that attribute alone is read, or nothing where the store knows
that none of its members stays.
"""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.api.faults import Rejected
from huicheng.api.ngsild.decoding import Fragment, decode_fragment, decode_member, stored_names
from huicheng.api.ngsild.fragments import NULLS, SCOPE
from huicheng.api.ngsild.tools import Tools
from huicheng.city import FURTHER_TYPES, Attribute, Entity
from huicheng.context import CORE
from huicheng.stores import Mode, Outcome, Stored

#: Kinds of attributes → where their content stands, where nothing more than the sieve has to look at it.
_PLAIN_KINDS = {"Property": "value", "Relationship": "object"}
_FIELDS = tuple((field.name, field.default) for field in msgspec.structs.fields(Attribute) if not field.required)
#: Fields of an attribute that hold a content.
_CONTENTS = frozenset({"value", "object", "language_map", "json", "vocab", "value_list", "object_list"})
#: What is stored among the attributes, and is none.
_NO_READINGS = frozenset({SCOPE, FURTHER_TYPES})
#: A null removes a member, the content (``urn:ngsi-ld:null``) the attribute.
_NULL = b"null"


async def written_over(tools: Tools, subject: Subject, id: str, body: bytes) -> bool:
    """Write a body in the core context over an entity's attributes; ``False``: nothing was written, look closer."""
    kind = tools.store.known_type(id)
    if kind is None or not (await tools.permission(subject, "update")).plain(kind):
        return False
    part = decode_fragment(body)
    if not _needs_no_look(part):
        return False
    entity = stored_names(Entity(id=id, type=kind, attributes=part.attributes))
    receipt = await tools.ingest.change(entity, ())
    if receipt.problems:
        raise Rejected(receipt.problems)
    return receipt.outcomes == [Outcome.UPDATED]  # else it has gone since, or is of another type


async def members_over(tools: Tools, subject: Subject, id: str, said: str, body: bytes) -> bool:
    """Write the members of one attribute, in the core context, over its own; ``False``: as above."""
    kind = tools.store.known_type(id)
    if kind is None or _NULL in body or not (await tools.permission(subject, "update")).plain(kind):
        return False
    part, name = decode_member(body), CORE.stored(said)
    if part is None or part.type not in _PLAIN_KINDS or part.dataset_id is not None or name in _NO_READINGS:
        return False
    covers = tools.store.covers(Entity(id=id, type=kind, attributes={name: part}))
    before = part if covers else _attribute_in(await tools.store.get(id), name)
    held = None if before is None else _with(before, part)
    if held is None:
        return False
    entity = Entity(id=id, type=kind, attributes={name: held})
    receipt = await tools.ingest.accept([entity], mode=Mode.COVER if covers else Mode.PATCH, must_exist=True)
    if receipt.problems:
        raise Rejected(receipt.problems)
    return receipt.outcomes == [Outcome.UPDATED]


def _attribute_in(stored: Stored | None, name: str) -> Attribute | None:
    """One with one instance and without sub-attributes; of the document no more is read."""
    if stored is None or isinstance(stored.held, Entity):
        return None
    raw = msgspec.json.decode(stored.held.document, type=dict[str, msgspec.Raw]).get(name)
    return None if raw is None else decode_member(raw)


def _with(before: Attribute, part: Attribute) -> Attribute | None:
    """The attribute with the members of another in place of its own; ``None`` where that takes a closer look."""
    said: dict[str, Any] = {}
    for field, default in _FIELDS:
        held = getattr(part, field)
        if held is not default:
            said[field] = held
    contents = said.keys() & _CONTENTS
    if part.type != before.type or before.dataset_id is not None or contents - {_PLAIN_KINDS[part.type]}:
        return None
    return msgspec.structs.replace(before, **said)


def _needs_no_look(part: Fragment) -> bool:
    """Nothing goes, nothing is added to what is there, and there is something to write."""
    held = part.attributes
    if not held or part.types or not _NO_READINGS.isdisjoint(held):
        return False
    return all(isinstance(one, Attribute) and one.content not in NULLS for one in held.values())
