"""A block of readings leaves behind what its writes, one by one, leave behind (Q1, N1)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from huicheng.city import Attribute, Entity, Readings, micros
from huicheng.errors import Invalid
from huicheng.stores import (
    Block,
    Blocking,
    EmbeddedStore,
    EntityQuery,
    GeoFilter,
    HistoryQuery,
    Mode,
    Outcome,
    Position,
    Removal,
    Stored,
    Transaction,
    Write,
    open_store,
)
from huicheng.stores.postgres.taking import Taker

_note = Taker.note
START = datetime(2026, 1, 1, tzinfo=UTC)
TYPE = "AirQualityObserved"
UNITS: dict[str, str | None] = {"pm25": "GQ", "no2": None}
_HERE = {"type": "Point", "coordinates": [109.2, 27.7]}
_BOX = {"type": "Polygon", "coordinates": [[[109, 27], [110, 27], [110, 28], [109, 28], [109, 27]]]}


@pytest.fixture
def cities(tmp_path: Path, database: Callable[[], str]) -> Iterator[tuple[Blocking, Blocking]]:
    """Two empty stores."""
    opened = [open_store(tmp_path / name, writer=True, database=database()) for name in ("blocks", "writes")]
    yield Blocking(opened[0]), Blocking(opened[1])
    for one in opened:
        Blocking(one).close()


def urn(number: int) -> str:
    return f"urn:ngsi-ld:{TYPE}:{number}"


def readings(numbers: list[int], moment: datetime, chance: random.Random, units: dict[str, str | None]) -> Readings:
    size = len(numbers) * len(units)
    draft = Readings(
        type=TYPE,
        units=units,
        ids=[urn(number) for number in numbers],
        values=[chance.choice([chance.randrange(100), chance.randrange(1000) / 10]) for _ in range(size)],
        observed_at=[moment + timedelta(seconds=chance.choice([0, 0, -7200, 1])) for _ in range(size)],
        documents=[],
    )
    draft.documents.extend(one.document() for one in draft.entities())
    return draft


def other_write(chance: random.Random, moment: datetime) -> Write | Removal:
    """Anything that may come between two blocks."""
    number = chance.randrange(12)
    held = Attribute(type="Property", value=chance.randrange(50), observed_at=moment)
    attributes: dict[str, Any] = chance.choice(
        [
            {"pm25": held},
            {"pm25": held, "no2": held},
            {"location": Attribute(type="GeoProperty", value=_HERE)},
            {"pm25": [held, Attribute(type="Property", value=1, observed_at=moment, dataset_id="urn:a")]},
            {"note": Attribute(type="Property", value="文", sub={"by": {"type": "Property", "value": 1}})},
        ]
    )
    if chance.random() < 0.3:
        return Removal(id=urn(number), attribute=chance.choice([None, "pm25", "location"]))
    kind = chance.choice([TYPE, TYPE, TYPE, "Thing"])
    mode = chance.choice([Mode.UPDATE, Mode.REPLACE, Mode.CREATE, Mode.MERGE, Mode.PATCH, Mode.COVER])
    version = chance.choice([None, None, chance.randrange(9)])
    entity = Entity(id=urn(number), type=kind, attributes=attributes)
    return Write(entity=entity, mode=mode, version=version, newest=chance.random() < 0.3)


def block(chance: random.Random, moment: datetime) -> Block:
    numbers = chance.sample(range(12), chance.randrange(1, 9))
    units = chance.choice([UNITS, UNITS, {"pm25": "GQ"}])
    mode = chance.choice([Mode.UPDATE, Mode.UPDATE, Mode.REPLACE])
    held = readings(numbers, moment, chance, units)
    return Block(readings=held, mode=mode, must_exist=chance.random() < 0.2)


def whole(found: Stored | None) -> Any:
    """All of an entity, read out of its text, which each engine writes in its own order."""
    return found and (found.entity, found.created_at, found.modified_at, found.version, found.stamps)


def state(city: Blocking) -> list[Any]:
    """Every entity, which of them are found by place, the changes and observations, and history."""
    box = GeoFilter(relation="within", geometry=_BOX)
    placed = [one.entity.id for one in city.query(EntityQuery(types=[TYPE, "Thing"], geo=box, limit=100)).entities]
    window = city.window(0)
    seen = window.observations
    columns = (seen.entity, seen.type, seen.attribute, seen.unit, seen.dataset, seen.observed_at, seen.received_at)
    texts = [[seen.strings[code] if code >= 0 else None for code in column.tolist()] for column in columns[:5]]
    times = [column.tolist() for column in columns[5:]]
    changes = [(one.id, one.type, one.outcome, one.attributes, one.received_at, one.judged) for one in window.changes]
    history = city.history(HistoryQuery(type=TYPE))
    numbers = [None if place in seen.other else value for place, value in enumerate(seen.number.tolist())]
    entities = [whole(city.get(urn(number))) for number in range(12)]
    return [entities, placed, changes, *texts, *times, numbers, seen.other, history]


@pytest.mark.parametrize("seed", range(12))
def test_blocks_leave_behind_what_their_writes_do(cities: tuple[Blocking, Blocking], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    blocks, writes = cities
    for turn in range(25):
        moment = START + timedelta(hours=turn)
        more = [other_write(chance, moment) for _ in range(chance.choice([0, 0, 1, 3]))]
        one, at = block(chance, moment), micros(moment)
        done = blocks.commit(Transaction(block=one, writes=more, received_at=at))
        wanted = writes.commit(Transaction(writes=[*one.writes(), *more], received_at=at))
        assert done.outcomes == wanted.outcomes
    assert state(blocks) == state(writes)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_readings_again_and_again_leave_behind_what_their_writes_do_whoever_writes_between(
    cities: tuple[Blocking, Blocking], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL nobody then reads what they replace, unless somebody else has been there."""
    noted: list[int] = []
    monkeypatch.setattr(Taker, "note", lambda self, taking, by: (noted.append(1), _note(self, taking, by)))
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    blocks, writes = cities
    mode = chance.choice([Mode.UPDATE, Mode.UPDATE, Mode.REPLACE])
    for turn in range(40):
        moment = START + timedelta(minutes=turn)
        at = micros(moment)
        first = chance.choice([0, 6])
        one = Block(readings=readings(list(range(first, first + 6)), moment, chance, UNITS), mode=mode)
        done = blocks.commit(Transaction(block=one, received_at=at))
        assert done.outcomes == writes.commit(Transaction(writes=one.writes(), received_at=at)).outcomes
        if chance.random() < 0.3:
            between = Transaction(writes=[other_write(chance, moment)], received_at=at + 1)
            assert blocks.commit(between).outcomes == writes.commit(between).outcomes
    assert state(blocks) == state(writes)
    assert bool(noted) == (not isinstance(blocks.store, EmbeddedStore))


