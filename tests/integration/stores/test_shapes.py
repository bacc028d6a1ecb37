"""Queries of one shape share their statement: each still answers its own rows, under its own guard."""

from __future__ import annotations

import asyncio
import threading
from datetime import date
from typing import Any

import apsw
import pytest

from huicheng.access import Grant, Guard, Policy, Subject
from huicheng.context import condition
from huicheng.errors import Unavailable
from huicheng.stores import Authority, Blocking, BlockingAuthority, EmbeddedStore, EntityQuery, GeoFilter, Order
from huicheng.stores.kept import Kept
from huicheng.stores.postgres import compiling as compiling_for_postgres
from huicheng.stores.shaped import Statement, length_of
from huicheng.stores.sqlite import compiling
from huicheng.stores.sqlite.readers import BRIEF, LONGEST, Patience, soon

from .conftest import put, station

TYPE = "AirQualityObserved"
READER = Subject(id="r", roles=("reader",), unit="eeb")


@pytest.fixture
def stations(city: Blocking) -> Blocking:
    """Stations 1 to 9, about 100 m apart from west to east; the value is ten times the number."""
    city.commit(put(*(station(number, 10.0 * number) for number in range(1, 10))))
    return city


def found(city: Blocking, **query: object) -> str:
    return "".join(one.entity.id[-1] for one in city.query(EntityQuery(types=[TYPE], **query)).entities)


def near(longitude: float, metres: float) -> GeoFilter:
    point = {"type": "Point", "coordinates": [longitude, 26.5]}
    return GeoFilter(relation="near", geometry=point, max_distance=metres)


def within(west: float, east: float) -> GeoFilter:
    ring = [[west, 26], [east, 26], [east, 27], [west, 27], [west, 26]]
    return GeoFilter(relation="within", geometry={"type": "Polygon", "coordinates": [ring]})


PAIRS: list[tuple[dict[str, Any], str, dict[str, Any], str]] = [
    ({"where": condition("pm25>65")}, "789", {"where": condition("pm25>85.5")}, "9"),
    ({"where": condition("pm25==20,40")}, "24", {"where": condition("pm25==30,90")}, "39"),
    ({"where": condition("pm25==20..40")}, "234", {"where": condition("pm25==80..1000")}, "89"),
    ({"where": condition('id~="0[12]$"')}, "12", {"where": condition('id~="0[5]$"')}, "5"),
    ({"where": condition("pm25<20|pm25>80")}, "19", {"where": condition("pm25<30|pm25>90")}, "12"),
    (
        {"where": condition("pm25.observedAt>2025-12-31T23:00:00Z"), "limit": 2},
        "12",
        {"where": condition("pm25.observedAt>2026-01-01T00:00:00Z"), "limit": 3},
        "",
    ),
    ({"geo": near(106.601, 150)}, "12", {"geo": near(106.609, 150)}, "89"),
    ({"geo": within(106.6005, 106.6025)}, "12", {"geo": within(106.6055, 106.7)}, "6789"),
    ({"ids": [station(1).id]}, "1", {"ids": [station(3).id, station(2).id]}, "23"),
    ({"id_pattern": "1$"}, "1", {"id_pattern": "[23]$"}, "23"),
    ({"after": station(7).id}, "89", {"after": station(8).id}, "9"),
    ({"limit": 2, "offset": 1}, "23", {"limit": 3, "offset": 5}, "678"),
    (
        {"order": [Order(name="pm25", descending=True)], "where": condition("pm25>70")},
        "98",
        {"order": [Order(name="pm25", descending=True)], "where": condition("pm25>60")},
        "987",
    ),
]


@pytest.mark.parametrize(("one", "rows", "other", "others"), PAIRS)
def test_two_queries_of_one_shape_answer_each_its_own_rows(
    stations: Blocking, one: dict[str, Any], rows: str, other: dict[str, Any], others: str
) -> None:
    asked = [one, other, one, other]
    assert [found(stations, **query) for query in asked] == [rows, others, rows, others]
    first, second = (
        compiling.statement_of(EntityQuery(**query), compiling.Want.PAGE, compiling.Lead.ENTITIES, boxed=False)
        for query in (one, other)
    )
    assert first is second


