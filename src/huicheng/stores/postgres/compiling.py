"""Entity queries as SQL for PostgreSQL and PostGIS, built by sqlglot once for each shape. The planner finds the way in.

A parameter stands in the tree under its name, with its type, which PostgreSQL does not guess then; the names are
numbered when the tree is whole. What guards say is finished text by then, so nothing in it is taken for a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import shape
from sqlglot import expressions as sql

from huicheng.expressions import Expression, to_sql
from huicheng.stores import shaped
from huicheng.stores.asked import box_of, check_geometry
from huicheng.stores.faces import EntityQuery, GeoFilter
from huicheng.stores.guarding import Branch, branches_of, masks_of
from huicheng.stores.kept import Kept
from huicheng.stores.ordering import ordered
from huicheng.stores.paths import checked
from huicheng.stores.places import LOCATION
from huicheng.stores.postgres.paths import WORDS, extract
from huicheng.stores.shaped import COLUMNS, Statement, Want, length_of, shape_of

_EDGES = ("west", "east", "south", "north")


def statement_of(query: EntityQuery, want: Want, *, boxed: bool, along: bool = False) -> Statement:
    """The statement of the query's shape.

    ``boxed``: only what lies in the box of the geometry can match; ``along``: only the first ``reach`` entities of
    these types by their identifiers are looked at.
    """
    return _STATEMENTS.get(
        shape_of(query, want, boxed, along, _manner(query.geo)),
        lambda: _compiled(query, want, boxed=boxed, along=along),
    )


def values_of(query: EntityQuery) -> dict[str, Any]:
    """What a query binds, with the edges of its box where it has one. ``Invalid`` for what cannot be compared with."""
    values = shaped.values_of(query)
    if query.ids:
        values["ids"] = list(dict.fromkeys(query.ids))
    if query.geo is None:
        return values
    check_geometry(query.geo.geometry)
    values["place"] = shapely.to_wkb(shape(query.geo.geometry))
    values["nearest"], values["furthest"] = query.geo.min_distance, query.geo.max_distance
    box = box_of(query.geo) if query.geo.attribute == LOCATION else None
    return values if box is None else values | dict(zip(_EDGES, box, strict=True))


def _manner(geo: GeoFilter | None) -> tuple[object, ...]:
    """What of a geometry's comparison the SQL says."""
    if geo is None:
        return ()
    return geo.attribute, geo.relation, geo.min_distance is not None, geo.max_distance is not None


def _compiled(query: EntityQuery, want: Want, *, boxed: bool, along: bool) -> Statement:
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return Statement(text="", branches=[])
    source = _first(query, branches) if along else _entities()
    found = sql.select().from_(source).where(*_conditions(query, branches, boxed=boxed), copy=False)
    whole = _WANTED[want](found, query, branches)
    names = numbered(whole)
    return Statement(text=whole.sql(dialect="postgres"), branches=branches, names=names)


def _entities() -> sql.Expr:
    return sql.alias_(sql.to_table("entity"), "e", table=True)


def _first(query: EntityQuery, branches: list[Branch]) -> sql.Expr:
    """The first entities by identifier from where the page begins. The limit keeps other ways in out of here."""
    kinds = sql.or_(*(branch.of_type.copy() for branch in branches), copy=False)
    found = sql.select("*").from_(_entities()).where(sql.Paren(this=kinds), *_further(query), copy=False)
    found.order_by(sql.column("iri", table="e"), copy=False).limit(given("reach", "bigint"), copy=False)
    return found.subquery("e", copy=False)


def given(name: str, kind: str) -> sql.Expression:
    """The place of a value."""
    return sql.Cast(this=sql.Parameter(this=sql.Var(this=name)), to=sql.DataType.build(kind, dialect="postgres"))


def numbered(tree: sql.Expression) -> tuple[str, ...]:
    """Give each parameter its number; their names in order."""
    numbers: dict[str, int] = {}
    for place in list(tree.find_all(sql.Parameter)):
        number = numbers.setdefault(place.this.name, len(numbers) + 1)
        place.set("this", sql.Literal.number(number))
    return tuple(numbers)


# -- what holds


def _conditions(query: EntityQuery, branches: list[Branch], *, boxed: bool) -> Iterator[sql.Expression | sql.Condition]:
    """Identifiers, the box outside of which nothing can match, and what is asked in the rows that may be seen."""
    iri = sql.column("iri", table="e")
    if query.ids:
        yield sql.EQ(this=iri, expression=sql.Any(this=sql.Paren(this=given("ids", "text[]"))))
    if query.id_pattern is not None:
        yield sql.RegexpLike(this=iri.copy(), expression=given("pattern", "text"))
    if boxed:
        west, east, south, north = (given(edge, "float8") for edge in _EDGES)
        envelope = call("ST_MakeEnvelope", west, south, east, north)
        yield sql.ArrayOverlaps(this=sql.column("place", table="e"), expression=envelope)
    asked = [
        sql.and_(branch.of_type.copy(), branch.filter.where.copy(), *_asked(query, branch), copy=False)
        for branch in branches
    ]
    yield asked[0] if len(asked) == 1 else sql.Paren(this=sql.or_(*asked, copy=False))


