"""A question about one entity set, and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from huicheng.access import EVERYTHING, Guard
from huicheng.errors import Invalid
from huicheng.stores.sensing.model import Kind


class Path(msgspec.Struct, frozen=True):
    """A property, through links: ``("Datastream", "Thing", "name")``; deeper steps lie inside a JSON value."""

    steps: tuple[str, ...]


class Constant(msgspec.Struct, frozen=True):
    """A value as written; a time is an instant, an interval a pair of them, a geometry GeoJSON."""

    value: Any
    kind: Kind | Literal["null", "duration"]


class Call(msgspec.Struct, frozen=True):
    """An operator or function of OData by its name, over terms."""

    name: str
    arguments: tuple[Term, ...]


Term = Path | Constant | Call


def paths_of(term: Term) -> Iterator[Path]:
    """Every path of a term."""
    if isinstance(term, Path):
        yield term
    elif isinstance(term, Call):
        for one in term.arguments:
            yield from paths_of(one)


class Step(msgspec.Struct, frozen=True):
    """One step of an address: an entity set or a link, perhaps with the key of one entity in it."""

    name: str
    key: str | None = None


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What packs say about types, for rows that no entity describes."""

    #: Unit code → name, symbol, definition.
    units: Mapping[str, Mapping[str, str]] = {}
    #: Type → attribute → description.
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]] = {}
    #: Type → attributes that are never shown here.
    personal: Mapping[str, frozenset[str]] = {}


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities of the set that ``steps`` lead to; the first step names an entity set."""

    steps: tuple[Step, ...]
    guard: Guard = EVERYTHING
    naming: Naming = Naming()
    where: Term | None = None
    #: Terms and whether they descend; ids decide at the end.
    order: tuple[tuple[Term, bool], ...] = ()
    limit: int = 100
    offset: int = 0
    count: bool = False
    #: What is wanted of that which is reckoned: see :class:`EntitySet`.
    reckoned: frozenset[str] = frozenset()
    #: Link → what is asked of the entities behind it; of these ``steps`` and ``guard`` are not read.
    expand: Mapping[str, Sought] = {}


class Sensed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by property, with ``@iot.id`` and, under the names of links, a Sensed or one row or ``None``."""

    set: str
    rows: list[dict[str, Any]]
    #: Whether more rows follow.
    more: bool = False
    count: int | None = None
    #: Whether the steps lead to one entity rather than to several.
    single: bool = False


class UnknownNavigation(Invalid):
    """Problem: an entity set has no such link or property. Remedy: look at the standard's table."""

    status = 404
    slug = "unknown-navigation"
    problem = "%(set)s have no “%(name)s”."
    remedy = "OGC 18-088, 8.2 lists the properties and links of each entity set."
