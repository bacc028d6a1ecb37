"""What entity queries of one shape have in common: their statement. What differs between them is bound.

Compared values, identifiers, a geometry, a box and where a page begins are values; the types, the structure of the
conditions, the order, and the content of the guard are the shape (see decision record 12).
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any

import msgspec

from huicheng.stores.faces import EntityQuery
from huicheng.stores.guarding import Branch, sight_of
from huicheng.stores.patterns import compiled

#: What is read of each entity, as :func:`huicheng.stores.found.stored` takes it.
COLUMNS = ("iri", "type", "version", "created_at", "modified_at", "doc")


class Want(Enum):
    """What is wanted of the entities that a query finds."""

    PAGE = "page"
    COUNT = "count"
    EXTENT = "extent"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one shape is in SQL."""

    text: str
    #: Which types, rows and columns may be seen; none: nothing, and there is no text.
    branches: list[Branch]
    #: Of the parameters, where the engine knows them by their numbers.
    names: tuple[str, ...] = ()


def shape_of(query: EntityQuery, want: Want, *way: Hashable) -> Hashable:
    """Equal for queries whose statement is the same; ``way``: how an engine goes about it."""
    return (
        want,
        way,
        (*query.types,),
        sight_of(query.guard, query.types),
        (bool(query.ids), query.id_pattern is not None, query.after is not None),
        (*query.having,),
        query.where.values.shape if query.where is not None else None,
        (*query.order,),
    )


def values_of(query: EntityQuery) -> dict[str, Any]:
    """What a query of any engine binds, by name. ``Invalid`` for a pattern that no engine could compare with."""
    values: dict[str, Any] = {"limit": query.limit, "offset": query.offset, "after": query.after}
    if query.where is not None:
        values |= query.where.values.parameters()
    if query.id_pattern is not None:
        compiled(query.id_pattern)
        values["pattern"] = query.id_pattern
    return values


def length_of(statement: Statement) -> int:
    """Characters, about: its shape says the same once more, and the trees of its branches."""
    return 1_000 + 3 * len(statement.text)
