"""Parameters of a query (ETSI GS CIM 009, 6.4 and 6.23) → :class:`huicheng.stores.EntityQuery`.

The same members come from a query string and from the body of ``entityOperations/query``; lists
are text with commas in the one and may be arrays in the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlglot import expressions as sql

from huicheng.access import EVERYTHING, Guard
from huicheng.context.conditions import parse_condition, parse_name
from huicheng.context.faults import NothingAsked, TooMuch
from huicheng.context.names import CORE, Names
from huicheng.context.patterns import safe_pattern
from huicheng.context.places import parse_geo
from huicheng.context.selecting import Asked, asked_types, both, scope_condition
from huicheng.errors import Invalid
from huicheng.expressions import Expression, from_tree, name
from huicheng.stores import EntityQuery, Order

#: Entities on a page, and without ``limit``.
MOST_ON_A_PAGE = 1_000
ON_A_PAGE = 20
_MOST_LISTED = 1_000
#: Most that may be passed over.
FURTHEST = 10_000_000
#: Texts up to so many characters are read once, and so many of them kept: some megabytes.
_SHORT = 200
_KEPT = 256
#: In place of types: any (5.2.33).
ANY_TYPE = ("*", ["*"])
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f<>\"]+")
_WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, before it is known which types lead entities of several types."""

    query: EntityQuery
    types: Asked | None


def question(asked: Mapping[str, Any], guard: Guard = EVERYTHING, names: Names = CORE) -> Question:
    """The parameters, checked, with stored names."""
    types = _types(asked.get("type"), names)
    query = EntityQuery(
        guard=guard,
        types=types.named if types else (),
        ids=_ids(asked.get("id")),
        id_pattern=_pattern(asked.get("idPattern")),
        having=tuple(names.stored(one) for one in _attributes(asked.get("attrs"))),
        where=both([types.where() if types and types.tree else None, _where(asked, names)]),
        geo=parse_geo(_geo(asked), stored=names.stored),
        order=tuple(_order(one, names) for one in listed(asked.get("orderBy"), place="orderBy")),
        limit=number(asked.get("limit"), place="limit", most=MOST_ON_A_PAGE, default=ON_A_PAGE),
        offset=number(asked.get("offset"), place="offset", most=FURTHEST, default=0),
        count=flag(asked.get("count"), place="count"),
    )
    return Question(query=query, types=types)


_TIMES: Mapping[str, Literal["created_at", "modified_at"]] = {"createdAt": "created_at", "modifiedAt": "modified_at"}


def _order(text: str, names: Names) -> Order:
    """``name``, ``name;desc``, ``name.sub;asc``, ``createdAt``, ``name.modifiedAt``."""
    member, _, direction = text.partition(";")
    if direction not in {"", "asc", "desc"}:
        raise Invalid(place="orderBy", why="After the semicolon stands asc or desc.")
    descending = direction == "desc"
    if member in {"id", "type"}:
        return Order(name=member, descending=descending)
    inside, _, last = member.rpartition(".")
    time = _TIMES.get(last)
    if time is not None and not inside:
        return Order(time=time, descending=descending)
    name = parse_name(inside if time is not None else member, place="orderBy", stored=names.stored)
    return Order(name=name, time=time, descending=descending)


def entity_query(
    asked: Mapping[str, Any], guard: Guard = EVERYTHING, *, anything: bool = False, names: Names = CORE
) -> EntityQuery:
    """The query; ``anything`` allows one that names nothing to look for."""
    query = question(asked, guard, names).query
    if not anything and not asks(query):
        raise NothingAsked
    return query


def _where(asked: Mapping[str, Any], names: Names) -> Expression | None:
    expanded = frozenset(listed(asked.get("expandValues"), place="expandValues"))
    q = condition(asked.get("q"), names=names, expanded=expanded, linked=asked.get("linked"))
    return both([q, scope_of(asked.get("scopeQ")), selected(asked.get("selectors"), names)])


def selected(selectors: Sequence[Mapping[str, Any]] | None, names: Names) -> Expression | None:
    """What any of several ``EntitySelector`` (5.2.33) means; ``None`` without them."""
    if not selectors:
        return None
    each = [_selector(one, f"/entities/{number}", names) for number, one in enumerate(selectors)]
    return from_tree(sql.Paren(this=sql.or_(*each)), place="entities", expect="boolean", patterns=True)


