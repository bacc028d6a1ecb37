"""What belongs to each row of a page, read at once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from huicheng.stores.sensing.asked import Sensed, Sought
from huicheng.stores.sensing.links import is_named
from huicheng.stores.sensing.model import SETS
from huicheng.stores.sensing.rows import Row, Views, keyed


async def shared(  # noqa: PLR0913, PLR0917 - what belongs to what, which of it, and what is told of it
    views: Views, name: str, rows: Sequence[Row], link: str, sought: Sought, more: Sequence[str]
) -> dict[str, Sensed]:
    """A page for each row, by its id, where links can share; ``more``: further columns."""
    if is_named(name, link):
        return await _named(views, rows, SETS[name].links[link].target, sought)
    ids = tuple(dict.fromkeys(row["@iot.id"] for row in rows))
    if not ids:
        return {}
    found = await views.belonging(name, link, ids, sought, more)
    counts = await views.count_belonging(name, link, ids, sought) if sought.count else {}
    return _pages(SETS[name].links[link].target, found, counts, sought)


async def _named(views: Views, rows: Sequence[Row], target: str, sought: Sought) -> dict[str, Sensed]:
    """Of rows that name a few each: those that match, in their order, are few as well."""
    named = {row["@iot.id"]: _ids(row["_places"]) for row in rows}
    every = tuple(dict.fromkeys(one for ids in named.values() for one in ids))
    page = msgspec.structs.replace(sought, limit=len(every), offset=0, count=False)
    there = (await views.page(target, keyed(target, *every), page)).rows if every else []
    of_each = {id_: [row for row in there if row["@iot.id"] in ids] for id_, ids in named.items()}
    counts = {id_: len(those) for id_, those in of_each.items()} if sought.count else {}
    return _pages(target, {id_: those[sought.offset :] for id_, those in of_each.items()}, counts, sought)


def _ids(listed: str | None) -> frozenset[str]:
    """Of a list in JSON, or of the one that stands there."""
    held = msgspec.json.decode(listed or "[]")
    return frozenset(held if isinstance(held, list) else [held])


def _pages(target: str, found: Mapping[str, list[Row]], counts: Mapping[str, int], sought: Sought) -> dict[str, Sensed]:
    return {
        id_: Sensed(set=target, rows=those[: sought.limit], more=len(those) > sought.limit, count=counts.get(id_))
        for id_, those in found.items()
    }


def written(page: Sensed, sought: Sought) -> int:
    """How many entities a page writes with all that is expanded: one that several rows share is written for each."""
    known: dict[tuple[int, int], int] = {}

    def of_row(row: Row, asked: Sought) -> int:
        key = id(row), id(asked)
        if key not in known:
            known[key] = sum(of_link(row[link], inner) for link, inner in asked.expand.items())
        return known[key]

    def of_link(held: Sensed | Row | None, asked: Sought) -> int:
        if isinstance(held, Sensed):
            return len(held.rows) + (sum(of_row(row, asked) for row in held.rows) if asked.expand else 0)
        return of_row(held, asked) if held else 0

    return of_link(page, sought)
