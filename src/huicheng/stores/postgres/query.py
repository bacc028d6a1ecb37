"""Entity queries as SQL for PostgreSQL and PostGIS, built by sqlglot. The planner chooses the way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import shapely
from shapely.geometry import shape
from sqlglot import expressions as sql

from huicheng.expressions import Expression, to_sql
from huicheng.stores.asked import box_of, check_geometry
from huicheng.stores.faces import EntityQuery, GeoFilter, Page
from huicheng.stores.found import stored
from huicheng.stores.guarding import Branch, branches_of, masks_of, visible
from huicheng.stores.ordering import ordered
from huicheng.stores.paths import checked
from huicheng.stores.patterns import compiled
from huicheng.stores.places import LOCATION
from huicheng.stores.postgres.links import Connection
from huicheng.stores.postgres.paths import WORDS, extract

_COLUMNS = ("iri", "type", "version", "created_at", "modified_at", "doc")


class Parameters:
    """Values of a statement, by number; each with its type, which PostgreSQL does not guess then."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: object, kind: str) -> sql.Expression:
        """A placeholder for a value."""
        self.values.append(value)
        placeholder = sql.Parameter(this=sql.Literal.number(len(self.values)))
        return sql.Cast(this=placeholder, to=sql.DataType.build(kind, dialect="postgres"))


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A SELECT and its parameters."""

    select: sql.Select
    parameters: Parameters

    async def run(self, connection: Connection) -> list[Any]:
        """Execute it."""
        return await connection.fetch(self.select.sql(dialect="postgres"), *self.parameters.values)


async def run_query(connection: Connection, query: EntityQuery) -> Page:
    """One page, and the count when asked; both of one snapshot."""
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return Page(entities=[], count=0 if query.count else None)
    found = _matching(query, branches)
    columns = [sql.column(name, table="e") for name in _COLUMNS]
    page = found.select.select(*columns, *masks_of(branches)).order_by(*ordered(query, branches, _keys), copy=False)
    # A parameter of its own for the page: the count is of all.
    parameters = Parameters()
    parameters.values = list(found.parameters.values)
    if query.after is not None:
        further = sql.GT(this=sql.column("iri", table="e"), expression=parameters.add(query.after, "text"))
        page.where(further, copy=False)
    page.limit(query.limit, copy=False).offset(query.offset, copy=False)
    paged = Built(select=page, parameters=parameters)
    if not query.count:
        return Page(entities=_entities(await paged.run(connection), branches))
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        entities = _entities(await paged.run(connection), branches)
        counted = found.select.select(sql.Count(this=sql.Star()), copy=False)
        [row] = await Built(select=counted, parameters=found.parameters).run(connection)
    return Page(entities=entities, count=row[0])


async def run_extent(connection: Connection, query: EntityQuery) -> tuple[float, float, float, float] | None:
    """See :meth:`huicheng.stores.faces.Store.extent`."""
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return None
    found = _matching(msgspec.structs.replace(query, having=(LOCATION,), geo=None), branches)
    whole = _call("ST_Extent", sql.column("place", table="e"))
    edges = [_call(f"ST_{edge}", whole.copy()) for edge in ("XMin", "YMin", "XMax", "YMax")]
    [row] = await Built(select=found.select.select(*edges), parameters=found.parameters).run(connection)
    west, south, east, north = row
    return None if west is None else (west, south, east, north)


def _keys(value: sql.Expression) -> list[sql.Expression]:
    """A scalar as a number or as text, which is compared by its code points."""
    is_number = sql.EQ(this=_call("jsonb_typeof", value), expression=sql.Literal.string("number"))
    number = sql.cast(value.copy(), sql.DataType.build("NUMERIC"))
    listed = _call("jsonb_build_array", value.copy())
    text = _call("jsonb_array_element_text", listed, sql.Literal.number(0))
    plain = sql.Collate(this=text, expression=sql.to_identifier("C", quoted=True))
    return [
        sql.Case(ifs=[sql.If(this=is_number, true=number)]),
        sql.Case(ifs=[sql.If(this=sql.Not(this=is_number.copy()), true=plain)]),
    ]


def _entities(rows: list[Any], branches: list[Branch]) -> list[Any]:
    width = len(_COLUMNS)
    return [stored(tuple(row)[:width], visible(branches, tuple(row)[width:])) for row in rows]


def _matching(query: EntityQuery, branches: list[Branch]) -> Built:
    """FROM and WHERE of a query, without its columns."""
    parameters = Parameters()
    conditions = [*_narrowed(query, parameters)]
    asked = [
        sql.and_(branch.of_type.copy(), branch.filter.where.copy(), *_asked(query, branch, parameters), copy=False)
        for branch in branches
    ]
    conditions.append(asked[0] if len(asked) == 1 else sql.Paren(this=sql.or_(*asked, copy=False)))
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    return Built(select=sql.select().from_(entities).where(*conditions, copy=False), parameters=parameters)


def _narrowed(query: EntityQuery, parameters: Parameters) -> Iterator[sql.Expression | sql.Condition]:
    """What holds whoever asks: identifiers, and the box outside of which nothing can match."""
    iri = sql.column("iri", table="e")
    if query.ids:
        yield sql.EQ(
            this=iri, expression=sql.Any(this=sql.Paren(this=parameters.add(list(dict.fromkeys(query.ids)), "text[]")))
        )
    if query.id_pattern is not None:
        compiled(query.id_pattern)
        yield sql.RegexpLike(this=iri.copy(), expression=parameters.add(query.id_pattern, "text"))
    box = box_of(query.geo) if query.geo is not None and query.geo.attribute == LOCATION else None
    if box is not None:
        west, east, south, north = (parameters.add(edge, "float8") for edge in box)
        envelope = _call("ST_MakeEnvelope", west, south, east, north)
        yield sql.ArrayOverlaps(this=sql.column("place", table="e"), expression=envelope)


def _asked(query: EntityQuery, branch: Branch, parameters: Parameters) -> Iterator[sql.Expression | sql.Condition]:
    """What the asker wants of entities of a branch, over the columns that it may see of each row."""
    if query.having:
        held = (branch.guarded(name, extract(checked(name))) for name in query.having)
        there = (sql.Not(this=sql.Is(this=one, expression=sql.Null())) for one in held)
        yield sql.Paren(this=sql.or_(*there, copy=False))
    if query.where is not None:
        yield _truth(query.where, branch)
    if query.geo is not None:
        yield _geo_matches(query.geo, branch, parameters)


def _truth(where: Expression, branch: Branch) -> sql.Expression:
    """A condition; a name alone is one where it is true."""
    tree = to_sql(where, "postgres", branch.resolve)
    if where.type == "boolean":
        return tree
    true = sql.cast(sql.Literal.string("true"), sql.DataType.build("JSONB", dialect="postgres"))
    return sql.EQ(this=sql.Paren(this=tree), expression=true)


def _geo_matches(geo: GeoFilter, branch: Branch, parameters: Parameters) -> sql.Expression | sql.Condition:
    """The exact comparison: the entity's geometry stands first, as in NGSI-LD (ETSI GS CIM 009, 4.10)."""
    check_geometry(geo.geometry)
    asked = _call("ST_GeomFromWKB", parameters.add(shapely.to_wkb(shape(geo.geometry)), "bytea"))
    held = branch.guarded(geo.attribute, _held(geo.attribute))
    if geo.relation != "near":
        return _call(_RELATIONS[geo.relation], held, asked)
    metres = _call("metres_between", held, asked)
    bounds = [
        kind(this=metres.copy(), expression=parameters.add(bound, "float8"))
        for kind, bound in ((sql.GTE, geo.min_distance), (sql.LTE, geo.max_distance))
        if bound is not None
    ]
    return sql.and_(*bounds, copy=False) if bounds else sql.Not(this=sql.Is(this=metres, expression=sql.Null()))


def _held(attribute: str) -> sql.Expression:
    """The geometry of an attribute: kept for the location, made for any other."""
    if attribute == LOCATION:
        return sql.column("place", table="e")
    return _call("geometry_of", extract(checked(attribute), "value"))


_RELATIONS = {
    "within": "ST_CoveredBy",
    "contains": "ST_Covers",
    "intersects": "ST_Intersects",
    "equals": "ST_Equals",
    "disjoint": "ST_Disjoint",
    "overlaps": "ST_Overlaps",
}


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))