def test_the_count_is_of_the_values_of_its_own_query(stations: Blocking) -> None:
    counts = [stations.query(EntityQuery(where=condition(f"pm25>{n}"), limit=1, count=True)).count for n in (25, 75)]
    assert counts == [7, 2]


def test_the_same_question_under_another_guard_is_another_statement(stations: Blocking) -> None:
    def guard(rows: str, *columns: str) -> Guard:
        return Guard(subject=READER, grants={TYPE: (Grant(policy="p", rows=rows, columns=columns),)})

    some, fewer, blind = guard("pm25 > 45", "*"), guard("pm25 > 75", "*"), guard("TRUE", "pm10")
    for _ in range(2):
        assert found(stations, where=condition("pm25>30"), guard=some) == "56789"
        assert found(stations, where=condition("pm25>30"), guard=fewer) == "89"
        assert found(stations, where=condition("pm25>30"), guard=blind) == ""
        assert found(stations, where=condition("pm25>30"), guard=Guard(subject=READER, grants={})) == ""


def test_a_policy_that_changes_is_seen_by_the_next_query_of_a_known_shape(
    store: EmbeddedStore, stations: Blocking
) -> None:
    authority = BlockingAuthority(Authority(store, lambda: date(2026, 1, 1)))

    def seen() -> str:
        return found(stations, where=condition("pm25>15"), guard=authority.guard(READER, "read"))

    def put_policy(rows: str) -> None:
        policy = Policy(id="p", grantee="role:reader", actions=("read",), resource=TYPE, rows=rows)
        authority.put_policies([policy], READER)

    assert seen() == ""
    put_policy("pm25 < 45")
    assert [seen(), seen()] == ["234", "234"]
    put_policy("pm25 > 75")
    assert seen() == "89"
    authority.revoke("p", READER)
    assert seen() == ""


def test_what_is_kept_of_shapes_is_bounded(stations: Blocking, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = compiling if isinstance(stations.store, EmbeddedStore) else compiling_for_postgres
    kept = Kept[Statement](100_000, length_of)
    monkeypatch.setattr(engine, "_STATEMENTS", kept)
    taken = []
    for number in range(20):
        assert found(stations, where=condition(f"pm25>{10 * number};other{number}>1")) == ""
        taken.append(kept.taken)
    assert 0 < max(taken) <= 100_000
    assert taken[-1] < 20 * taken[0]
    assert found(stations, where=condition("pm25>85")) == "9"


def test_a_page_out_of_a_dense_box_is_the_same_whichever_table_leads(
    stations: Blocking, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"geo": within(106.6015, 106.6085), "limit": 3, "offset": 1}
    led: set[compiling.Lead] = set()
    made = compiling.statement_of
    monkeypatch.setattr(
        "huicheng.stores.sqlite.query.statement_of",
        lambda query, want, lead, **more: (led.add(lead), made(query, want, lead, **more))[1],
    )
    assert found(stations, **asked) == "345"
    assert found(stations, **asked, order=[Order(name="id")]) == "345"
    assert found(stations, **{**asked, "limit": 1, "offset": 0}) == "2"
    assert led in (set(compiling.Lead), set())  # none in PostgreSQL, whose planner chooses


def test_what_is_not_brief_is_read_again_in_a_thread_and_a_fault_is_not() -> None:
    reads: list[tuple[bool, Patience]] = []

    def read(asked: str, patience: Patience) -> str:
        reads.append((threading.current_thread() is threading.main_thread(), patience))
        if patience is BRIEF:
            raise Unavailable(place="x", why="slow", mend="wait") from apsw.InterruptError()
        return asked

    def fail(asked: str, patience: Patience) -> str:
        reads.append((True, patience))
        raise Unavailable(place=asked, why="gone", mend="mend")

    assert asyncio.run(soon(read, "x")) == "x"
    assert [where for where, _ in reads] == [True, False]
    assert [patience for _, patience in reads] == [BRIEF, LONGEST]
    with pytest.raises(Unavailable):
        asyncio.run(soon(fail, "x"))
    assert len(reads) == 3
