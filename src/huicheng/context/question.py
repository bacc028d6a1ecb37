"""Parameters of a query (ETSI GS CIM 009, 6.4 and 6.23) → :class:`huicheng.stores.EntityQuery`.

The same members come from a query string and from the body of ``entityOperations/query``; lists
are text with commas in the one and may be arrays in the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from huicheng.access import EVERYTHING, Guard
from huicheng.context.conditions import parse_condition
from huicheng.context.faults import NothingAsked, TooMuch
from huicheng.context.patterns import safe_pattern
from huicheng.context.places import parse_geo
from huicheng.errors import Invalid
from huicheng.expressions import Expression, from_tree
from huicheng.stores import EntityQuery

#: Entities on a page, and without ``limit``.
MOST_ON_A_PAGE = 1_000
ON_A_PAGE = 20
_MOST_LISTED = 1_000
_FURTHEST = 10_000_000
_WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_TYPE_SEPARATOR = re.compile(r"[,|]")


def entity_query(asked: Mapping[str, Any], guard: Guard = EVERYTHING, *, anything: bool = False) -> EntityQuery:
    """The query; ``anything`` allows one that names nothing to look for."""
    query = EntityQuery(
        guard=guard,
        types=_types(asked.get("type")),
        ids=listed(asked.get("id"), place="id"),
        id_pattern=_pattern(asked.get("idPattern")),
        having=listed(asked.get("attrs"), place="attrs"),
        where=condition(asked.get("q")),
        geo=parse_geo(_geo(asked)),
        limit=number(asked.get("limit"), place="limit", most=MOST_ON_A_PAGE, default=ON_A_PAGE),
        offset=number(asked.get("offset"), place="offset", most=_FURTHEST, default=0),
        count=flag(asked.get("count"), place="count"),
    )
    if not anything and not _asks(query):
        raise NothingAsked
    return query


def condition(q: Any, *, place: str = "q") -> Expression | None:
    """The checked expression of a ``q``; ``None`` without one."""
    if q is None or q == "":
        return None
    if not isinstance(q, str):
        raise Invalid(place=place, why="q is not text.")
    if "\0" in q:
        raise Invalid(place=place, why="q holds the character NUL.")
    return from_tree(parse_condition(q, place=place), place=place, expect="boolean", patterns=True)


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
        raise Invalid(place=place, why=f"{place} must be a whole number from {least} to {most}.")
    return int(text)


def flag(held: Any, *, place: str) -> bool:
    """True or false; nothing is false."""
    if held in {None, "", "false", False}:
        return False
    if held in {"true", True}:
        return True
    raise Invalid(place=place, why=f"{place} must be true or false.")


def _types(held: Any) -> tuple[str, ...]:
    """Alternatives with ``,`` or ``|``. The other operators of 4.17 need entities of several types."""
    if isinstance(held, str) and any(sign in held for sign in ";()"):
        raise Invalid(place="type", why="Only alternatives of types (A,B or A|B) can be asked for.")
    types = listed(_TYPE_SEPARATOR.split(held) if isinstance(held, str) else held, place="type")
    if any("\0" in one for one in types):  # types stand in the statement's text, which it would end
        raise Invalid(place="type", why="type holds the character NUL.")
    return types


def _pattern(held: Any) -> str | None:
    if held is None or held == "":
        return None
    if not isinstance(held, str):
        raise Invalid(place="idPattern", why="idPattern is not text.")
    return safe_pattern(held, place="idPattern")


def _geo(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = asked.get("geoQ")
    return inner if isinstance(inner, dict) else asked


def _asks(query: EntityQuery) -> bool:
    return bool(query.types or query.ids or query.id_pattern or query.having or query.where or query.geo)
