"""Which rows of one view belong to a row of another."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import expressions as sql

from huicheng.stores.sensing.idiom import Idiom

#: A column of the row that is known: of an alias, or as a value.
Known = Callable[[str], sql.Expression]

#: Entity set and link → column of the rows sought, column of the known row: these are equal.
_EQUAL = {
    ("Things", "HistoricalLocations"): ("_thing", "id"),
    ("Things", "Datastreams"): ("_thing", "id"),
    ("HistoricalLocations", "Thing"): ("id", "_thing"),
    ("Datastreams", "Thing"): ("id", "_thing"),
    ("Datastreams", "Sensor"): ("id", "_sensor"),
    ("Datastreams", "ObservedProperty"): ("id", "_property"),
    ("Sensors", "Datastreams"): ("_sensor", "id"),
    ("ObservedProperties", "Datastreams"): ("_property", "id"),
}
#: The known row names those that belong to it in a list ...
_LISTS = frozenset({("Things", "Locations"), ("HistoricalLocations", "Locations")})
#: ... or is named in theirs.
_LISTED = frozenset({("Locations", "Things"), ("Locations", "HistoricalLocations")})
#: What a known row must tell for its links to be followed.
TOLD = {
    "Things": ("id", "_places", "_bases"),
    "Locations": ("id",),
    "HistoricalLocations": ("id", "_thing", "_places", "_bases"),
    "Datastreams": ("id", "_thing", "_attribute", "_sensor", "_property", "_feature"),
    "Sensors": ("id",),
    "ObservedProperties": ("id",),
    "FeaturesOfInterest": ("id",),
}


def related(idiom: Idiom, name: str, link: str, known: Known, child: str) -> sql.Expression:
    """The condition on the alias ``child``."""
    if (name, link) in _LISTS:
        # By the entity first, which has an index, then exactly.
        bases = idiom.among(sql.column("_iri", table=child), known("_bases"))
        exact = idiom.among(sql.column("id", table=child), known("_places"))
        return sql.Paren(this=sql.and_(bases, exact))
    if (name, link) in _LISTED:
        return idiom.among(known("id"), sql.column("_places", table=child))
    sought, told = _EQUAL[name, link]
    return sql.EQ(this=sql.column(sought, table=child), expression=known(told))


def known_by(name: str, link: str) -> tuple[str, ...]:
    """The columns of the known row that :func:`related` asks for."""
    if (name, link) in _LISTS:
        return ("_bases", "_places")
    return ("id",) if (name, link) in _LISTED else (_EQUAL[name, link][1],)


def can_share(name: str, link: str) -> bool:
    """Whether what belongs to several rows is better read at once.

    A Sensor or an ObservedProperty may have the Datastreams of half a city: there a page of each ends early.
    """
    return (name, link) in _LISTS | _LISTED or _EQUAL.get((name, link), ("", ""))[0] == "_thing"


def is_named(name: str, link: str) -> bool:
    """Whether rows name what belongs to them, and not the other way round."""
    return (name, link) in _LISTS


def owner(idiom: Idiom, name: str, link: str, child: str) -> tuple[sql.Expression, sql.Expression | None]:
    """The column with the id of the row that the alias ``child`` belongs to, and the table that has it, if any."""
    if (name, link) in _LISTED:
        return sql.column("value", table="o"), idiom.members(sql.column("_places", table=child), "o")
    return sql.column(_EQUAL[name, link][0], table=child), None
