"""Where a name of an expression lies in a stored document, as steps that each engine writes in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.expressions import steps_of

#: Fields of an attribute that a dotted name may ask for: ``pm25.observedAt``, ``name.languageMap``.
_METADATA = frozenset({"observedAt", "unitCode", "datasetId", "type", "objectType", "languageMap"})
#: Where a scalar may lie under an attribute (of several instances, the first).
_HELD = (("value",), ("object",), ("vocab",), ("valueList",), ("objectList",), ("json",))
#: Members of an attribute into which a dotted name may lead.
_INTO = ("value", "languageMap", "json")
#: Last step of a name that asks for all that it may mean as a list, lists in it taken apart: of a text in several
#: languages, or of an attribute with several instances, of each; NULL, or an empty list, of any other.
ALL = "*"
#: Last step of a name that asks only whether there is anything.
THERE = "?"
#: Last step of a name that asks when an attribute was made or last written, and the column that says so of the entity.
TIMES = {"createdAt": "created_at", "modifiedAt": "modified_at"}


class Path(NamedTuple):
    """One place in a document."""

    attribute: str
    #: Whether the attribute has several instances, of which the first is meant.
    first: bool
    #: Members below it.
    steps: tuple[str, ...]


def paths_of(name: str) -> Iterator[Path]:
    """Where ``a`` (value or object) or ``a.b`` (inside the value, a sub-attribute, or metadata) may lie."""
    attribute, *inner = steps_of(name)
    for first in (False, True):
        for steps in _steps(inner):
            yield Path(checked(attribute), first, tuple(map(checked, steps)))


def places_in(inner: list[str]) -> tuple[list[tuple[str, ...]], tuple[str, ...] | None]:
    """Where each of several instances may hold what a name means below it; where its texts lie, if it may have any."""
    return _steps(inner), None if _is_metadata(inner) else (*inner, "languageMap")


def _is_metadata(inner: list[str]) -> bool:
    return len(inner) == 1 and inner[0] in _METADATA


def _steps(inner: list[str]) -> list[tuple[str, ...]]:
    if _is_metadata(inner):
        return [(inner[0],)]
    if not inner:
        return [*_HELD]
    return [*((member, *inner) for member in _INTO), *((*inner, *held) for held in _HELD)]


def things_in(inner: list[str]) -> list[tuple[str, ...]]:
    """Where anything may stand under a name, of whatever kind."""
    return [*((member, *inner) for member in _INTO), (*inner,)] if inner else [()]


def checked(step: str) -> str:
    """The name, unless no engine could find it."""
    if '"' in step or "\\" in step or "\0" in step:
        raise Invalid(place=step, why="An attribute name holds neither quotation marks nor backslashes.")
    return step


#: Of the stamps of attributes, which member says what a column of the state says of the entity.
_STAMPS = {"created_at": 0, "modified_at": 1}


def own_time(column: str, member: Callable[[int], sql.Expression], there: sql.Expression) -> sql.Expression:
    """An attribute's time, as :func:`huicheng.stores.stamps.times_of` tells it; NULL where it is not ``there``.

    ``member`` reads the stamp (of the table called ``s``).
    """
    whole = sql.column(column, table="e")
    of_row = sql.EQ(this=sql.column("entity", table="s"), expression=sql.column("id", table="e"))
    stamps = sql.alias_(sql.to_table("stamp"), "s", table=True)
    stamp = sql.select(member(_STAMPS[column])).from_(stamps).where(of_row).subquery()
    own: sql.Expression = sql.Coalesce(this=stamp, expressions=[whole])
    if column == "modified_at":
        own = sql.Least(this=own, expressions=[whole.copy()])
    return sql.Case(ifs=[sql.If(this=sql.Not(this=sql.Is(this=there, expression=sql.Null())), true=own)])
