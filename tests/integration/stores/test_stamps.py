"""Each attribute keeps when it was made and last written, however that was done. Serves N1, Q2."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from huicheng.city import Attribute, Entity, Readings
from huicheng.stores import (
    Block,
    Blocking,
    Mode,
    Outcome,
    Removal,
    Transaction,
    Write,
    open_store,
    read_stamps,
    times_of,
)

TYPE = "AirQualityObserved"
NAMES = ("pm25", "no2", "name", "keeper")
START = datetime(2026, 1, 1, tzinfo=UTC)
#: Attribute → made, last written.
Times = dict[str, tuple[int, int]]


def urn(number: int) -> str:
    return f"urn:ngsi-ld:{TYPE}:{number}"


def entity(number: int, names: tuple[str, ...], value: int) -> Entity:
    held = {name: Attribute(type="Property", value=value) for name in names}
    return Entity(id=urn(number), type=TYPE, attributes=dict(held))


def block(numbers: list[int], names: tuple[str, ...], moment: datetime, mode: Mode) -> Block:
    width = len(names) * len(numbers)
    draft = Readings(
        type=TYPE,
        units=dict.fromkeys(names),
        ids=[urn(one) for one in numbers],
        values=list(range(width)),
        observed_at=[moment] * width,
        documents=[],
    )
    draft.documents.extend(one.document() for one in draft.entities())
    return Block(readings=draft, mode=mode)


class Expected:
    """What is right, kept the simple way."""

    def __init__(self) -> None:
        self.entities: dict[str, Times] = {}

    def write(self, id_: str, names: tuple[str, ...], now: int, *, whole: bool) -> None:
        before = self.entities.get(id_, {})
        kept = {} if whole else before
        self.entities[id_] = {**kept, **{name: (before.get(name, (now, now))[0], now) for name in names}}

    def remove(self, id_: str, name: str | None) -> None:
        if name is None:
            self.entities.pop(id_, None)
        else:
            self.entities.get(id_, {}).pop(name, None)


def times(city: Blocking) -> dict[str, Times]:
    """What the store has."""
    ids = [urn(number) for number in range(4)]
    rows = city.rows("stamp.of", (msgspec.json.encode(ids).decode(),))
    stamps = {row["iri"]: read_stamps(row["doc"]) for row in rows}
    found: dict[str, Times] = {}
    for stored in filter(None, map(city.get, ids)):
        whole = (stored.created_at, stored.modified_at)
        own = times_of(stamps.get(stored.entity.id, {}), *whole)
        found[stored.entity.id] = {name: own.get(name, whole) for name in stored.entity.attributes}
    return found


@pytest.fixture
def reopened(tmp_path: Path, database: Callable[[], str]) -> Iterator[Callable[[], Blocking]]:
    """The store; each call closes it and opens it again, so that it remembers nothing."""
    where, held = database(), list[Any]()

    def again() -> Blocking:
        for one in held:
            Blocking(one).close()
        held[:] = [open_store(tmp_path / "city", writer=True, database=where)]
        return Blocking(held[0])

    yield again
    Blocking(held[0]).close()


def _step(chance: random.Random, now: int, expected: Expected) -> Transaction:
    """Anything that may happen to some entities, and what follows from it."""
    kind = chance.choice(["write", "write", "block", "block", "block", "remove", "delete"])
    names = tuple(chance.choice([("pm25", "no2"), ("pm25", "no2"), ("pm25",), NAMES, ("keeper", "no2")]))
    numbers = sorted(chance.sample(range(4), chance.randrange(1, 4)))
    if kind in {"remove", "delete"}:
        name = "no2" if kind == "remove" else None
        for one in numbers:
            expected.remove(urn(one), name)
        return Transaction(writes=[Removal(id=urn(one), attribute=name) for one in numbers], received_at=now)
    whole = chance.random() < 0.25
    mode = Mode.REPLACE if whole else Mode.UPDATE
    for one in numbers:
        expected.write(urn(one), names, now, whole=whole)
    if kind == "write":
        writes = [Write(entity=entity(one, names, now), mode=mode) for one in numbers]
        return Transaction(writes=list(writes), received_at=now)
    return Transaction(block=block(numbers, names, START + timedelta(seconds=now), mode), received_at=now)


def test_times_of_attributes_are_right_after_whatever_was_written(reopened: Callable[[], Blocking]) -> None:
    chance, expected, city = random.Random(5), Expected(), reopened()  # noqa: S311 - chances of a test
    seen: set[Outcome] = set()
    for step in range(1, 161):
        if step % 40 == 0:
            city = reopened()
        change = _step(chance, step * 1_000, expected)
        seen |= set(city.commit(change).outcomes)
        assert times(city) == expected.entities, f"after step {step}: {change}"
    assert seen >= {Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED, Outcome.MISSING}


def test_readings_that_come_again_and_again_change_no_stamp(reopened: Callable[[], Blocking]) -> None:
    city = reopened()
    city.commit(Transaction(writes=[Write(entity=entity(0, NAMES, 0))], received_at=1))
    held = []
    for hour in range(3):
        more = block([0], ("pm25", "no2"), START + timedelta(hours=hour), Mode.UPDATE)
        city.commit(Transaction(block=more, received_at=hour + 2))
        [row] = city.rows("stamp.of", (msgspec.json.encode([urn(0)]).decode(),))
        held.append(read_stamps(row["doc"]))
    assert held == [{"keeper": (None, 1), "name": (None, 1)}] * 3
