"""A made-up fleet for the pack of tests/packs/plenty: many vehicles on straight courses, and what does not move."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

#: The middle of the district, and how far (degrees) the fleet strays from it.
MIDDLE = (109.2, 27.71)
REACH = (0.2, 0.12)
_PER_SECOND = 1.2e-4


def vehicle_urn(number: int) -> str:
    """The identifier of a vehicle."""
    return f"urn:ngsi-ld:TestVehicle:v{number:05}"


class Fleet:
    """Vehicles by number; each keeps its course and turns back at the edge."""

    def __init__(self, size: int, seed: int = 7) -> None:
        dice = np.random.default_rng(seed)
        self.size = size
        self.place = np.column_stack([MIDDLE[axis] + REACH[axis] * dice.uniform(-1, 1, size) for axis in (0, 1)])
        self.bearing = dice.uniform(0, 360, size)
        self.speed = dice.gamma(6, 8, size)
        self._dice = dice
        self._next = 0

    def all(self) -> list[dict[str, Any]]:
        """Every vehicle with its name, as it is now."""
        return [self._entity(number, named=True) for number in range(self.size)]

    def move(self, count: int, seconds: float) -> list[dict[str, Any]]:
        """The next so many vehicles, gone on for so long."""
        numbers = np.arange(self._next, self._next + count) % self.size
        self._next = (self._next + count) % self.size
        turn = np.radians(self.bearing[numbers])
        step = _PER_SECOND * seconds * self.speed[numbers, None] / 50
        self.place[numbers] += step * np.column_stack([np.sin(turn), np.cos(turn)])
        self._turn_back(numbers)
        self.speed[numbers] = np.clip(self.speed[numbers] + self._dice.normal(0, 2, count), 0, 130)
        return [self._entity(number) for number in numbers.tolist()]

    def _turn_back(self, numbers: np.ndarray) -> None:
        away = np.abs(self.place[numbers] - MIDDLE) > REACH
        outside = numbers[away.any(axis=1)]
        back = MIDDLE - self.place[outside]
        self.bearing[outside] = np.degrees(np.arctan2(back[:, 0], back[:, 1])) % 360

    def _entity(self, number: int, *, named: bool = False) -> dict[str, Any]:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        longitude, latitude = (round(float(one), 6) for one in self.place[number])
        entity = {
            "id": vehicle_urn(number),
            "type": "TestVehicle",
            "location": {
                "type": "GeoProperty",
                "value": {"type": "Point", "coordinates": [longitude, latitude]},
                "observedAt": at,
            },
            "speed": observed(round(float(self.speed[number]), 1), "KMH", at),
            "bearing": observed(round(float(self.bearing[number]), 1), "DD", at),
        }
        return entity | named_words(f"测试车 {number}", f"Test vehicle {number}") if named else entity


def observed(value: float, unit: str, at: str) -> dict[str, Any]:
    """A property with its unit and time."""
    return {"type": "Property", "value": value, "unitCode": unit, "observedAt": at}


def named_words(chinese: str, english: str) -> dict[str, Any]:
    """Name in both languages, and that it is made up."""
    return {
        "name": {"type": "LanguageProperty", "languageMap": {"zh-hans": chinese, "en": english}},
        "source": {"type": "Property", "value": "simulation"},
    }


def standing(at: datetime | None = None) -> list[dict[str, Any]]:
    """Manholes, roads, pipes and air routes around the middle of the district."""
    now = (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = []
    for number in range(24):
        turn = number * math.pi / 12
        end = (MIDDLE[0] + 0.05 * math.sin(turn), MIDDLE[1] + 0.04 * math.cos(turn))
        line = [list(MIDDLE), [(MIDDLE[0] + end[0]) / 2 + 0.004, (MIDDLE[1] + end[1]) / 2], list(end)]
        found.append(_road(number, line, now))
        found.append(_pipe(number, line, now))
        found += [_well(number * 10 + n, line, n / 9, now) for n in range(10)]
    for number in range(4):
        across = [[MIDDLE[0] - 0.05, MIDDLE[1] - 0.03 + 0.02 * number], [MIDDLE[0] + 0.05, MIDDLE[1] + 0.01 * number]]
        found.append(_route(number, across))
    return found


def _line(positions: list[list[float]]) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": positions}}


def _road(number: int, line: list[list[float]], now: str) -> dict[str, Any]:
    index = observed(round(1 + (number % 7) * 0.4, 2), "C62", now)
    base = {"id": f"urn:ngsi-ld:TestRoad:r{number}", "type": "TestRoad", "location": _line(line), "congestion": index}
    return base | named_words(f"测试路 {number}", f"Test road {number}")


def _pipe(number: int, line: list[list[float]], now: str) -> dict[str, Any]:
    beside = [[x + 0.00008, y + 0.00005] for x, y in line]
    state = {"type": "Property", "value": "shut" if number % 9 == 4 else "open", "observedAt": now}
    base = {"id": f"urn:ngsi-ld:TestPipe:p{number}", "type": "TestPipe", "location": _line(beside), "status": state}
    depth = {"depth": {"type": "Property", "value": 1.5 + number % 4, "unitCode": "MTR"}}
    return base | depth | named_words(f"测试管 {number}", f"Test pipe {number}")


def _well(number: int, line: list[list[float]], share: float, now: str) -> dict[str, Any]:
    (x0, y0), _, (x1, y1) = line
    place = {"type": "Point", "coordinates": [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share]}
    base = {
        "id": f"urn:ngsi-ld:TestSensor:w{number}",
        "type": "TestSensor",
        "location": {"type": "GeoProperty", "value": place},
        "waterLevel": observed(round((number * 37 % 100) / 110, 2), "MTR", now),
    }
    return base | named_words(f"测试井 {number}", f"Test manhole {number}")


def _route(number: int, line: list[list[float]]) -> dict[str, Any]:
    heights = {"floor": 60 + 20 * number, "ceiling": 100 + 20 * number}
    held = {name: {"type": "Property", "value": value, "unitCode": "MTR"} for name, value in heights.items()}
    base = {"id": f"urn:ngsi-ld:TestRoute:a{number}", "type": "TestRoute", "location": _line(line)}
    return base | held | named_words(f"测试航路 {number}", f"Test air route {number}")


def body(entities: list[dict[str, Any]]) -> bytes:
    """Of an upsert."""
    return json.dumps(entities).encode()
