"""Entity queries as SQL, built by sqlglot.

Two ways in: by type and identifier (rows come in order, so a page ends early), or, when few rows
lie in the box of the geometry, by the R*Tree. SQLite has no statistics on an R*Tree and would choose
wrongly; so the box is counted first, and CROSS JOIN fixes the order of the loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw
import msgspec
from sqlglot import expressions as sql

from huicheng.expressions import to_sql
from huicheng.stores.asked import box_of, check_geometry
from huicheng.stores.faces import EntityQuery, GeoFilter, Page
from huicheng.stores.found import stored
from huicheng.stores.guarding import Branch, branches_of, masks_of, visible
from huicheng.stores.ordering import ordered
from huicheng.stores.patterns import compiled
from huicheng.stores.places import LOCATION, Bounds
from huicheng.stores.sqlite import geometry, patterns
from huicheng.stores.sqlite.paths import WORDS, attribute_path, extract

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
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return Page(entities=[], count=0 if query.count else None)
    found = _matching(query, branches, connection)
    columns = [sql.column(name, table="e") for name in _COLUMNS]
    page = found.select.copy() if query.count else found.select
    if query.after is not None:
        found.parameters["after"] = query.after
        further = sql.GT(this=sql.column("iri", table="e"), expression=sql.Placeholder(this="after"))
        page.where(further, copy=False)
    page.select(*columns, *masks_of(branches), copy=False).order_by(*ordered(query, branches, _keys), copy=False)
    page.limit(query.limit, copy=False).offset(query.offset, copy=False)
    rows = Built(select=page, parameters=found.parameters).run(connection)
    entities = [stored(row[: len(_COLUMNS)], visible(branches, row[len(_COLUMNS) :])) for row in rows]
    return Page(entities=entities, count=_count(connection, found) if query.count else None)


def run_extent(connection: apsw.Connection, query: EntityQuery) -> tuple[float, float, float, float] | None:
    """See :meth:`huicheng.stores.faces.Store.extent`; what has no visible location lies nowhere."""
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return None
    located = msgspec.structs.replace(query, having=(LOCATION,), geo=None)
    found = _matching(located, branches, connection)
    place = sql.alias_(sql.to_table("place"), "p", table=True)
    joined = found.select.join(place, on=sql.column("id", table="p").eq(sql.column("id", table="e")), copy=False)
    low = [sql.Min(this=sql.column(edge, table="p")) for edge in ("west", "south")]
    high = [sql.Max(this=sql.column(edge, table="p")) for edge in ("east", "north")]
    joined.select(*low, *high, copy=False)
    [row] = Built(select=joined, parameters=found.parameters).run(connection)
    return None if row[0] is None else row


def _keys(value: sql.Expression) -> list[sql.Expression]:
    """A scalar as a number or as text."""
    kind = _call("typeof", value)
    is_number = sql.In(this=kind, expressions=[sql.Literal.string("integer"), sql.Literal.string("real")])
    is_text = sql.EQ(this=kind.copy(), expression=sql.Literal.string("text"))
    return [sql.Case(ifs=[sql.If(this=test, true=value.copy())]) for test in (is_number, is_text)]


def _count(connection: apsw.Connection, found: Built) -> int:
    counted = Built(select=found.select.select(sql.Count(this=sql.Star()), copy=False), parameters=found.parameters)
    total: int = counted.run(connection).get
    return total


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


def _matching(query: EntityQuery, branches: list[Branch], connection: apsw.Connection) -> Built:
    """FROM and WHERE of a query, without its columns."""
    where = _Conditions()
    source = _source(query, connection, where)
    if query.id_pattern is not None:
        compiled(query.id_pattern)
        where.add(_call(patterns.FUNCTION, where.value(query.id_pattern), sql.column("iri", table="e")))
    asked = [
        sql.and_(branch.of_type.copy(), branch.filter.where.copy(), *_asked(query, branch, where), copy=False)
        for branch in branches
    ]
    where.add(asked[0] if len(asked) == 1 else sql.Paren(this=sql.or_(*asked, copy=False)))
    return Built(select=source.where(*where.all, copy=False), parameters=where.parameters)


def _asked(query: EntityQuery, branch: Branch, where: _Conditions) -> Iterator[sql.Expression | sql.Condition]:
    """What the asker wants of entities of a branch, over the columns that it may see of each row."""
    if query.having:
        held = (branch.guarded(name, _kind(name)) for name in query.having)
        there = (sql.Not(this=sql.Is(this=one, expression=sql.Null())) for one in held)
        yield sql.Paren(this=sql.or_(*there, copy=False))
    if query.where is not None:
        yield to_sql(query.where, "sqlite", branch.resolve)
    if query.geo is not None:
        yield _geo_matches(query.geo, branch, where)


def _source(query: EntityQuery, connection: apsw.Connection, where: _Conditions) -> sql.Select:
    """The table that leads: the R*Tree or the entities themselves, found by identifier or type."""
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    if query.ids:
        ids = _call("carray", where.value(apsw.carray(tuple(dict.fromkeys(query.ids)))))
        where.add(sql.column("iri", table="e").isin(query=sql.select("value").from_(ids)))
        return sql.select().from_(entities, copy=False)
    box = box_of(query.geo) if query.geo is not None and query.geo.attribute == LOCATION else None
    if box is not None and _few_inside(connection, box):
        where.add(sql.column("id", table="e").eq(sql.column("id", table="p")), *_inside(box, where))
        place = sql.alias_(sql.to_table("place"), "p", table=True)
        return sql.select().from_(place, copy=False).join(entities, join_type="cross", copy=False)
    return sql.select().from_(entities, copy=False)


def _few_inside(connection: apsw.Connection, box: Bounds) -> bool:
    where = _Conditions()
    place = sql.alias_(sql.to_table("place"), "p", table=True)
    inside = (
        sql.select("1").from_(place, copy=False).where(*_inside(box, where), copy=False).limit(_FEW + 1, copy=False)
    )
    counted = sql.select(sql.Count(this=sql.Star())).from_(inside.subquery("inside", copy=False), copy=False)
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


def _kind(name: str) -> sql.Expression:
    """The JSON type of an attribute: unknown when the entity has none of this name."""
    return _call("json_type", sql.column("doc", table="e"), sql.Literal.string(attribute_path(name)))


def _geo_matches(geo: GeoFilter, branch: Branch, where: _Conditions) -> sql.Expression:
    """The exact comparison, on the candidates."""
    asked = check_geometry(geo.geometry)
    held = branch.guarded(geo.attribute, extract(sql.Literal.string(f"{attribute_path(geo.attribute)}.value")))
    bounds = (where.value(asked), where.value(geo.min_distance), where.value(geo.max_distance))
    return _call(geometry.FUNCTION, where.value(geo.relation), held, *bounds)


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))
