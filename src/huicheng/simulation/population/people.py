"""Records of the synthetic population. Every one of them is made up (``synthetic``)."""

from __future__ import annotations

from datetime import date

import msgspec

Place = tuple[float, float]


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each; residents follow from the households."""

    buildings: int = 600
    households: int = 2_000
    enterprises: int = 300


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """A house on the grid."""

    id: str
    name: str
    address: str
    #: residential, commercial, industrial or public.
    category: str
    floors: int
    longitude: float
    latitude: float
    #: Community (12 digits), and cell of the example grid ("" without a boundary).
    division: str
    grid: str


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """Who lives together."""

    id: str
    building: str
    floor: int
    door: int
    #: Yuan a year, as an example.
    income: int


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A person who does not exist. Never an entity, never in history."""

    id: str
    household: str
    name: str
    female: bool
    birth: date
    #: 公民身份号码 of nobody (``codes.NOWHERE``).
    identity: str
    #: head, partner, child, parent or other.
    place: str
    #: Enterprise in which they work; "" = none.
    employer: str


class Enterprise(msgspec.Struct, frozen=True, kw_only=True):
    """A company that does not exist."""

    id: str
    name: str
    #: 统一社会信用代码 of nobody.
    credit: str
    #: Section of GB/T 4754.
    industry: str
    founded: date
    building: str


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """All of it: who refers to whom is there."""

    buildings: tuple[Building, ...]
    households: tuple[Household, ...]
    residents: tuple[Resident, ...]
    enterprises: tuple[Enterprise, ...]
