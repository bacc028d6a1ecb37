"""Traffic on the example streets, and car parks, after the week of real ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from huicheng.simulation.chance import eased
from huicheng.simulation.events import Events
from huicheng.simulation.model import Deaf, Reading, Text, Thing, Value, line, point, urn
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Place, metres
from huicheng.simulation.profile import Course, filled, read_profiles
from huicheng.simulation.streets import Segment, read_streets, segments

#: Vehicles an hour and lane in the mean of the week; a table holds shares of it.
_LANE = 260.0
#: Deviations of one segment against those between segments of the table.
_SWING = 0.25
#: Metres of road that a vehicle covers with its length, for occupancy = intensity × length / speed.
_VEHICLE = 6.0
#: Heavy rain (50 mm/h) takes this share of the speed, a festival that of the streets around it.
_RAIN, _HEAVY, _CROWD = 0.3, 50.0, 0.6
#: Seconds until a crowd has come or gone.
_LAG = 900.0
_SLOWEST = 4.0


class Garage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    place: Place
    spots: int


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``settings`` of demo.yaml say of it."""

    #: Where a festival is held, and how many metres around it are full of people.
    festival: Place
    reach: float = 1200.0
    parking: dict[str, Garage]


class _Lane(NamedTuple):
    """One direction of a segment."""

    key: str
    segment: Segment
    #: Into the street's own direction or against it.
    way: str
    #: Of its traffic over that of a mean lane.
    weight: float
    flow: Course
    speed: Course


class Traffic(Deaf):
    """Flow and speed of every segment both ways, free spots of every car park."""

    def __init__(self, order: Order, seed: str, moment: float) -> None:
        self._settings = msgspec.convert(order.settings, Settings)
        self._moment, self._crowd, self._rain = moment, 0.0, 0.0
        self._segments = segments(read_streets(order.file))
        tables = read_profiles(order.data["flow"]).quantities
        chance = random.Random(f"{seed}:weights")  # noqa: S311 - a model's own
        self._lanes = [
            _Lane(
                key=f"{one.key}-{way}",
                segment=one,
                way=way,
                weight=chance.uniform(0.6, 1.4),
                flow=Course(tables["flow"], f"{seed}:flow:{one.key}-{way}", swing=_SWING),
                speed=Course(tables["speed"], f"{seed}:speed:{one.key}-{way}", swing=_SWING),
            )
            for one in self._segments
            for way in ("a", "b")
        ]
        parking = read_profiles(order.data["parking"]).quantities
        occupied = filled(parking["occupancy"], parking["night"])
        self._parking = {
            key: Course(occupied, f"{seed}:parking:{key}", swing=2 * _SWING) for key in self._settings.parking
        }

    def advance(self, seconds: float, events: Events) -> None:
        self._moment += seconds
        self._rain = events.rain
        self._crowd = eased(self._crowd, events.crowd, seconds, _LAG)
        for lane in self._lanes:
            lane.flow.advance(seconds)
            lane.speed.advance(seconds)
        for course in self._parking.values():
            course.advance(seconds)

    def _full(self, place: Place) -> float:
        """How full of people a place is: 1 at the festival, 0 beyond its reach."""
        near = 1 - metres(place, self._settings.festival) / self._settings.reach
        return self._crowd * max(0.0, near)

    # -- what there is

    def things(self) -> list[Thing]:
        return [*self._roads(), *self._detectors(), *self._garages()]

    def _roads(self) -> Iterator[Thing]:
        for one in self._segments:
            yield Thing(
                id=urn("RoadSegment", one.key),
                type="RoadSegment",
                name=_numbered(one),
                location=line(one.ends),
                facts={
                    "length": (round(metres(*one.ends), 1), "MTR"),
                    "totalLaneNumber": (one.street.lanes, "C62"),
                    "freeFlowSpeed": (one.street.free, "KMH"),
                },
            )

    def _detectors(self) -> Iterator[Thing]:
        words = {"a": ("去向", "outbound"), "b": ("来向", "inbound")}
        for lane in self._lanes:
            name, (chinese, english) = _numbered(lane.segment), words[lane.way]
            yield Thing(
                id=urn("TrafficFlowObserved", lane.key),
                type="TrafficFlowObserved",
                name={"zh-hans": f"{name['zh-hans']}{chinese}", "en": f"{name['en']}, {english}"},
                location=point(_beside(lane)),
                references={"refRoadSegment": urn("RoadSegment", lane.segment.key)},
            )

    def _garages(self) -> Iterator[Thing]:
        for key, one in self._settings.parking.items():
            yield Thing(
                id=urn("OffStreetParking", key),
                type="OffStreetParking",
                name=one.name,
                location=point(one.place),
                facts={"totalSpotNumber": (one.spots, "C62")},
            )

    # -- what they read

    def readings(self) -> Iterator[Reading]:
        yield from map(self._read_lane, self._lanes)
        for key, one in self._settings.parking.items():
            share = self._parking[key].at(self._moment) + 0.5 * self._full(one.place)
            taken = round(one.spots * min(1.0, max(0.0, share)))
            values: dict[str, Value] = {
                "availableSpotNumber": (one.spots - taken, "C62"),
                "occupancy": (round(taken / one.spots, 3), "C62"),
            }
            yield Reading(id=urn("OffStreetParking", key), type="OffStreetParking", values=values)

    def _read_lane(self, lane: _Lane) -> Reading:
        full, street = self._full(lane.segment.middle), lane.segment.street
        share = max(0.0, lane.flow.at(self._moment)) * lane.weight * (1 + full)
        intensity = share * _LANE * street.lanes / 2
        speed = street.free * min(1.1, max(0.05, lane.speed.at(self._moment) + (1 - _MEAN)))
        speed *= 1 - _RAIN * min(1.0, self._rain / _HEAVY)
        speed = max(_SLOWEST, speed * (1 - _CROWD * full))
        occupied = intensity / (street.lanes / 2) * _VEHICLE / (speed * 1000)
        values: dict[str, Value] = {
            "intensity": (round(intensity), "H10"),
            "averageVehicleSpeed": (round(speed, 1), "KMH"),
            "occupancy": (round(min(1.0, occupied), 3), "C62"),
            "congestionIndex": (round(street.free / speed, 2), "C62"),
        }
        return Reading(id=urn("TrafficFlowObserved", lane.key), type="TrafficFlowObserved", values=values)


#: What the table's speeds are at night, when roads are free: shares of the 95th percentile of each segment.
_MEAN = 0.7


def _numbered(one: Segment) -> Text:
    number = one.key.rpartition("-")[2]
    return {
        "zh-hans": f"{one.street.name['zh-hans']} {number} 段",
        "en": f"{one.street.name['en']}, section {number}",
    }


def _beside(lane: _Lane) -> Place:
    """A little to the right of the middle, so that the two directions do not lie on each other."""
    (west, south), (east, north) = lane.segment.ends
    side = 1 if lane.way == "a" else -1
    across = metres(*lane.segment.ends) or 1.0
    longitude, latitude = lane.segment.middle
    offset = 0.06 / across * side
    return round(longitude + (north - south) * 1000 * offset, 6), round(latitude - (east - west) * 1000 * offset, 6)
