"""What each of many owners may see of what has changed.

The store says it, by a query under each owner's guard. A hundred devices that wait for their orders would be a hundred
queries for each order, of which one finds anything. So what has changed is read once, as it is, and the store is
spared the owners of whom it is certain that they see none of it. What is shown is always what the store lets through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huicheng.access import EVERYTHING, Guard, Subject, allows, names_of
from huicheng.city import FURTHER_TYPES, Attribute, Entity
from huicheng.expressions import steps_of
from huicheng.stores import EntityQuery, Store, Stored

#: Owners of whom the store is asked without a look beforehand.
_FEW = 2
_CHUNK = 500
#: Kinds of attributes with one content, and what a content must be so that every engine reads it alike.
_KINDS = frozenset({"Property", "Relationship"})
_PLAIN = (str, int, float)
#: Stored in ways of their own.
_APART = frozenset({"scope", FURTHER_TYPES})

#: Id of an entity → its type.
Wanted = Mapping[str, str]


async def seen_by(
    store: Store, guards: Mapping[Subject, Guard], wanted: Mapping[Subject, Wanted]
) -> dict[Subject, dict[str, Stored]]:
    """Owner → id → the entity as that owner may see it. Each owner has a guard."""
    if len(wanted) > _FEW:
        wanted = await _narrowed(store, guards, wanted)
    return {owner: await _read(store, guards[owner], ids) for owner, ids in wanted.items()}


async def _narrowed(
    store: Store, guards: Mapping[Subject, Guard], wanted: Mapping[Subject, Wanted]
) -> dict[Subject, Wanted]:
    """Without what is not there, or what an owner surely may not see."""
    there = await _there(store, sorted({one for ids in wanted.values() for one in ids}))
    return {
        owner: {one: kind for one, kind in ids.items() if one in there and not hidden(guards[owner], there[one])}
        for owner, ids in wanted.items()
    }


async def _there(store: Store, ids: Sequence[str]) -> dict[str, Entity]:
    """The entities as they are, whoever asks."""
    found: dict[str, Entity] = {}
    for start in range(0, len(ids), _CHUNK):
        page = await store.query(EntityQuery(guard=EVERYTHING, ids=ids[start : start + _CHUNK], limit=_CHUNK))
        found.update((one.entity.id, one.entity) for one in page.entities)
    return found


async def _read(store: Store, guard: Guard, wanted: Wanted) -> dict[str, Stored]:
    """Naming the types spares the conditions of all the others that the owner may read."""
    ids, found = list(wanted), dict[str, Stored]()
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        types = sorted({wanted[one] for one in part})
        page = await store.query(EntityQuery(guard=guard, types=types, ids=part, limit=len(part)))
        found.update((one.entity.id, one) for one in page.entities)
    return found


def hidden(guard: Guard, entity: Entity) -> bool:
    """Whether surely no grant lets anything of the entity through.

    It is certain where all that the conditions read are texts and numbers, or not there. ``False`` says nothing.
    """
    values: dict[str, Any] = {}
    for name in names_of(guard, entity.type):
        certain, value = _plain(entity, name)
        if not certain:
            return False
        if value is not None:
            values[name] = value
    return not allows(guard, entity.type, values)


def _plain(entity: Entity, name: str) -> tuple[bool, Any]:
    """Whether every engine reads the same under a name, and what; ``None``: there is nothing."""
    if name in {"id", "type"}:
        return True, getattr(entity, name)
    attribute, *inner = steps_of(name)
    if inner or attribute in _APART:
        return False, None
    held = entity.attributes.get(attribute)
    if held is None:
        return True, None
    if not isinstance(held, Attribute) or held.type not in _KINDS:
        return False, None
    plain = isinstance(held.content, _PLAIN) and not isinstance(held.content, bool)
    return plain, held.content if plain else None
