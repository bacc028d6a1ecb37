"""The views of ``views.sql`` over what a guard lets through, as one WITH clause."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import msgspec
from sqlglot import expressions as sql

from huicheng.access import Guard, Mask
from huicheng.stores.guarding import Branch, branches_of
from huicheng.stores.kept import Kept, content_of
from huicheng.stores.sensing import Naming
from huicheng.stores.sqlite.paths import WORDS, attribute_path

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


@lru_cache(maxsize=1)
def _views() -> str:
    """Each as ``name AS NOT MATERIALIZED (…)``: so SQLite looks through them to the indexes."""
    text = (resources.files(__package__) / "views.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    named = zip(parts[::2], parts[1::2], strict=True)
    return ",\n".join(f"{name} AS NOT MATERIALIZED ({body.strip()}\n)" for name, body in named)


def whole(guard: Guard, naming: Naming, select: sql.Select) -> str:
    """A SELECT over the views. Its parts are files of ours and trees that sqlglot wrote; no value is in them."""
    return f"WITH {_seen_by(guard, naming)},\n{_views()}\n{select.sql(dialect='sqlite')}"


def parameters(naming: Naming) -> dict[str, str]:
    """What the views name."""
    return {"units": _json(naming.units), "attributes": _json(naming.attributes)}


def _json(held: object) -> str:
    return msgspec.json.encode(held).decode()


#: To put the text of an officer's guard together takes longer than most answers.
_TEXTS = Kept[str](8_000_000, len)


def _seen_by(guard: Guard, naming: Naming) -> str:
    """The view of what a guard lets through."""
    personal = tuple(sorted((name, tuple(sorted(held))) for name, held in naming.personal.items()))
    key = (personal, tuple(sorted(guard.grants)), tuple(content_of(guard, one) for one in sorted(guard.grants)))
    return _TEXTS.get(key, lambda: _seen(guard, naming))


def _seen(guard: Guard, naming: Naming) -> str:
    """One SELECT however many branches the guard has: only so SQLite looks through it, also behind a LEFT JOIN."""
    branches = branches_of(guard, (), WORDS)
    rows = [sql.and_(branch.of_type.copy(), branch.filter.where.copy()) for branch in branches]
    document = _without(naming, _document(branches))
    columns = [sql.column("id", table="e").as_("row"), *(sql.column(one, table="e") for one in ("iri", "type"))]
    select = sql.select(*columns, sql.column("created_at", table="e"), document.as_("doc"), copy=False)
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    select = select.from_(entities, copy=False).where(sql.or_(*rows) if rows else sql.false(), copy=False)
    return f"seen AS NOT MATERIALIZED ({select.sql(dialect='sqlite')})"


def _document(branches: list[Branch]) -> sql.Expression:
    """Of each branch what its masks show."""
    document = sql.column("doc", table="e")
    ifs = [
        sql.If(this=branch.of_type.copy(), true=_masked(branch.filter.masks))
        for branch in branches
        if branch.filter.masks is not None
    ]
    return sql.Case(ifs=ifs, default=document) if ifs else document


def _masked(masks: tuple[Mask, ...]) -> sql.Expression:
    """The document with the attributes that masks show, together."""
    document = sql.column("doc", table="e")
    shown = sql.or_(*(sql.and_(mask.rows.copy(), _among(mask.columns)) for mask in masks))
    parts = _call("json_group_object", sql.column("key", table="m"), _call("json", sql.column("value", table="m")))
    members = sql.Table(this=_call("json_each", document), alias=sql.TableAlias(this=sql.to_identifier("m")))
    return sql.select(parts).from_(members).where(shown).subquery()


def _among(columns: frozenset[str]) -> sql.Expression:
    if "*" in columns:
        return sql.true()
    return sql.In(this=sql.column("key", table="m"), expressions=[sql.Literal.string(one) for one in sorted(columns)])


def _without(naming: Naming, document: sql.Expression) -> sql.Expression:
    """The document without personal attributes: this door shows none."""
    if not naming.personal:
        return document
    ifs = [
        sql.If(
            this=sql.column("type", table="e").eq(sql.Literal.string(name)),
            true=_call("json_remove", document.copy(), *(sql.Literal.string(attribute_path(a)) for a in sorted(held))),
        )
        for name, held in sorted(naming.personal.items())
    ]
    return sql.Case(ifs=ifs, default=document)


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))
