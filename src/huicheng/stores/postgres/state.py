"""The state's table as the writer reads and writes it: one statement for many entities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from shapely.geometry import shape

from huicheng.stores.faces import Removal, Write
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.standing import Standing, Standings
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.stamps import read_stamps, stamps_text


class Met(Exception):
    """Another process has created or changed one of these at the same time: the group begins again and finds it so."""


class State:
    """Reads and writes entities inside the writer's transaction."""

    def __init__(self, statements: Statements) -> None:
        self._hold = statements.reading("state.hold")
        self._create = statements.writing("state.create")
        self._put_deletion = statements.writing("deletion.put")
        self._replace, self._change = statements.writing("state.replace"), statements.writing("state.change")
        self._remember, self._stamp = statements.writing("state.remember"), statements.writing("stamp.put")

    async def hold(self, connection: Connection, writes: Iterable[Write | Removal]) -> Standings:
        """What these are about, held until the transaction ends; in one order, so that nobody waits in a circle.

        ``Met`` where a transaction that the feed has after this one has been there before it.
        """
        standings = Standings()
        wanted = list({id_of(write) for write in writes})
        if wanted:
            rows = await connection.fetch(self._hold, wanted)
            if any(row["later"] for row in rows):
                raise Met
            standings.hold(map(_standing, rows))
        return standings

    async def flush(self, connection: Connection, standings: Standings) -> None:
        """Write what has changed, and what it was before where somebody is to hear of that."""
        if earlier := standings.take_earlier():
            await connection.execute(self._remember, *_columns(earlier, _EARLIER))
        changed = standings.take_changed()
        created = [one for one in changed if one.id is None]
        if created:
            rows = await connection.fetch(self._create, *_columns(created, _CREATED), _places(created))
            if len(rows) < len(created):
                raise Met
            standings.created((row["iri"], row["id"]) for row in rows)
        there = [one for one in changed if one.id is not None]
        if moved := [one for one in there if one.moved]:
            await connection.execute(self._change, *_columns(moved, _CHANGED), _places(moved))
        if stays := [one for one in there if not one.moved]:
            await connection.execute(self._replace, *_columns(stays, _REPLACED))
        if stamped := standings.take_stamped():
            texts = [stamps_text(one.stamps) for one in stamped]
            await connection.execute(self._stamp, [one.id for one in stamped], texts)
        if gone := standings.take_dropped():
            await connection.executemany(self._put_deletion, gone)


_CREATED = ("iri", "type", "former_type", "version", "created_at", "modified_at", "document")
_CHANGED = ("id", "type", "former_type", "version", "created_at", "modified_at", "document")
_EARLIER = ("iri", "type", "document", "created_at", "modified_at")
_REPLACED = ("id", "version", "modified_at", "document")


def _columns(entities: Sequence[Standing], names: Sequence[str]) -> list[list[Any]]:
    return [[getattr(one, name) for one in entities] for name in names]


def _places(entities: Sequence[Standing]) -> list[bytes | None]:
    return [None if one.type is None else binary_of(one.place) for one in entities]


def binary_of(place: Any) -> bytes | None:
    """A GeoJSON as PostGIS takes it; ``None`` for what is no geometry, which then is never found by place."""
    if place is None:
        return None
    try:
        made = shapely.Point(place["coordinates"]) if place["type"] == "Point" else shape(place)
        found: bytes = shapely.to_wkb(shapely.force_2d(made))
    except Exception:  # noqa: BLE001 - whatever is wrong with a stored value, it is no geometry
        return None
    return found


def _standing(row: Any) -> Standing:
    return Standing(
        iri=row["iri"],
        id=row["id"],
        type=row["type"],
        former_type=row["former_type"],
        version=row["version"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        stored=row["doc"],
        kept=row["kept"],
        stamps=read_stamps(row["stamps"]) if row["stamps"] else {},
    )


def id_of(write: Write | Removal) -> str:
    """The identifier that a write is about."""
    return write.id if isinstance(write, Removal) else write.entity.id
