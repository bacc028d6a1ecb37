"""Entity queries as SQL, built by sqlglot once for each shape: what is asked and what the guard lets through.

What differs between two queries of one shape (compared values, identifiers, a geometry, a box, where a page begins) is
bound. The name of each parameter stands where the SQL is built and, in :func:`values_of`, what it is in one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import apsw
from sqlglot import expressions as sql

from huicheng.expressions import to_sql
from huicheng.stores import shaped
from huicheng.stores.asked import check_geometry
from huicheng.stores.faces import EntityQuery
from huicheng.stores.guarding import Branch, branches_of, masks_of
from huicheng.stores.kept import Kept
from huicheng.stores.ordering import ordered
from huicheng.stores.places import Bounds
from huicheng.stores.shaped import COLUMNS, Statement, Want, length_of, shape_of
from huicheng.stores.sqlite import geometry, patterns
from huicheng.stores.sqlite.paths import WORDS, attribute_path, extract


class Lead(Enum):
    """Which table is gone through, row by row."""

    #: The entities, found by type or in order of their identifiers.
    ENTITIES = "entities"
    #: The R*Tree: SQLite has no statistics on it and would choose wrongly, so CROSS JOIN fixes the order.
    PLACES = "places"


def statement_of(query: EntityQuery, want: Want, lead: Lead, *, boxed: bool) -> Statement:
    """The statement of the query's shape; ``boxed``: only what lies in the box of the geometry can match."""
    shape = shape_of(query, want, lead, boxed, query.geo and query.geo.attribute)
    return _STATEMENTS.get(shape, lambda: _compiled(query, want, lead, boxed=boxed))


def values_of(query: EntityQuery, box: Bounds | None) -> dict[str, Any]:
    """What a query binds. ``Invalid`` for a pattern or a geometry that no engine could compare with."""
    values = shaped.values_of(query)
    if query.ids:
        values["ids"] = apsw.carray(tuple(dict.fromkeys(query.ids)))
    if query.geo is not None:
        values["relation"], values["place"] = query.geo.relation, check_geometry(query.geo.geometry)
        values["nearest"], values["furthest"] = query.geo.min_distance, query.geo.max_distance
    if box is not None:
        values |= zip(("west", "east", "south", "north"), box, strict=True)
    return values


def _compiled(query: EntityQuery, want: Want, lead: Lead, *, boxed: bool) -> Statement:
    branches = branches_of(query.guard, query.types, WORDS)
    if not branches:
        return Statement(text="", branches=[])
    found = _source(want, lead, boxed=boxed).where(*_conditions(query, branches, boxed=boxed), copy=False)
    return Statement(text=_WANTED[want](found, query, branches).sql(dialect="sqlite"), branches=branches)


def _source(want: Want, lead: Lead, *, boxed: bool) -> sql.Select:
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    places = sql.alias_(sql.to_table("place"), "p", table=True)
    first, second = (places, entities) if lead is Lead.PLACES else (entities, places)
    found = sql.select().from_(first, copy=False)
    return found.join(second, join_type="cross", copy=False) if boxed or want is Want.EXTENT else found


def _conditions(query: EntityQuery, branches: list[Branch], *, boxed: bool) -> Iterator[sql.Expression | sql.Condition]:
    iri = sql.column("iri", table="e")
    if query.ids:
        yield iri.isin(query=sql.select("value").from_(_call("carray", _given("ids"))))
    if query.id_pattern is not None:
        yield _call(patterns.FUNCTION, _given("pattern"), iri)
    yield from _inside() if boxed else ()
    asked = [
        sql.and_(branch.of_type.copy(), branch.filter.where.copy(), *_asked(query, branch, boxed=boxed), copy=False)
        for branch in branches
    ]
    yield asked[0] if len(asked) == 1 else sql.Paren(this=sql.or_(*asked, copy=False))


def _inside() -> Iterator[sql.Expression]:
    """Boxes that overlap the one given."""
    yield _joined()
    yield sql.GTE(this=sql.column("east", table="p"), expression=_given("west"))
    yield sql.LTE(this=sql.column("west", table="p"), expression=_given("east"))
    yield sql.GTE(this=sql.column("north", table="p"), expression=_given("south"))
    yield sql.LTE(this=sql.column("south", table="p"), expression=_given("north"))


def _joined() -> sql.Expression:
    return sql.EQ(this=sql.column("id", table="e"), expression=sql.column("id", table="p"))


def _asked(query: EntityQuery, branch: Branch, *, boxed: bool) -> Iterator[sql.Expression]:
    """What the asker wants of entities of a branch, over the columns that it may see of each row."""
    if query.having:
        held = (branch.guarded(name, _kind(name)) for name in query.having)
        there = (sql.Not(this=sql.Is(this=one, expression=sql.Null())) for one in held)
        yield sql.Paren(this=sql.or_(*there, copy=False))
    if query.where is not None:
        yield to_sql(query.where, "sqlite", branch.resolve, places=query.where.values.places())
    if query.geo is not None:
        yield _geo_matches(query.geo.attribute, branch, boxed=boxed)


def _kind(name: str) -> sql.Expression:
    """The JSON type of an attribute: unknown when the entity has none of this name."""
    return _call("json_type", sql.column("doc", table="e"), sql.Literal.string(attribute_path(name)))


def _geo_matches(attribute: str, branch: Branch, *, boxed: bool) -> sql.Expression:
    """The exact comparison, on the candidates: the box is compared first, because a row of it is named."""
    held = branch.guarded(attribute, extract(sql.Literal.string(f"{attribute_path(attribute)}.value")))
    exact = _call(geometry.FUNCTION, _given("relation"), held, *map(_given, ("place", "nearest", "furthest")))
    if not boxed:
        return exact
    there = sql.Not(this=sql.Is(this=sql.column("id", table="p"), expression=sql.Null()))
    return sql.Case(ifs=[sql.If(this=there, true=exact)])


# -- what is wanted


def _page(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    if query.after is not None:
        found.where(sql.GT(this=sql.column("iri", table="e"), expression=_given("after")), copy=False)
    columns = [sql.column(name, table="e") for name in COLUMNS]
    found.select(*columns, *masks_of(branches), copy=False).order_by(*ordered(query, branches, _keys), copy=False)
    return found.limit(_given("limit"), copy=False).offset(_given("offset"), copy=False)


def _keys(value: sql.Expression) -> list[sql.Expression]:
    """A scalar as a number or as text."""
    kind = _call("typeof", value)
    is_number = sql.In(this=kind, expressions=[sql.Literal.string("integer"), sql.Literal.string("real")])
    is_text = sql.EQ(this=kind.copy(), expression=sql.Literal.string("text"))
    return [sql.Case(ifs=[sql.If(this=test, true=value.copy())]) for test in (is_number, is_text)]


def _count(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    del query, branches
    return found.select(sql.Count(this=sql.Star()), copy=False)


def _extent(found: sql.Select, query: EntityQuery, branches: list[Branch]) -> sql.Select:
    del query, branches
    low = [sql.Min(this=sql.column(edge, table="p")) for edge in ("west", "south")]
    high = [sql.Max(this=sql.column(edge, table="p")) for edge in ("east", "north")]
    return found.where(_joined(), copy=False).select(*low, *high, copy=False)


_WANTED = {Want.PAGE: _page, Want.COUNT: _count, Want.EXTENT: _extent}


def _given(name: str) -> sql.Expression:
    return sql.Placeholder(this=name)


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))


#: Some thousands of shapes. A guard's content is part of the key: see ``kept``.
_STATEMENTS = Kept[Statement](16_000_000, length_of)

Parameters = Mapping[str, Any]
