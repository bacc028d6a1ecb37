"""Batches of like sensors say the same whether they are read as columns or entity by entity (Q1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huicheng.api.ngsild.decoding import decode_batch
from huicheng.city import Entity, Readings
from huicheng.ingest import Sieve
from huicheng.ingest.layout import Layouts
from huicheng.packs import AttributeType, EntityType

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
_WORDS = {"zh-hans": "属性", "en": "attribute"}


def declared(**more: Any) -> AttributeType:
    return AttributeType(name=_WORDS, **more)


TYPES = {
    "Station": EntityType(
        name=_WORDS,
        source="test",
        attributes={
            "pm25": declared(unit="GQ", minimum=0, maximum=2000),
            "temperature": declared(unit="CEL", minimum=-90.5),
            "class": declared(),
            "grade": declared(codes={"1": _WORDS}),
            "weight": declared(unit="KGM", personal=True),
            "location": declared(kind="geometry"),
        },
    )
}


def reading(value: Any = 12.5, unit: str | None = "GQ", at: str = "2026-03-01T07:00:00Z") -> dict[str, Any]:
    held = {"type": "Property", "value": value, "unitCode": unit, "observedAt": at}
    return {name: part for name, part in held.items() if part is not None}


def station(number: int, **more: Any) -> dict[str, Any]:
    held = {"pm25": reading(number / 2), "temperature": reading(-3, "CEL"), "class": reading(1, None)}
    return {"id": f"urn:ngsi-ld:Station:{number}", "type": "Station", **held, **more}


def batch(*last: dict[str, Any]) -> bytes:
    return json.dumps([*map(station, range(3)), *last]).encode()


def read(body: bytes) -> Readings | None:
    """What the fast way makes of a body; ``None`` where it leaves it to the other."""
    readings = Layouts(TYPES).read(body)
    return readings if readings and Sieve(TYPES, now=lambda: NOW).passes(readings) else None


def entities(body: bytes) -> list[Entity]:
    """What the other way makes of it, all of which must be good."""
    decoded = decode_batch(body)
    sifted = Sieve(TYPES, now=lambda: NOW).sift([one for one in decoded if isinstance(one, Entity)])
    assert len(sifted.entities) == len(decoded)
    return sifted.entities


def assert_the_same(body: bytes) -> None:
    readings = read(body)
    assert readings is not None
    assert readings.entities() == entities(body)
    assert readings.documents == [one.document() for one in readings.entities()]


def test_a_batch_of_one_layout_is_read_as_columns() -> None:
    assert_the_same(batch())


SAME: dict[str, Callable[[], dict[str, Any]]] = {
    "a whole number": lambda: station(9, pm25=reading(7)),
    "an exponent": lambda: station(9, pm25=reading(1e3)),
    "the bounds themselves": lambda: station(9, pm25=reading(2000), temperature=reading(-90.5, "CEL")),
    "another time": lambda: station(9, pm25=reading(at="2013-12-31T23:59:59.123456Z")),
    "a time of the district": lambda: station(9, pm25=reading(at="2026-03-01T15:00:00+08:00")),
    "another order": lambda: dict(reversed(station(9).items())),
}


@pytest.mark.parametrize("kind", SAME)
def test_what_differs_within_a_layout_is_read_as_it_is(kind: str) -> None:
    assert_the_same(batch(SAME[kind]()))


ANOTHER: dict[str, dict[str, Any]] = {
    "a text": station(9, pm25=reading("12")),
    "a truth": station(9, pm25=reading(True)),  # noqa: FBT003 - a value
    "nothing": station(9, pm25=reading(value=None)),
    "too small": station(9, pm25=reading(-1)),
    "too large": station(9, pm25=reading(2000.5)),
    "an integer beyond a float": station(9, **{"class": reading(1 << 60, None)}),
    "another unit": station(9, pm25=reading(0.01, "GP")),
    "an unknown unit": station(9, pm25=reading(1, "???")),
    "no unit where others have one": station(9, pm25=reading(1, None)),
    "no time": station(9, pm25={"type": "Property", "value": 1, "unitCode": "GQ"}),
    "a time without zone": station(9, pm25=reading(at="2026-03-01T07:00:00")),
    "a time in the future": station(9, pm25=reading(at="2026-03-01T09:00:00Z")),
    "a time before all calendars": station(9, pm25=reading(at="0001-01-01T00:00:00+08:00")),
    "a data set": station(9, pm25={**reading(), "datasetId": "urn:a"}),
    "a part of an attribute": station(9, pm25={**reading(), "quality": {"type": "Property", "value": 1}}),
    "several instances": station(9, pm25=[reading(), {**reading(), "datasetId": "urn:a"}]),
    "another kind of attribute": station(9, pm25={"type": "Relationship", "object": "urn:a"}),
    "one attribute more": station(9, location={"type": "GeoProperty", "value": {"type": "Point"}}),
    "one attribute less": {"id": "urn:ngsi-ld:Station:9", "type": "Station", "pm25": reading()},
    "another type": {**station(9), "type": "Thing"},
    "several types": {**station(9), "type": ["Station"]},
    "a context": station(9, **{"@context": "https://example.org/context.jsonld"}),
    "an id twice": station(2),
    "an id that is none": {**station(9), "id": "station 9"},
    "two ids in one": {**station(9), "id": "urn:ngsi-ld:Station:9\nurn:ngsi-ld:Station:10"},
    "an id of another scheme": {**station(9), "id": "https://example.org/9"},
}


@pytest.mark.parametrize("kind", ANOTHER)
def test_what_is_of_no_layout_goes_the_other_way(kind: str) -> None:
    assert read(batch(ANOTHER[kind])) is None


@pytest.mark.parametrize(
    "held",
    [
        {"pm25": reading(1, "GP")},
        {"grade": reading(1, None)},
        {"weight": reading(1, "KGM")},
        {"unheard": reading(1, None)},
        {"pm25": {"type": "Property", "value": 1, "unitCode": ["GQ"], "observedAt": "2026-03-01T07:00:00Z"}},
        {"pm25": "12"},
        {},
    ],
)
def test_only_declared_numbers_in_their_units_make_a_layout(held: dict[str, Any]) -> None:
    one = {"id": "urn:ngsi-ld:Station:1", "type": "Station", **held}
    assert Layouts(TYPES).read(json.dumps([one]).encode()) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[]",
        b"{}",
        b"[1]",
        b"nothing",
        b"\xff\xfe",
        b"[" * 9000,
        b'[{"a":' * 3000,
        batch()[:-1],
        batch() + b"x",
    ],
)
def test_what_is_no_batch_is_no_fault_here(body: bytes) -> None:
    assert Layouts(TYPES).read(body) is None


_VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans(), st.text(max_size=3), st.none()
)
_TIMES = st.one_of(
    st.datetimes(timezones=st.sampled_from([UTC]), max_value=datetime(2027, 1, 1)).map(datetime.isoformat),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from(["2026-03-01T15:00:00+08:00", "2026-03-01T07:00:00", "never"]),
)
_READINGS = st.builds(reading, _VALUES, st.sampled_from(["GQ", "GP", "CEL", None]), _TIMES)


@given(held=st.lists(_READINGS, min_size=1, max_size=5))
def test_whatever_is_read_as_columns_is_what_the_entities_say(held: list[dict[str, Any]]) -> None:
    numbered = [station(number, pm25=one) for number, one in enumerate(held)]
    body = json.dumps(numbered).encode()
    readings = read(body)
    if readings is not None:
        assert readings.entities() == entities(body)
        assert readings.documents == [one.document() for one in readings.entities()]
