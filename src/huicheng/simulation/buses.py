"""Buses on example lines: they run to and fro, stop at stops, and are slow when the streets are full."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from huicheng.simulation.chance import eased
from huicheng.simulation.events import Events
from huicheng.simulation.model import Deaf, Reading, Text, Thing, Value, line, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Place, metres
from huicheng.simulation.profile import Course, read_profiles
from huicheng.simulation.streets import Street, Way, read_streets

#: km/h of a bus on a free street.
_CRUISE = 34.0
#: Metres between two stops; seconds at one.
_STOPS, _DWELL = 450.0, 20.0
_RAIN, _HEAVY, _CROWD, _LAG = 0.25, 50.0, 0.6, 900.0
#: As in :mod:`huicheng.simulation.flow`: the tables' speed on a free road.
_FREE = 0.7


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    #: Streets one after another; a minus before one: against its direction.
    streets: list[str]
    buses: int


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    festival: Place
    reach: float = 1200.0
    #: Number of the line → its course.
    routes: dict[str, Route]


@dataclass(kw_only=True)
class _Bus:
    key: str
    route: str
    #: Metres from the beginning of the line; its length and more is the way back.
    far: float
    #: Seconds until it leaves the stop at which it stands.
    waits: float = 0.0
    #: km/h of its last move.
    speed: float = 0.0


class Buses(Deaf):
    """Lines, stops and vehicles."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        self._settings = msgspec.convert(order.settings, Settings)
        streets = {one.key: one for one in read_streets(order.file)}
        self._ways = {key: Way(_course(one, streets)) for key, one in self._settings.routes.items()}
        self._moment, self._crowd, self._rain = moment, 0.0, 0.0
        self._pace = Course(read_profiles(order.data["flow"]).quantities["speed"], f"{seed}:pace", swing=0.25)
        self._chance = random.Random(f"{seed}:buses")  # noqa: S311 - a model's own
        self._buses = [
            _Bus(key=f"{key}-{number:02}", route=key, far=2 * self._ways[key].length * number / one.buses)
            for key, one in self._settings.routes.items()
            for number in range(1, one.buses + 1)
        ]

    def advance(self, seconds: float, events: Events) -> None:
        self._moment += seconds
        self._rain = events.rain
        self._crowd = eased(self._crowd, events.crowd, seconds, _LAG)
        self._pace.advance(seconds)
        for bus in self._buses:
            self._move(bus, seconds)

    def _move(self, bus: _Bus, seconds: float) -> None:
        """Drive, stop, drive on, as long as there is time."""
        bus.speed = 0.0
        while seconds > 0:
            if bus.waits > 0:
                stood = min(bus.waits, seconds)
                bus.waits -= stood
                seconds -= stood
                continue
            bus.speed = self._speed(bus)
            to_stop = _STOPS - bus.far % _STOPS
            driven = min(to_stop, bus.speed / 3.6 * seconds)
            seconds -= driven * 3.6 / bus.speed
            bus.far = (bus.far + driven) % (2 * self._ways[bus.route].length)
            if driven == to_stop:
                bus.waits = _DWELL * self._chance.uniform(0.5, 1.5) * (1 + self._crowd)

    def _speed(self, bus: _Bus) -> float:
        near = 1 - metres(self._where(bus)[0], self._settings.festival) / self._settings.reach
        share = min(1.15, max(0.25, self._pace.at(self._moment) + 1 - _FREE))
        slowed = (1 - _RAIN * min(1.0, self._rain / _HEAVY)) * (1 - _CROWD * self._crowd * max(0.0, near))
        return _CRUISE * share * slowed

    def _where(self, bus: _Bus) -> tuple[Place, float]:
        """Place and bearing."""
        way = self._ways[bus.route]
        back = bus.far > way.length
        place, step = way.at(2 * way.length - bus.far if back else bus.far)
        ends = way.course[step], way.course[step + 1]
        return place, _bearing(*(reversed(ends) if back else ends))

    # -- what there is

    def things(self) -> list[Thing]:
        return [*self._lines(), *self._stops(), *self._vehicles()]

    def _lines(self) -> Iterator[Thing]:
        for key, one in self._settings.routes.items():
            facts: dict[str, Value] = {"shortName": (key, ""), "routeType": ("3", "")}
            course = line(self._ways[key].course)
            yield Thing(id=urn("GtfsRoute", key), type="GtfsRoute", name=one.name, location=course, facts=facts)

    def _stops(self) -> Iterator[Thing]:
        for key, way in self._ways.items():
            name = self._settings.routes[key].name
            for number in range(int(way.length // _STOPS) + 1):
                yield Thing(
                    id=urn("GtfsStop", key, number + 1),
                    type="GtfsStop",
                    name={"zh-hans": f"{name['zh-hans']} {number + 1} 站", "en": f"{name['en']}, stop {number + 1}"},
                    location=point(way.at(number * _STOPS)[0]),
                    facts={"code": (f"{key}-{number + 1}", "")},
                )

    def _vehicles(self) -> Iterator[Thing]:
        for bus in self._buses:
            name = self._settings.routes[bus.route].name
            yield Thing(
                id=urn("Vehicle", bus.key),
                type="Vehicle",
                name={"zh-hans": f"{name['zh-hans']} {bus.key}", "en": f"{name['en']}, bus {bus.key}"},
                location=point(self._where(bus)[0]),
                facts={"vehicleType": ("bus", "")},
                references={"refRoute": urn("GtfsRoute", bus.route)},
            )

    def readings(self) -> Iterator[Reading]:
        for bus in self._buses:
            place, bearing = self._where(bus)
            values: dict[str, Value] = {"speed": (round(bus.speed, 1), "KMH"), "bearing": (round(bearing), "DD")}
            yield Reading(id=urn("Vehicle", bus.key), type="Vehicle", values=values, place=place)


def _course(route: Route, streets: dict[str, Street]) -> tuple[Place, ...]:
    course: list[Place] = []
    for name in route.streets:
        found = streets[name.removeprefix("-")].course
        for place in reversed(found) if name.startswith("-") else found:
            if not course or course[-1] != place:
                course.append(place)
    return tuple(course)


def _bearing(one: Place, other: Place) -> float:
    """Clockwise from north, in degrees."""
    east = (other[0] - one[0]) * math.cos(math.radians(one[1]))
    return math.degrees(math.atan2(east, other[1] - one[1])) % 360
