"""The views of ``views.sql`` over what a guard lets through, as one WITH clause."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
from sqlglot import expressions as sql

from huicheng.access import Guard, Mask
from huicheng.stores.guarding import Branch, branches_of
from huicheng.stores.kept import Kept, content_of
from huicheng.stores.sensing.asked import Naming
from huicheng.stores.sensing.idiom import Idiom

#: Entity set → its view.
VIEWS = {
    "Things": "things",
    "Locations": "locations",
    "HistoricalLocations": "historical_locations",
    "Datastreams": "datastreams",
    "Sensors": "sensors",
    "ObservedProperties": "observed_properties",
    "FeaturesOfInterest": "features",
}
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@lru_cache(maxsize=2)
def _views(text: str) -> str:
    """Each as ``name AS NOT MATERIALIZED (…)``: so engines look through them to the indexes."""
    _, *parts = _NAME.split(text)
    named = zip(parts[::2], parts[1::2], strict=True)
    return ",\n".join(f"{name} AS NOT MATERIALIZED ({body.strip()}\n)" for name, body in named)


def whole(idiom: Idiom, guard: Guard, naming: Naming, select: sql.Select) -> str:
    """A SELECT over the views. Its parts are files of ours and trees that sqlglot wrote; no value is in them."""
    shown, asked = _seen_by(idiom, guard, naming), select.sql(dialect=idiom.words.dialect)
    return f"WITH {shown},\n{_views(idiom.views)}\n{asked}"


def parameters(naming: Naming) -> dict[str, str]:
    """What the views name."""
    return {"units": _json(naming.units), "attributes": _json(naming.attributes)}


def _json(held: object) -> str:
    return msgspec.json.encode(held).decode()


#: To put the text of an officer's guard together takes longer than most answers.
_TEXTS = Kept[str](8_000_000, len)


def _seen_by(idiom: Idiom, guard: Guard, naming: Naming) -> str:
    """The view of what a guard lets through."""
    personal = tuple(sorted((name, tuple(sorted(held))) for name, held in naming.personal.items()))
    grants = tuple((one, content_of(guard, one)) for one in sorted(guard.grants))
    return _TEXTS.get((idiom.words.dialect, personal, grants), lambda: _seen(idiom, guard, naming))


def _seen(idiom: Idiom, guard: Guard, naming: Naming) -> str:
    """One SELECT however many branches the guard has: only so engines look through it, also behind a LEFT JOIN."""
    branches = branches_of(guard, (), idiom.words)
    rows = [sql.and_(branch.of_type.copy(), branch.filter.where.copy()) for branch in branches]
    document = _without(idiom, naming, _document(idiom, branches))
    columns = [sql.column("id", table="e").as_("row"), *(sql.column(one, table="e") for one in ("iri", "type"))]
    select = sql.select(*columns, sql.column("created_at", table="e"), document.as_("doc"), copy=False)
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    select = select.from_(entities, copy=False).where(sql.or_(*rows) if rows else sql.false(), copy=False)
    return f"seen AS NOT MATERIALIZED ({select.sql(dialect=idiom.words.dialect)})"


def _document(idiom: Idiom, branches: list[Branch]) -> sql.Expression:
    """Of each branch what its masks show."""
    document = sql.column("doc", table="e")
    ifs = [
        sql.If(this=branch.of_type.copy(), true=_masked(idiom, branch.filter.masks))
        for branch in branches
        if branch.filter.masks is not None
    ]
    return sql.Case(ifs=ifs, default=document) if ifs else document


def _masked(idiom: Idiom, masks: tuple[Mask, ...]) -> sql.Expression:
    """The document with the attributes that masks show, together."""
    shown = [sql.and_(mask.rows.copy(), _among(mask.columns)) for mask in masks]
    return idiom.masked(sql.column("doc", table="e"), sql.Paren(this=sql.or_(*shown)))


def _among(columns: frozenset[str]) -> sql.Expression:
    if "*" in columns:
        return sql.true()
    return sql.In(this=sql.column("key", table="m"), expressions=[sql.Literal.string(one) for one in sorted(columns)])


def _without(idiom: Idiom, naming: Naming, document: sql.Expression) -> sql.Expression:
    """The document without personal attributes: this door shows none."""
    if not naming.personal:
        return document
    ifs = [
        sql.If(
            this=sql.column("type", table="e").eq(sql.Literal.string(name)),
            true=idiom.without(document.copy(), sorted(held)),
        )
        for name, held in sorted(naming.personal.items())
    ]
    return sql.Case(ifs=ifs, default=document)
