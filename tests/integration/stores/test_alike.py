"""Made-up questions over made-up entities: PostgreSQL finds what SQLite finds, under every guard (Q2, N1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huicheng.access import EVERYTHING, Grant, Guard, Subject
from huicheng.city import Attribute, Entity
from huicheng.context import condition
from huicheng.stores import Blocking, EntityQuery, open_store

from .conftest import put

pytestmark = pytest.mark.engines("postgres")

NAMES = ("a", "b", "c")
WORDS = ("x", "xy", "salle", "Hall", "5", "")
URIS = ("urn:x:a", "urn:x:b", "urn:x:c")
ENTITIES = 100
QUESTIONS = 100
_MOMENTS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]


def scalar(dice: random.Random) -> Any:
    """No 0 and no 1: SQLite takes them for false and true."""
    return dice.choice([dice.randrange(2, 6), dice.randrange(20, 60) / 10, dice.choice(WORDS), dice.random() < 0.5])


def instance(dice: random.Random, data_set: str | None = None) -> Attribute:
    common: dict[str, Any] = {"dataset_id": data_set}
    if dice.random() < 0.3:
        common["observed_at"] = dice.choice(_MOMENTS)
    kinds: list[Callable[[], Attribute]] = [
        *5 * [lambda: Attribute(type="Property", value=scalar(dice), **common)],
        lambda: Attribute(type="Relationship", object=dice.choice(URIS), **common),
        lambda: Attribute(type="VocabProperty", vocab=dice.choice(WORDS), **common),
    ]
    return dice.choice(kinds)()


def attribute(dice: random.Random) -> Attribute | list[Attribute]:
    texts = {"en": dice.choice(WORDS), "fr": [dice.choice(WORDS), "pièce"]}
    kinds: list[Callable[[], Attribute | list[Attribute]]] = [
        *6 * [lambda: instance(dice)],
        *2 * [lambda: [instance(dice), *(instance(dice, f"urn:d:{n}") for n in range(dice.randrange(1, 3)))]],
        lambda: Attribute(type="LanguageProperty", language_map=texts),
    ]
    return dice.choice(kinds)()


def structure(dice: random.Random) -> Attribute:
    """Asked for by its members only: of what is none text, engines make texts of their own."""
    inside = {"d": scalar(dice), "e": {"d": scalar(dice)}}
    if dice.random() < 0.5:
        return Attribute(type="JsonProperty", json=inside)
    return Attribute(type="Property", value=inside)


def entity(number: int, dice: random.Random) -> Entity:
    held = {name: attribute(dice) for name in NAMES if dice.random() < 0.7}
    held["inside"] = structure(dice)
    kind = "Room" if number % 4 else "Hall"
    return Entity(id=f"urn:ngsi-ld:{kind}:{number:03}", type=kind, attributes=held)


def comparison(dice: random.Random) -> str:
    name = dice.choice(NAMES)
    number, word, uri = f"{dice.randrange(60) / 10}", f'"{dice.choice(WORDS[:5])}"', dice.choice(URIS)
    inner = dice.choice([name, name, f"{name}[*]", f"{name}[fr]", "inside[d]", "inside[e.d]"])
    order, same = dice.choice(["<", "<=", ">", ">="]), dice.choice(["==", "!="])
    return dice.choice(
        [
            name,
            inner,
            *4 * [f"{name}{order}{number}"],
            f"{name}{order}{word}",
            f"{inner}{same}{dice.choice([number, word, uri, 'true', 'false'])}",
            f"{name}{same}{dice.randrange(3)}..{dice.randrange(3, 6)}",
            f"{name}{same}{dice.choice([f'{dice.randrange(6)},{number}', f'{word},{uri}'])}",
            f"{name}{dice.choice(['~=', '!~='])}{dice.choice(['^x', 'l+', 'pi.ce'])}",
            f"{name}.observedAt{order}2026-01-02T00:00:00Z",
        ]
    )


def question(dice: random.Random) -> str:
    parts = [comparison(dice) for _ in range(dice.choice([1, 1, 1, 2, 3]))]
    return "".join(part + mark for part, mark in zip(parts, [*(dice.choice(";|") for _ in parts[1:]), ""], strict=True))


def guard(dice: random.Random) -> Guard:
    """Everything; or rooms of which some, and some columns, may be seen."""
    if dice.random() < 0.6:
        return EVERYTHING
    grant = Grant(policy="p", rows=dice.choice(["TRUE", "a > 2"]), columns=dice.choice([("*",), ("a",), ("a", "c")]))
    return Guard(subject=Subject(id="p", roles=("partner",), unit=""), grants={"Room": (grant,)})


def query(q: str, dice: random.Random) -> EntityQuery:
    return EntityQuery(
        types=dice.choice([["Room"], ["Room"], ["Room", "Hall"], []]),
        where=condition(q),
        guard=guard(dice),
        limit=dice.choice([3, 20, 200]),
        offset=dice.choice([0, 0, 4]),
        after=dice.choice([None, None, "urn:ngsi-ld:Room:050"]),
        count=dice.random() < 0.2,
    )


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Blocking]:
    """A city in files, beside the one of this run."""
    opened = Blocking(open_store(tmp_path / "embedded", writer=True, database=""))
    yield opened
    opened.close()


def found(city: Blocking, asked: EntityQuery) -> tuple[list[tuple[str, dict[str, Any]]], int | None]:
    page = city.query(asked)
    return [(one.entity.id, one.entity.attributes) for one in page.entities], page.count


@pytest.mark.parametrize("seed", range(2))
def test_both_stores_find_the_same(city: Blocking, embedded: Blocking, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - made-up questions
    for store in (city, embedded):
        dice.seed(seed)
        store.commit(put(*(entity(number, dice) for number in range(ENTITIES))))
    filled = 0
    for _ in range(QUESTIONS):
        q = question(dice)
        asked = query(q, dice)
        here, there = found(city, asked), found(embedded, asked)
        assert here == there, (q, asked.guard.grants)
        filled += bool(here[0])
    assert filled > QUESTIONS / 3