def _selector(one: Mapping[str, Any], place: str, names: Names) -> sql.Expression:
    """All that it says holds together."""
    types = _types(one.get("type"), names)
    found: list[sql.Expression] = [types.where().tree.copy()] if types else []
    if ids := _ids(one.get("id")):
        found.append(sql.In(this=name("id"), expressions=[sql.Literal.string(uri) for uri in ids]))
    if pattern := _pattern(one.get("idPattern")):
        found.append(sql.RegexpLike(this=name("id"), expression=sql.Literal.string(pattern)))
    if not found:
        raise Invalid(place=place, why="It names no type, id or idPattern.")
    return sql.Paren(this=sql.and_(*found))


def scope_of(held: Any) -> Expression | None:
    """The checked expression of a ``scopeQ``; ``None`` without one."""
    if held is None or held == "":
        return None
    if not isinstance(held, str):
        raise Invalid(place="scopeQ", why="scopeQ is not text.")
    return from_tree(scope_condition(held), place="scopeQ", expect="boolean", patterns=True)


def condition(
    q: Any,
    *,
    place: str = "q",
    names: Names = CORE,
    expanded: frozenset[str] = frozenset(),
    linked: Sequence[Sequence[str]] | None = None,
) -> Expression | None:
    """The checked expression of a ``q``; ``None`` without one.

    ``expanded``: attributes whose values are terms; ``linked``: ids of what fits each condition on other entities.
    """
    if q is None or q == "":
        return None
    if not isinstance(q, str):
        raise Invalid(place=place, why="q is not text.")
    if "\0" in q:
        raise Invalid(place=place, why="q holds the character NUL.")
    short = len(q) <= _SHORT and linked is None
    return _read_once(q, place, names, expanded) if short else _read(q, place, names, expanded, linked)


def _read(
    q: str, place: str, names: Names, expanded: frozenset[str], linked: Sequence[Sequence[str]] | None = None
) -> Expression:
    tree = parse_condition(q, place=place, stored=names.stored, expanded=expanded, linked=linked)
    return from_tree(tree, place=place, expect="boolean", patterns=True)


#: Who looks again and again asks the same: a page, a map, a panel.
_read_once = lru_cache(_KEPT)(_read)


def listed(held: Any, *, place: str) -> tuple[str, ...]:
    """Names with commas between them, or an array of names."""
    if held is None or held == "":
        return ()
    parts = held.split(",") if isinstance(held, str) else held
    if not isinstance(parts, list) or not all(isinstance(one, str) for one in parts):
        raise Invalid(place=place, why="A list of names is expected.")
    if len(parts) > _MOST_LISTED:
        raise TooMuch(place=place, what=place, size=len(parts), limit=_MOST_LISTED)
    return tuple(dict.fromkeys(one.strip() for one in parts if one.strip()))


def number(held: Any, *, place: str, most: int, default: int, least: int = 0) -> int:
    """A whole number from ``least`` to ``most``."""
    if held is None or held == "":
        return default
    text = str(held)
    if isinstance(held, bool) or not _WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise Invalid(
            place=place,
            why="%(name)s must be a whole number from %(least)s to %(most)s.",
            name=place,
            least=least,
            most=most,
        )
    return int(text)


def flag(held: Any, *, place: str) -> bool:
    """True or false; nothing is false."""
    if held is None or held in ("", "false", False):  # a tuple: what stands in a body may not be hashable
        return False
    if held in ("true", True):
        return True
    raise Invalid(place=place, why="%(name)s must be true or false.", name=place)


def _types(held: Any, names: Names) -> Asked | None:
    """Text in the language of types, or an array of alternatives."""
    if held is None or held in ("", [], *ANY_TYPE):
        return None
    if isinstance(held, str):
        return _types_once(held, names) if len(held) <= _SHORT else asked_types(held, names.stored)
    return asked_types(",".join(listed(held, place="type")), names.stored)


@lru_cache(_KEPT)
def _types_once(text: str, names: Names) -> Asked:
    return asked_types(text, names.stored)


def _ids(held: Any) -> tuple[str, ...]:
    ids = listed(held, place="id")
    if any(_URI.fullmatch(one) is None for one in ids):
        raise Invalid(place="id", why="id must be a URI.")
    return ids


def _attributes(held: Any) -> tuple[str, ...]:
    names = listed(held, place="attrs")
    if {"id", "type", "@id", "@type"} & set(names):
        raise Invalid(place="attrs", why="attrs names attributes only; use pick for id and type.")
    return names


def _pattern(held: Any) -> str | None:
    if held is None or held == "":
        return None
    if not isinstance(held, str):
        raise Invalid(place="idPattern", why="idPattern is not text.")
    return safe_pattern(held, place="idPattern")


def _geo(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = asked.get("geoQ")
    return inner if isinstance(inner, dict) else asked


def asks(query: EntityQuery) -> bool:
    return bool(query.types or query.ids or query.id_pattern or query.having or query.where or query.geo)
