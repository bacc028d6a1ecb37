"""Air and noise after the week of real stations; smog comes and goes slowly, a festival is loud at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from huicheng.simulation.chance import eased
from huicheng.simulation.events import Events
from huicheng.simulation.model import Deaf, Reading, Text, Thing, Value, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Place, metres
from huicheng.simulation.profile import Course, read_profiles

#: The district's air against that of the tables' cities, which is worse. Assumed, not measured.
_LEVEL = 0.4
#: Deviations within a season against those of all years.
_SWING = 0.5
#: µg/m³ of the heaviest smog, by quantity; seconds until it has come, or gone.
_SMOG, _LAG = {"pm25": 320.0, "pm10": 420.0, "no2": 60.0, "so2": 25.0, "co": 2500.0}, 1200.0
#: Rain of 20 mm/h washes out so much of the particles.
_WASHED, _STRONG = 0.5, 20.0
#: dB at a street in the mean of the week's traffic, of heavy rain, of a festival.
_STREET, _RAIN, _FESTIVAL = 58.0, 62.0, 86.0
_QUIETEST = 32.0


class Station(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    place: Place


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    festival: Place
    reach: float = 1200.0
    air: dict[str, Station]
    noise: dict[str, Station]


class Air(Deaf):
    """Stations of air, and of noise."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        self._settings = msgspec.convert(order.settings, Settings)
        self._moment, self._smog, self._events = moment, 0.0, Events()
        tables = read_profiles(order.data["air"]).quantities
        self._air = {
            key: {name: Course(one, f"{seed}:air:{key}:{name}", swing=_SWING) for name, one in tables.items()}
            for key in self._settings.air
        }
        flow = read_profiles(order.data["flow"]).quantities["flow"]
        self._noise = {key: Course(flow, f"{seed}:noise:{key}", swing=0.2) for key in self._settings.noise}

    def advance(self, seconds: float, events: Events) -> None:
        self._moment += seconds
        self._events = events
        self._smog = eased(self._smog, events.smog, seconds, _LAG)
        for course in (one for courses in self._air.values() for one in courses.values()):
            course.advance(seconds)
        for course in self._noise.values():
            course.advance(seconds)

    def things(self) -> list[Thing]:
        return [
            Thing(id=urn(kind, key), type=kind, name=one.name, location=point(one.place))
            for kind, stations in (
                ("AirQualityObserved", self._settings.air),
                ("NoiseLevelObserved", self._settings.noise),
            )
            for key, one in stations.items()
        ]

    def readings(self) -> Iterator[Reading]:
        for key, courses in self._air.items():
            values = {name: self._concentration(name, course) for name, course in courses.items()}
            yield Reading(id=urn("AirQualityObserved", key), type="AirQualityObserved", values=values)
        for key, course in self._noise.items():
            level = (round(self._loudness(course, self._settings.noise[key].place), 1), "2N")
            yield Reading(id=urn("NoiseLevelObserved", key), type="NoiseLevelObserved", values={"LAeq": level})

    def _concentration(self, name: str, course: Course) -> Value:
        """In µg/m³, as the tables have it; the platform gives carbon monoxide in mg/m³."""
        value = course.at(self._moment) * (1.0 if name == "o3" else _LEVEL) + self._smog * _SMOG.get(name, 0.0)
        if name in {"pm25", "pm10"}:
            value *= 1 - _WASHED * min(1.0, self._events.rain / _STRONG)
        return (round(value, 1), "GQ")

    def _loudness(self, course: Course, place: Place) -> float:
        """Energies add up: the street's goes with its traffic."""
        near = max(0.0, 1 - metres(place, self._settings.festival) / self._settings.reach)
        energies = [
            10 ** (_QUIETEST / 10),
            max(0.0, course.at(self._moment)) * 10 ** (_STREET / 10),
            min(1.0, self._events.rain / 50) * 10 ** (_RAIN / 10),
            self._events.crowd * near * 10 ** (_FESTIVAL / 10),
        ]
        return 10 * math.log10(sum(energies))
