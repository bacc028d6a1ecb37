"""A batch through the one way in, onto the disk (Q1, N4; bad input of issue 2)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from huicheng.city import Attribute, Entity, micros
from huicheng.errors import HuichengError
from huicheng.ingest import Ingest, Receipt
from huicheng.stores import Blocking, HistoryQuery, Mode, Outcome

AT = datetime(2026, 1, 1, tzinfo=UTC)


def station(key: str, pm25: Any, **more: Any) -> Entity:
    held = Attribute(type="Property", value=pm25, observed_at=AT, **{"unit_code": "GQ", **more})
    return Entity(id=f"urn:ngsi-ld:AirQualityObserved:{key}", type="AirQualityObserved", attributes={"pm25": held})


def accept(way_in: Ingest, *entities: Entity, **more: Any) -> Receipt:
    return asyncio.run(way_in.accept(entities, **more))


def test_the_good_part_is_stored_in_canonical_units_and_the_rest_is_reported(way_in: Ingest, city: Blocking) -> None:
    receipt = accept(way_in, station("1", 10), station("2", -1), station("3", 0.02, unit_code="GP"))
    assert receipt.outcomes == [Outcome.CREATED, None, Outcome.CREATED]
    assert [(one.index, one.id[-1], one.place) for one in receipt.problems] == [(1, "2", "/pm25/value")]
    assert city.get("urn:ngsi-ld:AirQualityObserved:2") is None
    stored = city.get("urn:ngsi-ld:AirQualityObserved:3")
    assert stored is not None
    assert stored.entity.attributes["pm25"] == station("3", pytest.approx(20)).attributes["pm25"]
    assert sorted(one.value for one in city.history(HistoryQuery())) == [10, pytest.approx(20)]


def test_a_batch_without_a_good_entity_writes_nothing(way_in: Ingest, city: Blocking) -> None:
    receipt = accept(way_in, station("1", "x"), station("2", None))
    assert (receipt.outcomes, receipt.seq) == ([None, None], None)
    assert city.head() == 0


def test_an_empty_batch_is_no_commit(way_in: Ingest, city: Blocking) -> None:
    assert accept(way_in).outcomes == []
    assert city.head() == 0


def test_one_batch_is_one_commit_of_state_history_and_feed(way_in: Ingest, city: Blocking) -> None:
    receipt = accept(way_in, *(station(str(n), n) for n in range(500)))
    window = city.window(0)
    assert {change.seq for change in window.changes} == {receipt.seq} == {city.head()}
    assert (len(window.changes), len(window.observations)) == (500, 500)


def test_instances_of_one_id_in_a_batch_are_applied_in_order(way_in: Ingest, city: Blocking) -> None:
    assert accept(way_in, station("1", 1), station("1", 2), station("1", 3)).outcomes == [
        Outcome.CREATED,
        Outcome.UPDATED,
        Outcome.UPDATED,
    ]
    assert accept(way_in, station("2", 1), station("2", 2), mode=Mode.CREATE).outcomes == [
        Outcome.CREATED,
        Outcome.EXISTS,
    ]
    values = {}
    for key in ("1", "2"):
        stored = city.get(f"urn:ngsi-ld:AirQualityObserved:{key}")
        assert stored is not None
        values[key] = stored.entity.attributes["pm25"].content  # type: ignore[union-attr] # one instance
    assert values == {"1": 3, "2": 1}


def test_what_must_exist_is_missing_and_the_others_are_stored(way_in: Ingest) -> None:
    accept(way_in, station("1", 1))
    receipt = accept(way_in, station("9", 1), station("1", 2), must_exist=True)
    assert receipt.outcomes == [Outcome.MISSING, Outcome.UPDATED]


def test_a_replay_says_when_rows_were_received_and_history_that_they_are_not_judged(
    way_in: Ingest, city: Blocking
) -> None:
    accept(way_in, station("1", 1), received_at=micros(AT), judged=False)
    [change] = city.window(0).changes
    assert (change.received_at, change.judged) == (micros(AT), False)


def test_when_the_store_cannot_commit_the_caller_is_told_and_nothing_is_half_written(
    way_in: Ingest, city: Blocking
) -> None:
    head = accept(way_in, station("1", 1)).seq
    beyond = 2**70  # no engine has such an integer: the commit fails inside
    with pytest.raises((HuichengError, OverflowError)):
        accept(way_in, station("1", 2), station("2", 2), received_at=beyond)
    assert city.head() == head
    assert city.get("urn:ngsi-ld:AirQualityObserved:2") is None
    assert accept(way_in, station("1", 3)).outcomes == [Outcome.UPDATED]
