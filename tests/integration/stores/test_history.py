"""History: what was observed when, wherever it lies."""

from __future__ import annotations

import pytest

from huicheng.city import Attribute, Entity, Observation, micros
from huicheng.errors import Invalid
from huicheng.stores import Blocking, HistoryQuery, Removal, Transaction, Write

from .conftest import NAMES, START, put, station

HOUR = 3_600_000_000
T0 = micros(START)


def observed(city: Blocking, **query: object) -> list[tuple[str, str, int, object]]:
    """(last part of the id, attribute, hour, value) of what history answers."""
    found = city.history(HistoryQuery(**query))
    return [(one.entity[-1], one.attribute, (one.observed_at - T0) // HOUR, one.value) for one in found]


@pytest.fixture
def day(city: Blocking) -> Blocking:
    """Three stations, 24 hours; the value is the hour."""
    for hour in range(24):
        city.commit(put(*(station(number, float(hour), hour=hour) for number in (1, 2, 3))))
    return city


def test_every_reading_is_history_and_the_place_is_not(day: Blocking) -> None:
    assert len(day.history(HistoryQuery())) == 3 * 24 * len(NAMES)


def test_a_stretch_of_time_is_half_open(day: Blocking) -> None:
    found = observed(day, entities=[station(1).id], attributes=["pm25"], start=T0 + HOUR, end=T0 + 3 * HOUR)
    assert found == [("1", "pm25", 1, 1.0), ("1", "pm25", 2, 2.0)]


def test_the_newest_come_first_with_last_n(day: Blocking) -> None:
    found = observed(day, entities=[station(2).id], attributes=["so2", "pm25"], last_n=2)
    assert found == [("2", "pm25", 23, 23.0), ("2", "pm25", 22, 22.0), ("2", "so2", 23, 25.0), ("2", "so2", 22, 24.0)]


def test_an_attribute_or_entity_that_nobody_knows_has_no_history(day: Blocking) -> None:
    assert not observed(day, attributes=["pollen"])
    assert not observed(day, entities=["urn:ngsi-ld:Nobody:1"])
    assert not observed(day, entities=[])
    assert not observed(day, type="Nobody")


def test_a_type_stands_for_its_entities_also_deleted_ones(day: Blocking) -> None:
    day.commit(Transaction(writes=[Removal(id=station(3).id)]))
    assert len(day.history(HistoryQuery(type="AirQualityObserved", attributes=["pm25"]))) == 72


def test_means_are_of_periods_that_begin_where_asked(day: Blocking) -> None:
    found = day.aggregate(HistoryQuery(entities=[station(1).id], attributes=["pm25"]), 8 * HOUR, T0 + 2 * HOUR)
    assert [((b.start - T0) // HOUR, b.n, b.avg, b.min, b.max) for b in found] == [
        (-6, 2, 0.5, 0.0, 1.0),
        (2, 8, 5.5, 2.0, 9.0),
        (10, 8, 13.5, 10.0, 17.0),
        (18, 6, 20.5, 18.0, 23.0),
    ]


def test_the_same_reading_sent_twice_is_one(day: Blocking) -> None:
    before = day.history(HistoryQuery())
    day.commit(put(station(1, 5.0, hour=5)))
    assert day.history(HistoryQuery()) == before


def test_means_count_each_reading_once_whatever_order_they_came_in(day: Blocking) -> None:
    wanted = HistoryQuery(entities=[station(1).id], attributes=["pm25"])

    def sums() -> list[tuple[int, float]]:
        return [(one.n, one.sum) for one in day.aggregate(wanted, 24 * HOUR, T0 % (24 * HOUR))]

    whole = [(24, float(sum(range(24))))]
    assert sums() == whole
    day.commit(put(station(1, 23.0, hour=23)))
    assert sums() == whole
    day.commit(put(station(1, 5.0, hour=5)))
    assert sums() == whole
    day.commit(put(station(1, 7.0, hour=5)))
    assert sums() == [(25, whole[0][1] + 7.0)]


def test_another_value_for_the_same_instant_stands_beside_the_first(day: Blocking) -> None:
    day.commit(put(station(1, 99.0, hour=5)))
    found = day.history(
        HistoryQuery(entities=[station(1).id], attributes=["pm25"], start=T0 + 5 * HOUR, end=T0 + 6 * HOUR)
    )
    assert {one.value for one in found} == {5.0, 99.0}
    assert [one.n for one in found] == [0, 1]
    assert len({one.instance_id for one in found}) == 2


def test_values_that_are_no_numbers_come_back_as_they_were(city: Blocking) -> None:
    values = ["raining", True, 12345678901234567890, {"deep": [1, None]}, -3, 0.1]
    for hour, value in enumerate(values):
        moment = station(1, hour=hour).attributes["pm25"].observed_at
        held = Attribute(type="Property", value=value, observed_at=moment, dataset_id="urn:gauge")
        city.commit(put(Entity(id="urn:x:1", type="Weather", attributes={"sky": held})))
    found = city.history(HistoryQuery(type="Weather", dataset_id="urn:gauge"))
    assert [one.value for one in found] == values
    assert not city.history(HistoryQuery(type="Weather", dataset_id="urn:other"))
    assert len(city.aggregate(HistoryQuery(), HOUR)) == 2


def test_an_observation_knows_its_kind_unit_and_type(day: Blocking) -> None:
    [found] = day.history(HistoryQuery(entities=[station(1).id], attributes=["o3"], last_n=1))
    assert isinstance(found, Observation)
    assert (found.kind, found.unit_code, found.type, found.n) == ("Property", "GQ", "AirQualityObserved", 0)


def test_times_far_away_are_exact(city: Blocking) -> None:
    for text in ("1867-03-01T00:00:00.000001+00:00", "2199-12-31T23:59:59.999999+00:00", "2026-01-01T00:00:00.1+08:00"):
        moment = type(START).fromisoformat(text)
        held = Attribute(type="Property", value=1.0, observed_at=moment)
        city.commit(Transaction(writes=[Write(entity=Entity(id="urn:x:1", type="X", attributes={"a": held}))]))
        assert micros(moment) in {one.observed_at for one in city.history(HistoryQuery())}


@pytest.mark.parametrize("period", [0, -HOUR])
def test_a_period_of_nothing_is_refused(city: Blocking, period: int) -> None:
    with pytest.raises(Invalid):
        city.aggregate(HistoryQuery(), period)
