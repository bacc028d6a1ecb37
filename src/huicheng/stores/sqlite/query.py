"""Entity queries as SQL, built by sqlglot.

Two ways in: by type and identifier (rows come in order, so a page ends early), or, when few rows
lie in the box of the geometry, by the R*Tree. SQLite has no statistics on an R*Tree and would choose
wrongly; so the box is counted first, and CROSS JOIN fixes the order of the loops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import apsw
import msgspec
from sqlglot import expressions as sql

from huicheng.city import Entity
from huicheng.expressions import to_sql
from huicheng.stores.faces import EntityQuery, GeoFilter, Page, Stored
from huicheng.stores.sqlite import geometry, patterns
from huicheng.stores.sqlite.paths import attribute_path, extract, resolve
from huicheng.stores.sqlite.places import LOCATION, Bounds

#: With more rows in the box than this, going by identifier and ending early is faster.
_FEW = 20_000
_COLUMNS = ("iri", "type", "version", "created_at", "modified_at", "doc")


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A SELECT and its parameters."""

    select: sql.Select
    parameters: dict[str, Any]

    def run(self, connection: apsw.Connection) -> apsw.Cursor:
        """Execute it."""
        return connection.execute(self.select.sql(dialect="sqlite"), self.parameters)


def run_query(connection: apsw.Connection, query: EntityQuery) -> Page:
    """One page, and the count when asked; both of one snapshot."""
    found = _matching(query, connection)
    page = found.select.select(*(sql.column(name, table="e") for name in _COLUMNS)).order_by("e.iri")
    page = page.limit(query.limit).offset(query.offset)
    rows = Built(select=page, parameters=found.parameters).run(connection)
    entities = [stored(row) for row in rows]
    return Page(entities=entities, count=_count(connection, found) if query.count else None)


def _count(connection: apsw.Connection, found: Built) -> int:
    counted = Built(select=found.select.select(sql.Count(this=sql.Star())), parameters=found.parameters)
    total: int = counted.run(connection).get
    return total


def stored(row: tuple[Any, ...]) -> Stored:
    """A row of the state (its columns as in ``state.get``) as a value."""
    iri, kind, version, created_at, modified_at, document = row
    return Stored(
        entity=Entity.from_document(iri, kind, document),
        created_at=created_at,
        modified_at=modified_at,
        version=version,
    )


class _Conditions:
    """WHERE, one condition after the other, with values as parameters."""

    def __init__(self) -> None:
        self.all: list[sql.Expression | sql.Condition] = []
        self.parameters: dict[str, Any] = {}

    def value(self, value: object) -> sql.Expression:
        """A placeholder for a value."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return sql.Placeholder(this=name)

    def add(self, *conditions: sql.Condition | sql.Expression) -> None:
        self.all.extend(conditions)


def _matching(query: EntityQuery, connection: apsw.Connection) -> Built:
    """FROM and WHERE of a query, without its columns."""
    where = _Conditions()
    source = _source(query, connection, where)
    _by_type(query, where)
    if query.id_pattern is not None:
        patterns.compiled(query.id_pattern)
        where.add(_call(patterns.FUNCTION, where.value(query.id_pattern), sql.column("iri", table="e")))
    if query.having:
        where.add(sql.Paren(this=sql.or_(*(_has(name) for name in query.having))))
    if query.where is not None:
        where.add(to_sql(query.where, "sqlite", resolve))
    if query.geo is not None:
        where.add(_geo_matches(query.geo, where))
    return Built(select=source.where(*where.all), parameters=where.parameters)


def _source(query: EntityQuery, connection: apsw.Connection, where: _Conditions) -> sql.Select:
    """The table that leads: the identifiers given, the R*Tree, or the entities themselves."""
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    if query.ids:
        where.add(sql.column("iri", table="e").eq(sql.column("value", table="wanted")))
        ids = _call("carray", where.value(apsw.carray(tuple(dict.fromkeys(query.ids)))))
        return sql.select().from_(sql.alias_(ids, "wanted", table=True)).join(entities, join_type="cross")
    box = geometry.box(query.geo) if query.geo is not None and query.geo.attribute == LOCATION else None
    if box is not None and _few_inside(connection, box):
        where.add(sql.column("id", table="e").eq(sql.column("id", table="p")), *_inside(box, where))
        place = sql.alias_(sql.to_table("place"), "p", table=True)
        return sql.select().from_(place).join(entities, join_type="cross")
    return sql.select().from_(entities)


def _few_inside(connection: apsw.Connection, box: Bounds) -> bool:
    where = _Conditions()
    place = sql.alias_(sql.to_table("place"), "p", table=True)
    inside = sql.select("1").from_(place).where(*_inside(box, where)).limit(_FEW + 1)
    counted = sql.select(sql.Count(this=sql.Star())).from_(inside.subquery("inside"))
    found: int = Built(select=counted, parameters=where.parameters).run(connection).get
    return found <= _FEW


def _inside(box: Bounds, where: _Conditions) -> list[sql.Expression]:
    """Boxes that overlap the one given."""
    west, east, south, north = (where.value(edge) for edge in box)
    return [
        sql.GTE(this=sql.column("east", table="p"), expression=west),
        sql.LTE(this=sql.column("west", table="p"), expression=east),
        sql.GTE(this=sql.column("north", table="p"), expression=south),
        sql.LTE(this=sql.column("south", table="p"), expression=north),
    ]


def _by_type(query: EntityQuery, where: _Conditions) -> None:
    kind = sql.column("type", table="e")
    if query.types:
        where.add(sql.In(this=kind, expressions=[where.value(one) for one in query.types]))
    else:
        where.add(sql.Not(this=sql.Is(this=kind, expression=sql.Null())))


def _has(name: str) -> sql.Expression:
    held = _call("json_type", sql.column("doc", table="e"), sql.Literal.string(attribute_path(name)))
    return sql.Not(this=sql.Is(this=held, expression=sql.Null()))


def _geo_matches(geo: GeoFilter, where: _Conditions) -> sql.Expression:
    """The exact comparison, on the candidates."""
    asked = geometry.check_geometry(geo.geometry)
    held = extract(sql.Literal.string(f"{attribute_path(geo.attribute)}.value"))
    values: Mapping[str, object] = {"asked": asked, "least": geo.min_distance, "most": geo.max_distance}
    return _call(geometry.FUNCTION, where.value(geo.relation), held, *map(where.value, values.values()))


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))
