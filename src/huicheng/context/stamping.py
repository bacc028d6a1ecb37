"""When the attributes of entities were made and last written: read where somebody asks for it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huicheng.stores import Stamps, Store, Stored, read_stamps, times_of

_encode = msgspec.json.Encoder().encode


async def stamped(store: Store, entities: Sequence[Stored]) -> list[Stored]:
    """The entities with the times of their attributes; what was written since then has at most the entity's."""
    rows = await store.rows("stamp.of", (_encode([one.entity.id for one in entities]).decode(),)) if entities else []
    found = {row["iri"]: read_stamps(row["doc"]) for row in rows}
    return [_with(one, found[one.entity.id]) if one.entity.id in found else one for one in entities]


def _with(stored: Stored, stamps: Stamps) -> Stored:
    return msgspec.structs.replace(stored, stamps=times_of(stamps, stored.created_at, stored.modified_at))
