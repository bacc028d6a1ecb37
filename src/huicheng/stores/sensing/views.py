"""The views of ``views.sql`` over what a guard lets through, as one WITH clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from typing import Any

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
    # What is said of Observations, which are themselves in history.
    "details": "details",
}
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")
_SEEN = "seen"
_SAID = "said"


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one guard lets through, under one naming, in one engine's words."""

    #: Of this text; a text that is made anew has another.
    number: int
    #: The view ``seen``.
    text: str


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A statement."""

    text: str
    #: Of its parameters, in the order in which they are bound.
    names: tuple[str, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What packs say, as the views read it."""

    #: Kept, so that nothing else comes to stand where it is.
    naming: Naming
    number: int
    #: What the engine reads as parameters, or the text of the view that says it.
    parameters: Mapping[str, Any]
    view: str
    personal: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=2)
def _views(text: str) -> dict[str, str]:
    """Each as ``name AS NOT MATERIALIZED (…)``: so engines look through them to the indexes."""
    _, *parts = _NAME.split(text)
    named = zip(parts[::2], parts[1::2], strict=True)
    return {name: _view(name, body.strip()) for name, body in named}


def _view(name: str, body: str) -> str:
    return f"{name} AS NOT MATERIALIZED ({body}\n)"


def whole(idiom: Idiom, sight: Sight, said: Told, select: sql.Select) -> Built:
    """A SELECT with the views that it reads. Its parts are files of ours and trees that sqlglot wrote."""
    views = {_SAID: said.view, **_views(idiom.views)}
    named = _closure({table.name for table in select.find_all(sql.Table)}, views)
    texts = [text for name, text in views.items() if name in named]
    spoken = tuple(name for name in said.parameters if any(f":{name}" in text for text in texts))
    names = (*spoken, *idiom.placed(select))
    asked = select.sql(dialect=idiom.words.dialect)
    return Built(text=f"WITH {f',{chr(10)}'.join([sight.text, *texts])}\n{asked}", names=names)


def _closure(names: Iterable[str], views: Mapping[str, str]) -> set[str]:
    """The views of these names, and those that they name."""
    found: set[str] = set()
    waiting = {name for name in names if name in views}
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting |= {name for name in _NAMED.findall(views[one]) if name in views} - found
    return found


#: By its identity: a process has one naming, tests some more.
_TOLD: dict[tuple[str, int], Told] = {}
_MOST_TOLD = 16
_NONE: Mapping[str, Any] = {}
#: Of what is kept in a process, so that what is made anew is told apart.
_numbers = count()


def told(idiom: Idiom, naming: Naming) -> Told:
    """What packs say, encoded once."""
    key = (idiom.words.dialect, id(naming))
    found = _TOLD.get(key)
    if found is None:
        if len(_TOLD) >= _MOST_TOLD:
            _TOLD.clear()
        found = _TOLD[key] = _told(idiom, naming)
    return found


def _told(idiom: Idiom, naming: Naming) -> Told:
    said = idiom.said(msgspec.json.encode(naming.units), msgspec.json.encode(naming.attributes))
    return Told(
        naming=naming,
        number=next(_numbers),
        parameters=_NONE if isinstance(said, sql.Select) else said,
        view=_view(_SAID, said.sql(dialect=idiom.words.dialect)) if isinstance(said, sql.Select) else "",
        personal=tuple(sorted((name, tuple(sorted(held))) for name, held in naming.personal.items())),
    )


#: To put the text of an officer's guard together takes longer than most answers.
_SIGHTS = Kept[Sight](8_000_000, lambda sight: len(sight.text))

#: By the identity of what they follow from, which is kept with them; guards live as long as their policies.
_LATELY: dict[tuple[int, int], tuple[Guard, Told, Sight]] = {}
_MOST_LATELY = 200


def sight_of(idiom: Idiom, guard: Guard, naming: Naming) -> Sight:
    """The view of what a guard lets through, by the content of the guard."""
    said = told(idiom, naming)
    known = _LATELY.get((id(guard), id(said)))
    if known is not None:
        return known[2]
    grants = tuple((one, content_of(guard, one)) for one in sorted(guard.grants))
    key = (idiom.words.dialect, said.personal, grants)
    found = _SIGHTS.get(key, lambda: Sight(number=next(_numbers), text=_seen(idiom, guard, naming)))
    if len(_LATELY) >= _MOST_LATELY:
        _LATELY.clear()
    _LATELY[id(guard), id(said)] = guard, said, found
    return found


def _seen(idiom: Idiom, guard: Guard, naming: Naming) -> str:
    """One SELECT however many branches the guard has: only so engines look through it, also behind a LEFT JOIN."""
    branches = branches_of(guard, (), idiom.words)
    rows = [sql.and_(branch.of_type.copy(), branch.filter.where.copy()) for branch in branches]
    document = _without(idiom, naming, _document(idiom, branches))
    names = ("iri", "type", "created_at", *idiom.beside)
    columns = [sql.column("id", table="e").as_("row"), *(sql.column(one, table="e") for one in names)]
    select = sql.select(*columns, document.as_("doc"), copy=False)
    entities = sql.alias_(sql.to_table("entity"), "e", table=True)
    select = select.from_(entities, copy=False).where(sql.or_(*rows) if rows else sql.false(), copy=False)
    return f"{_SEEN} AS NOT MATERIALIZED ({select.sql(dialect=idiom.words.dialect)})"


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