def patch(number: int, chance: random.Random, moment: datetime) -> Write:
    """Some attributes of one entity."""
    names = chance.choice([["pm25"], ["pm25"], ["pm25", "no2"], ["note"]])
    held: dict[str, Any] = {
        name: Attribute(
            type="Property", value=chance.random(), observed_at=moment, unit_code=chance.choice(["GQ", "GQ", None])
        )
        for name in names
    }
    mode = chance.choice([Mode.UPDATE, Mode.UPDATE, Mode.PATCH, Mode.COVER, Mode.COVER, Mode.REPLACE])
    return Write(entity=Entity(id=urn(number), type=TYPE, attributes=held), mode=mode, must_exist=chance.random() < 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_attributes_again_and_again_leave_behind_what_they_do_when_each_entity_is_read(
    cities: tuple[Blocking, Blocking], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several clients at once, one of them sometimes the same entity twice; a removal beside makes each be read."""
    noted: list[int] = []
    monkeypatch.setattr(Taker, "note", lambda self, taking, by: (noted.append(1), _note(self, taking, by)))
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    short, long = cities
    nothing = Removal(id=urn(99))

    async def at_once(city: Blocking, several: list[Transaction]) -> list[Any]:
        return [done.outcomes for done in await asyncio.gather(*map(city.store.commit, several))]

    for turn in range(40):
        moment = START + timedelta(minutes=turn)
        numbers = [chance.randrange(3) for _ in range(chance.choice([1, 1, 4]))]
        several = [
            Transaction(writes=[patch(number, chance, moment)], received_at=micros(moment) + place)
            for place, number in enumerate(numbers)
        ]
        read = [msgspec.structs.replace(one, writes=[*one.writes, nothing]) for one in several]
        done = asyncio.run(at_once(long, read))
        assert asyncio.run(at_once(short, several)) == [outcomes[:-1] for outcomes in done]
        if chance.random() < 0.2:
            between = Transaction(writes=[other_write(chance, moment)], received_at=micros(moment) + 9)
            assert short.commit(between).outcomes == long.commit(between).outcomes
    assert state(short) == state(long)
    assert bool(noted) == (not isinstance(short.store, EmbeddedStore))


def test_a_block_and_what_it_meets_take_turns_in_the_feed(cities: tuple[Blocking, Blocking]) -> None:
    blocks, _ = cities
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    blocks.commit(Transaction(block=Block(readings=readings([1, 2], START, chance, UNITS))))
    late = Entity(id=urn(1), type=TYPE, attributes={"pm25": Attribute(type="Property", value=3, observed_at=START)})
    again = Block(readings=readings([1, 2], START, chance, UNITS))
    done = blocks.commit(Transaction(block=again, writes=[Write(entity=late)]))
    assert done.outcomes == [Outcome.UPDATED] * 3
    assert [one.id for one in blocks.window(0).changes] == [urn(1), urn(2), urn(1), urn(2), urn(1)]
    assert done.seq == blocks.head()


def test_a_block_crosses_to_the_process_that_writes_as_it_is() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    sent = Transaction(block=Block(readings=readings([1, 2], START, chance, UNITS), mode=Mode.REPLACE))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(sent), type=Transaction) == sent


def test_readings_keep_name_and_place_also_after_a_restart(data_dir: Path) -> None:
    chance = random.Random(2)  # noqa: S311 - repeatable, not secret
    name = Attribute(type="Property", value="一号站", sub={"by": {"type": "Property", "value": "测绘"}})
    where = Attribute(type="GeoProperty", value=_HERE)
    before = Attribute(type="Property", value=1, unit_code="GQ", observed_at=START)
    made = Entity(id=urn(1), type=TYPE, attributes={"name": name, "pm25": before, "location": where})
    box = EntityQuery(types=[TYPE], geo=GeoFilter(relation="within", geometry=_BOX))
    for turn in range(3):
        city = Blocking(open_store(data_dir, writer=True))
        if turn == 0:
            city.commit(Transaction(writes=[Write(entity=made)]))
        for hour in range(2):
            new = readings([1], START + timedelta(hours=2 * turn + hour), chance, UNITS)
            seq = city.head()
            done = city.commit(Transaction(block=Block(readings=new), writes=[Removal(id=urn(9))]))
            assert done.outcomes == [Outcome.UPDATED, Outcome.MISSING]
            assert done.seq == city.head() > seq
            found = city.get(urn(1))
            assert found is not None
            assert found.entity.attributes == {"name": name, "location": where, **new.entities()[0].attributes}
            assert [one.entity.id for one in city.query(box).entities] == [urn(1)]
        city.close()


def test_a_faulty_transaction_fails_alone_and_blocks_beside_it_stand(cities: tuple[Blocking, Blocking]) -> None:
    city, _ = cities
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    city.commit(Transaction(block=Block(readings=readings([1, 2], START, chance, UNITS))))
    late = readings([1, 2], START + timedelta(hours=1), chance, UNITS)

    async def together() -> list[Any]:
        faulty = Transaction(block=Block(readings=late), position=Position(consumer="test", seq=1 << 60))
        sound = Transaction(block=Block(readings=late))
        return await asyncio.gather(*map(city.store.commit, (sound, faulty, sound)), return_exceptions=True)

    first, second, third = asyncio.run(together())
    assert isinstance(second, Invalid)
    assert first.outcomes == third.outcomes == [Outcome.UPDATED] * 2
    assert [one.id for one in city.window(0).changes] == [urn(1), urn(2)] * 3
    found = [city.get(urn(number)) for number in (1, 2)]
    assert [one.entity for one in found if one] == late.entities()
