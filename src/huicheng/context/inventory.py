"""Which types and attributes there are, as far as somebody may see them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from huicheng.access import Guard
from huicheng.city import FURTHER_TYPES
from huicheng.context.representation import MEMBERS
from huicheng.stores import EntityQuery, Store, Stored

_PAGE = 1_000
#: Of a type that is not granted as a whole, so many entities are looked at.
_MOST_LOOKED_AT = 20_000
_NO_ATTRIBUTES = frozenset({*MEMBERS, FURTHER_TYPES})


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """One type."""

    type: str
    entities: int
    #: Attribute → kind → on how many entities.
    attributes: Mapping[str, Mapping[str, int]]


async def inventory(store: Store, guard: Guard, types: Iterable[str]) -> list[Inventory]:
    """Those of these types of which something may be seen."""
    found = [await _of_type(store, guard, one) for one in types]
    return [one for one in found if one.entities]


async def _of_type(store: Store, guard: Guard, type: str) -> Inventory:
    attributes: dict[str, Counter[str]] = defaultdict(Counter)
    query = EntityQuery(guard=guard, types=(type,), limit=0, count=True)
    count = (await store.query(query)).count or 0
    if any(grant.rows == "TRUE" and "*" in grant.columns for grant in guard.of(type)):
        for row in await store.rows("inventory.attributes", (type,)):
            attributes[row["name"]][row["kind"]] += row["n"]
    else:
        for start in range(0, min(count, _MOST_LOOKED_AT), _PAGE):
            page = await store.query(msgspec.structs.replace(query, limit=_PAGE, offset=start, count=False))
            _look(page.entities, attributes)
    shown = {name: kinds for name, kinds in attributes.items() if name not in _NO_ATTRIBUTES}
    return Inventory(type=type, entities=count, attributes=shown)


def _look(entities: Iterable[Stored], attributes: Mapping[str, Counter[str]]) -> None:
    for stored in entities:
        for name, held in stored.entity.attributes.items():
            attributes[name][held[0].type if isinstance(held, list) else held.type] += 1
