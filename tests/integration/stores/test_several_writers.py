"""Several processes that write the same entities of one PostgreSQL database at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from huicheng.city import Attribute, Entity
from huicheng.stores import Blocking, HistoryQuery, Mode, Outcome, Removal, Transaction, Write

from .conftest import START, in_threads, put, station

pytestmark = pytest.mark.engines("postgres")


def test_processes_that_write_the_same_entities_neither_wait_in_a_circle_nor_lose_anything(
    processes: list[Blocking],
) -> None:
    """Each writes all stations, in another order; at the end every write is in the feed, and the state is the last."""

    def work(lane: int) -> Callable[[], None]:
        def run() -> None:
            for turn in range(12):
                numbers = [(lane * 7 + step) % 10 for step in range(10)]
                value = float(100 * lane + turn)
                processes[lane].commit(put(*(station(number, value, hour=turn) for number in numbers)))

        return run

    in_threads(*(work(lane) for lane in range(3)))
    city = processes[0]
    changes = city.window(0).changes
    assert len(changes) == 3 * 12 * 10
    assert sum(change.outcome is Outcome.CREATED for change in changes) == 10
    assert len(city.history(HistoryQuery(attributes=["pm25"]))) == 3 * 12 * 10
    last = {change.id: change.seq for change in changes}
    seen = city.window(0).observations
    pm25 = seen.strings.index("pm25")
    values = {
        seen.strings[entity]: number
        for entity, name, seq, number in zip(seen.entity, seen.attribute, seen.seq, seen.number, strict=True)
        if name == pm25 and seq == last[seen.strings[entity]]
    }
    for iri, value in values.items():
        found = city.get(iri)
        assert found is not None
        assert found.entity.attributes["pm25"].value == value


def reading(number: int, value: float, mode: Mode = Mode.UPDATE) -> Write:
    held = Attribute(type="Property", value=value, observed_at=START)
    entity = Entity(id=station(number).id, type="AirQualityObserved", attributes={"pm25": held})
    return Write(entity=entity, mode=mode, must_exist=True)


def test_two_processes_that_write_one_attribute_again_and_again_lose_nothing(processes: list[Blocking]) -> None:
    """Each believes that it wrote last, and is told by the row itself when it did not."""
    processes[0].commit(put(station(1), station(2)))

    def work(lane: int) -> Callable[[], None]:
        def run() -> None:
            for turn in range(30):
                writes = [reading(number, 100.5 * (lane + 1) + turn) for number in ((1, 2), (2, 1))[lane]]
                done = processes[lane].commit(Transaction(writes=[*writes]))
                assert done.outcomes == [Outcome.UPDATED] * 2

        return run

    in_threads(work(0), work(1))
    city = processes[2]
    assert len(city.window(0).changes) == 2 + 2 * 30 * 2
    values = [one.value for one in city.history(HistoryQuery(attributes=["pm25"]))]
    assert sorted(values) == sorted([10.0, *(100.5 * (lane + 1) + turn for lane in (0, 1) for turn in range(30))] * 2)
    seen = city.window(0).observations
    last = {seen.strings[entity]: value for entity, value in zip(seen.entity, seen.number, strict=True)}
    for number in (1, 2):
        found = city.get(station(number).id)
        assert found is not None
        assert found.entity.attributes["pm25"].value == last[found.entity.id]


def test_a_member_that_another_process_has_added_since_is_not_lost(processes: list[Blocking]) -> None:
    """Q2: what one wrote last need not be read again for a PATCH of all its members, unless another was there."""
    city, other, reader = processes
    city.commit(put(station(1)))
    for turn in range(2):
        assert city.commit(Transaction(writes=[reading(1, turn, Mode.PATCH)])).outcomes == [Outcome.UPDATED]
    cover = reading(1, 7.0, Mode.COVER)
    assert city.store.covers(cover.entity)
    assert city.commit(Transaction(writes=[cover])).outcomes == [Outcome.UPDATED]
    held = msgspec.structs.replace(
        cover.entity.attributes["pm25"], sub={"by": {"type": "Property", "value": "me"}}, value=8.0
    )
    added = Entity(id=cover.entity.id, type=cover.entity.type, attributes={"pm25": held})
    other.commit(Transaction(writes=[Write(entity=added)]))
    before = reader.head()
    assert city.commit(Transaction(writes=[cover])).outcomes == [Outcome.MISSING]
    assert reader.head() == before
    found = reader.get(cover.entity.id)
    assert found is not None
    assert found.entity.attributes["pm25"] == held
    assert not other.store.covers(cover.entity)


def test_what_another_process_has_changed_since_is_looked_at_again_and_nothing_is_written_half(
    processes: list[Blocking],
) -> None:
    """One of three rows is no longer as this process left it: the other two are not written either, then all are."""
    city, other, reader = processes
    city.commit(put(*(station(number) for number in (1, 2, 3))))
    for turn in range(2):
        city.commit(Transaction(writes=[reading(number, turn) for number in (1, 2, 3)]))
    other.commit(Transaction(writes=[Removal(id=station(2).id, attribute="pm25")]))
    other.commit(Transaction(writes=[Removal(id=station(3).id)]))
    before = reader.head()
    done = city.commit(Transaction(writes=[reading(number, 9, Mode.PATCH) for number in (1, 2, 3)]))
    assert done.outcomes == [Outcome.UPDATED, Outcome.MISSING, Outcome.MISSING]
    assert [one.id for one in reader.window(before).changes] == [station(1).id]
    assert city.store.known_type(station(3).id) is None
    assert reader.get(station(3).id) is None
