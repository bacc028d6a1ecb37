"""What every model is: things that stand somewhere, a step in time, and readings of the things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from huicheng.simulation.events import Events

#: A value and its UN/CEFACT unit; "" for texts and bare numbers.
Value = tuple[Any, str]
Text = dict[str, str]

#: What stands beside every simulated thing.
NOTE: Text = {"zh-hans": "模拟：由模型算出，非实测", "en": "Simulated: a model's figures, not measured"}
SOURCE = "simulation"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One entity as it stands before it reads anything."""

    id: str
    type: str
    name: Text
    #: GeoJSON geometry.
    location: dict[str, Any]
    #: Further attributes that never change.
    facts: dict[str, Value] = {}
    #: Attribute → id of the entity that it refers to.
    references: dict[str, str] = {}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes of one thing at one moment."""

    id: str
    type: str
    values: dict[str, Value]
    #: Longitude and latitude, for things that move.
    place: tuple[float, float] | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the Case entity carries it."""

    id: str
    #: Id of the entity that shall change.
    target: str
    attribute: str
    value: Any
    #: RFC 3339; after it the order is void.
    until: str | None = None


class Model(Protocol):
    """A piece of the city. It knows nothing of the wall's clock or of the platform."""

    def things(self) -> list[Thing]:
        """Everything that it will read, once."""

    def advance(self, seconds: float, events: Events) -> None:
        """Let so many of its own seconds pass under these events."""

    def readings(self) -> Iterable[Reading]:
        """Every thing as it is now."""

    def obey(self, command: Command) -> str:
        """Carry out an order to one of its things; why it cannot be done, "" when it is."""

    def close(self) -> None:
        """Let go of what it holds."""


class Deaf:
    """Of a model whose things hear no orders, and that holds nothing."""

    def obey(self, command: Command) -> str:
        """Nothing of it hears orders."""
        return f"不接受指令 · it takes no orders: {command.target}"

    def close(self) -> None:
        """There is nothing to let go of."""


def urn(type: str, *key: object) -> str:
    """The id of a simulated thing."""
    return f"urn:ngsi-ld:{type}:sim-{'-'.join(map(str, key))}"


def point(place: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(place)}


def line(course: Iterable[tuple[float, float]]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(place) for place in course]}