def _asked(query: EntityQuery, branch: Branch) -> Iterator[sql.Expression | sql.Condition]:
    """What the asker wants of entities of a branch, over the columns that it may see of each row."""
    if query.having:
        held = (branch.guarded(name, extract(checked(name))) for name in query.having)
        there = (sql.Not(this=sql.Is(this=one, expression=sql.Null())) for one in held)
        yield sql.Paren(this=sql.or_(*there, copy=False))
    if query.where is not None:
        yield _truth(query.where, branch)
    if query.geo is not None:
        yield _geo_matches(query.geo, branch)


def _truth(where: Expression, branch: Branch) -> sql.Expression:
    """A condition; a name alone is one where it is true."""
    tree = to_sql(where, "postgres", branch.resolve, places=where.values.places())
    if where.type == "boolean":
        return tree
    true = sql.cast(sql.Literal.string("true"), sql.DataType.build("JSONB", dialect="postgres"))
    return sql.EQ(this=sql.Paren(this=tree), expression=true)


def _geo_matches(geo: GeoFilter, branch: Branch) -> sql.Expression | sql.Condition:
    """The exact comparison: the entity's geometry stands first, as in NGSI-LD (ETSI GS CIM 009, 4.10)."""
    asked = call("ST_GeomFromWKB", given("place", "bytea"))
    held = branch.guarded(geo.attribute, _held(geo.attribute))
    if geo.relation != "near":
        return call(_RELATIONS[geo.relation], held, asked)
    metres = call("metres_between", held, asked)
    bounds = [
        kind(this=metres.copy(), expression=given(name, "float8"))
        for kind, name, bound in ((sql.GTE, "nearest", geo.min_distance), (sql.LTE, "furthest", geo.max_distance))
        if bound is not None
    ]
    return sql.and_(*bounds, copy=False) if bounds else sql.Not(this=sql.Is(this=metres, expression=sql.Null()))


def _held(attribute: str) -> sql.Expression:
    """The geometry of an attribute: kept for the location, made for any other."""
    if attribute == LOCATION:
        return sql.column("place", table="e")
    return call("geometry_of", extract(checked(attribute), "value"))


_RELATIONS = {
    "within": "ST_CoveredBy",
    "contains": "ST_Covers",
    "intersects": "ST_Intersects",
    "equals": "ST_Equals",
    "disjoint": "ST_Disjoint",
    "overlaps": "ST_Overlaps",
}


# -- what is wanted


def _page(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    found.where(*_further(query), copy=False)
    columns = [sql.column(name, table="e") for name in COLUMNS]
    found.select(*columns, *masks_of(branches), copy=False).order_by(*ordered(query, branches, _keys), copy=False)
    return found.limit(given("limit", "bigint"), copy=False).offset(given("offset", "bigint"), copy=False)


def _further(query: EntityQuery) -> list[sql.Expression]:
    """What comes after the last page."""
    if query.after is None:
        return []
    return [sql.GT(this=sql.column("iri", table="e"), expression=given("after", "text"))]


def _keys(value: sql.Expression) -> list[sql.Expression]:
    """A scalar as a number or as text, which is compared by its code points."""
    is_number = sql.EQ(this=call("jsonb_typeof", value), expression=sql.Literal.string("number"))
    number = sql.cast(value.copy(), sql.DataType.build("NUMERIC"))
    listed = call("jsonb_build_array", value.copy())
    text = call("jsonb_array_element_text", listed, sql.Literal.number(0))
    plain = sql.Collate(this=text, expression=sql.to_identifier("C", quoted=True))
    return [
        sql.Case(ifs=[sql.If(this=is_number, true=number)]),
        sql.Case(ifs=[sql.If(this=sql.Not(this=is_number.copy()), true=plain)]),
    ]


def _count(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    del query, branches
    return found.select(sql.Count(this=sql.Star()), copy=False)


def _extent(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    del query, branches
    whole = call("ST_Extent", sql.column("place", table="e"))
    return found.select(*(call(f"ST_{edge}", whole.copy()) for edge in ("XMin", "YMin", "XMax", "YMax")), copy=False)


_WANTED = {Want.PAGE: _page, Want.COUNT: _count, Want.EXTENT: _extent}


def call(function: str, *arguments: sql.Expression) -> sql.Expression:
    """A function of PostgreSQL's or PostGIS's."""
    return sql.Anonymous(this=function, expressions=list(arguments))


#: Some thousands of shapes. A guard's content is part of the key: see ``kept``.
_STATEMENTS = Kept[Statement](16_000_000, length_of)
