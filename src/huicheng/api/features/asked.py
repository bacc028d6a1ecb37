"""What a request for items asks: parameters → a query of the store."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from sqlglot import expressions as sql

from huicheng.api.features.conditions import equal, held_in, interval_of, joined
from huicheng.api.features.cql2 import read
from huicheng.api.features.layer import PLACE, Layer
from huicheng.api.features.places import bbox_of, check_crs
from huicheng.api.http import Request
from huicheng.api.problem import language_of
from huicheng.errors import Invalid
from huicheng.expressions import Expression, from_tree
from huicheng.stores import EntityQuery, GeoFilter

MOST_ON_A_PAGE = 1_000
ON_A_PAGE = 100
#: Parameters that name no property, wherever they may stand.
EVERYWHERE = frozenset({"f", "lang"})
_FILTERS = frozenset({"bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"})
_OF_PAGES = frozenset({"limit", "after"})
_LONGEST_KEY = 2_000


#: The language that a visitor of the pages has chosen.
_CHOSEN = re.compile(r"(?:^|; )huicheng_language=(zh|en)")


def language_in(request: Request) -> str:
    """``zh`` or ``en``: as ``lang`` says, else as was chosen on the pages, else as the header prefers."""
    chosen = _CHOSEN.search(request.header(b"cookie")[:4_000])
    wanted = request.parameters.get("lang") or (chosen.group(1) if chosen else "")
    return language_of(wanted or request.header(b"accept-language"))


def refuse_unknown(request: Request, known: frozenset[str] = EVERYWHERE) -> None:
    """A parameter that would be ignored is refused (17-069r4, 7.6)."""
    for one in request.parameters.keys() - known:
        raise Invalid(place=one[:80], why="There is no parameter “%(parameter)s” here.", parameter=one[:80])


def query_of(request: Request, layer: Layer) -> EntityQuery:
    """A page of items, checked."""
    asked = request.parameters
    after = asked.get("after")
    if after is not None and (len(after) > _LONGEST_KEY or "\0" in after):
        raise Invalid(place="after", why="after is what a link to the next page says.")
    return msgspec.structs.replace(selected(request, layer, _OF_PAGES), limit=_limit(asked.get("limit")), after=after)


def selected(request: Request, layer: Layer, further: frozenset[str] = frozenset()) -> EntityQuery:
    """Which features, without paging. ``further`` are parameters that mean something else."""
    asked, language = request.parameters, language_in(request)
    refuse_unknown(request, EVERYWHERE | _FILTERS | further | layer.properties.keys())
    _check_words(request)
    geo = bbox_of(asked["bbox"]) if "bbox" in asked else None
    trees = list(_conditions(request, layer, language, further))
    wheres = [from_tree(joined(sql.And, trees), place="?", expect="boolean")] if trees else []
    if "filter" in asked:
        found = read(asked["filter"], lambda name: layer.path(name, language))
        wheres.append(found.where)
        if geo is None and found.place is not None and found.place[0] == PLACE:
            geo = GeoFilter(relation="intersects", geometry=found.place[1])
    return EntityQuery(types=(layer.type,), where=_all(wheres), geo=geo)


def _conditions(request: Request, layer: Layer, language: str, further: frozenset[str]) -> Iterator[sql.Expression]:
    for name, held in request.parameters.items():
        if name == "datetime":
            yield held_in(layer, interval_of(held))
        elif name in layer.properties and name not in EVERYWHERE | _FILTERS | further:
            yield equal(layer.properties[name], layer.path(name, language) or name, held)


def _check_words(request: Request) -> None:
    asked = request.parameters
    for name in ("bbox-crs", "filter-crs"):
        if name in asked:
            check_crs(asked[name], name)
    if asked.get("filter-lang", "cql2-text") != "cql2-text":
        raise Invalid(place="filter-lang", why="filter is written in cql2-text here.")


def _limit(text: str | None) -> int:
    """At most what a page holds: a larger one is no error (17-069r4, 7.15.2)."""
    if text is None:
        return ON_A_PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise Invalid(place="limit", why="limit is a whole number from 1.")
    return min(int(text), MOST_ON_A_PAGE)


def _all(wheres: list[Expression]) -> Expression | None:
    if len(wheres) < 2:
        return wheres[0] if wheres else None
    one, other = wheres
    tree = sql.And(this=one.tree.copy(), expression=other.tree.copy())
    return Expression(text=f"{one.text} AND {other.text}", tree=tree, names=one.names | other.names)
