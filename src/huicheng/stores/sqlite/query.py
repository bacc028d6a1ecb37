"""Entity queries: how to go through the state, and what comes out.

Two ways in. By type and identifier the rows come in order, so that a page ends early; by the R*Tree only rows come that
lie in the box of the geometry, and all of them are looked at before the first is known. With ``n`` entities of which
``k`` lie in the box, the page of ``m`` takes about ``m · n / k`` rows the one way and ``k`` the other: so the box is
counted first, as far as matters.
"""

from __future__ import annotations

from math import isqrt

import msgspec

from huicheng.stores.asked import box_of
from huicheng.stores.faces import EntityQuery, Page
from huicheng.stores.found import stored
from huicheng.stores.guarding import visible
from huicheng.stores.places import LOCATION, Bounds
from huicheng.stores.shaped import COLUMNS, Want
from huicheng.stores.sqlite.compiling import Lead, Parameters, statement_of, values_of
from huicheng.stores.sqlite.snapshots import SqliteSnapshot

#: Of a page that has to look at every row in any case: with more in the box, it is not worth while to sort them.
_MANY = 20_000


def run_query(snapshot: SqliteSnapshot, query: EntityQuery) -> Page:
    """One page, and the count when asked; both of one snapshot."""
    box = _box(query)
    values = values_of(query, box)
    lead = _lead(snapshot, query, box)
    statement = statement_of(query, Want.PAGE, lead, boxed=box is not None)
    if not statement.branches:
        return Page(entities=[], count=0 if query.count else None)
    width = len(COLUMNS)
    entities = [
        stored(row[:width], visible(statement.branches, row[width:]))
        for row in snapshot.connection.execute(statement.text, values)
    ]
    return Page(entities=entities, count=_count(snapshot, query, lead, values) if query.count else None)


def run_extent(snapshot: SqliteSnapshot, query: EntityQuery) -> tuple[float, float, float, float] | None:
    """See :meth:`huicheng.stores.faces.Store.extent`; what has no visible location lies nowhere."""
    located = msgspec.structs.replace(query, having=(LOCATION,), geo=None)
    statement = statement_of(located, Want.EXTENT, Lead.ENTITIES, boxed=False)
    if not statement.branches:
        return None
    [row] = snapshot.connection.execute(statement.text, values_of(located, None))
    return None if row[0] is None else row


def _count(snapshot: SqliteSnapshot, query: EntityQuery, lead: Lead, values: Parameters) -> int:
    statement = statement_of(query, Want.COUNT, lead, boxed="west" in values)
    total: int = snapshot.connection.execute(statement.text, values).get
    return total


def _box(query: EntityQuery) -> Bounds | None:
    return box_of(query.geo) if query.geo is not None and query.geo.attribute == LOCATION else None


def _lead(snapshot: SqliteSnapshot, query: EntityQuery, box: Bounds | None) -> Lead:
    if box is None or query.ids:
        return Lead.ENTITIES
    most = _MANY
    if not (query.count or query.order):
        [(rows,)] = snapshot.rows("state.last_id")
        most = isqrt((query.offset + query.limit) * rows)
    [(inside,)] = snapshot.rows("place.inside", *box, most + 1)
    return Lead.PLACES if inside <= most else Lead.ENTITIES
