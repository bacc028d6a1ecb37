"""Made-up stations, their readings, and the requests that carry them."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from bench.load import Request, request

TYPE = "AirQualityObserved"
ATTRIBUTES = ("pm25", "pm10", "so2", "no2", "o3")
#: The box around the made-up district.
WEST, SOUTH, EAST, NORTH = 108.9, 27.4, 109.6, 28.1
#: Stands in prebuilt bodies where the time of sending goes.
_STAMP = b"2026-01-01T00:00:00.000000Z"


def urn(number: int) -> str:
    """The identifier of a made-up station."""
    return f"urn:ngsi-ld:{TYPE}:bench-{number:07}"


def reading(value: float, at: str = _STAMP.decode()) -> dict[str, object]:
    """One normalized attribute."""
    return {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": at}


def attributes(dice: random.Random) -> dict[str, object]:
    """Five readings below every limit."""
    return {name: reading(round(dice.uniform(1, 60), 1)) for name in ATTRIBUTES}


def now() -> bytes:
    """The time of sending, as wide as the stamp that it replaces."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


class Ledger:
    """What was acknowledged: group of entities → time that its last acknowledged request carried."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, bytes] = {}

    def note(self, group: int, stamp: bytes) -> None:
        """The server has said that it is stored."""
        self.acknowledged[group] = stamp


class Chronicle(Ledger):
    """All that was acknowledged, in order: group and time of each."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[int, bytes]] = []

    def note(self, group: int, stamp: bytes) -> None:
        super().note(group, stamp)
        self.all.append((group, stamp))


class Batches:
    """Upserts of whole groups of stations; each time the values and the times differ."""

    def __init__(self, first_group: int, groups: int, size: int, ledger: Ledger, *, templates: int = 4) -> None:
        self.size = size
        self._ledger = ledger
        self._groups = range(first_group, first_group + groups)
        dice = random.Random(first_group)  # noqa: S311 - made-up readings
        self.entities = {
            group: [[self._entity(group, place, dice) for place in range(size)] for _ in range(templates)]
            for group in self._groups
        }
        self._requests = {group: [_upsert(batch) for batch in batches] for group, batches in self.entities.items()}

    def _entity(self, group: int, place: int, dice: random.Random) -> dict[str, object]:
        return {"id": urn(group * self.size + place), "type": TYPE, **attributes(dice)}

    def __iter__(self) -> Iterator[Request]:
        """Endless requests: group by group, template by template."""
        templates = len(next(iter(self._requests.values())))
        for turn in itertools.count():
            for group in self._groups:
                stamp = now()
                yield stamp.join(self._requests[group][turn % templates]), _noted(self._ledger, group, stamp)


def _upsert(batch: list[dict[str, object]]) -> list[bytes]:
    """A request without its times, cut where they go: to join it takes a tenth of replacing them."""
    body = json.dumps(batch).encode()
    return request("POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", body).split(_STAMP)


class Updates:
    """Updates of one attribute of one station of a few, by PATCH: ``attrs``, or ``alone`` by its own address."""

    def __init__(self, first: int, stations: int, ledger: Ledger, *, alone: bool = False) -> None:
        self._ledger = ledger
        self._requests = {
            number: [_patch(number, reading(value), alone=alone) for value in (10.5, 20.5, 30.5)]
            for number in range(first, first + stations)
        }

    def __iter__(self) -> Iterator[Request]:
        """Endless requests, station by station."""
        for turn in itertools.count():
            for number, bodies in self._requests.items():
                stamp = now()
                yield bodies[turn % len(bodies)].replace(_STAMP, stamp), _noted(self._ledger, number, stamp)


def _patch(number: int, held: dict[str, object], *, alone: bool) -> bytes:
    address = f"/ngsi-ld/v1/entities/{urn(number)}/attrs"
    if alone:
        return request("PATCH", f"{address}/pm25", json.dumps(held).encode())
    return request("PATCH", address, json.dumps({"pm25": held}).encode())


def creating(stations: int) -> Request:
    """One request that creates so many stations."""
    dice = random.Random(64)  # noqa: S311 - made-up readings
    every = [{"id": urn(number), "type": TYPE, **attributes(dice)} for number in range(stations)]
    body = json.dumps(every).encode()
    return request("POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", body), lambda: None


def _noted(ledger: Ledger, group: int, stamp: bytes) -> Callable[[], None]:
    return lambda: ledger.note(group, stamp)
